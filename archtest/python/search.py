"""The search for one architecture: shrink, build, guess inputs, run, freeze."""

from __future__ import annotations

import inspect
import json
import re
import tempfile
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from transformers import AutoConfig

from guess import guess
from hfmodels_harness import build, contract, tiny
from hfmodels_harness.answers import golden
from hfmodels_harness.questions import ALIKE, masks, questions, shown
from shrink import shrink

Row = dict[str, Any]

#: Which head stands for an architecture: the one people use it with first.
ORDER = """
    Seq2SeqLM SpeechSeq2Seq ImageTextToText MaskedLM CausalLM CTC ObjectDetection
    ZeroShotObjectDetection UniversalSegmentation SemanticSegmentation DepthEstimation
    MaskGeneration TextRecognition ZeroShotImageClassification ImageClassification
    VideoClassification AudioClassification TextToWaveform TimeSeriesPrediction AutoModel
""".split()


def first_class(arch: Row) -> str:
    def place(auto: Row) -> int:
        name = auto["name"].removeprefix("AutoModelFor")
        return [*ORDER, name].index(name)

    return min(arch["auto_classes"], key=place)["classes"][0]


# --- the config -------------------------------------------------------------


def defaults(model_type: str) -> Row:
    """A class's own config as JSON; dtypes and enums become strings."""
    tree = AutoConfig.for_model(model_type).to_dict()
    return json.loads(json.dumps(tree, default=str))


def merge(tree: Row, more: Row) -> Row:
    out = dict(tree)
    for k, v in more.items():
        both = isinstance(v, dict) and isinstance(out.get(k), dict)
        out[k] = merge(out[k], v) if both else v
    return out


def changed(tree: Row, model_type: str) -> Row:
    """The explicit arguments: what differs from the class's own defaults, which
    is all where it cannot be built from those."""
    base = tried(lambda: defaults(model_type)) or {}
    out = {}
    for k, v in tree.items():
        if k in contract.BOOKKEEPING or k == "model_type":
            continue
        if isinstance(v, dict) and isinstance(v.get("model_type"), str):
            out[k] = {"model_type": v["model_type"], **changed(v, v["model_type"])}
        elif k not in base or v != base[k]:
            out[k] = v
    return out


# --- the search -------------------------------------------------------------

# What a recipe says of how a type is built and fed, and what of it people may state.
BUILT = ("model_type", "outcome", "class", "config", "source", "dtype")
STATED = ("class", "config", "weights", "inputs", "also", "classes", "infinite")


def search(arch: Row, override: Row, known: Row | None) -> Row:
    """The row of a type. known is a row of before: while it can be built and fed
    as it says, nothing is searched."""
    if known is not None:
        # One without answers was recorded before there were any.
        if "answers" in known and passes(tiny.tiny, SimpleNamespace(recipe=lambda: known, skip={})):
            return known
        # Only what comes out is another.
        recipe = {k: known[k] for k in (*BUILT, *STATED) if k in known}
        if found := tried(lambda: record(arch, recipe, override)):
            return found
    none = {"model_type": arch["model_type"], "outcome": "none"}
    if "none" in override:
        return none | {"reason": override["none"], "why": override["why"]}
    try:
        return record(arch, attempt(arch, override), override)
    except Exception as err:  # any failure is a finding
        at = traceback.extract_tb(err.__traceback__)[-1]
        why = f"{short(err)} [{Path(at.filename).name}:{at.lineno}]"
    missing = re.search(r"requires the .* library|ImportError|No module", why)
    return none | {"reason": "optional-dependency" if missing else "inputs-unknown", "why": why}


def stands(known: Row) -> bool:
    """Whether a row of before can still be built and run as it says."""
    model = build.make_model(known)
    return passes(tiny.check_shapes, known, model, build.infer(model, known))


def attempt(arch: Row, override: Row) -> Row:
    """How a type is built and fed, by what is stated of it and by the rules."""
    kind = arch["model_type"]
    recipe: Row = {"model_type": kind, "outcome": "ok", "source": "defaults", "dtype": "float32"}
    recipe |= {k: override[k] for k in STATED if k in override}
    recipe.setdefault("class", first_class(arch))
    if "config" not in recipe:
        recipe["config"] = changed(merge(shrink(defaults(kind)), override.get("set", {})), kind)
    if "inputs" not in recipe:
        specs = guess(arch, build.make_model(recipe), build.make_config(recipe))
        recipe["inputs"] = [{"name": k, **v} for k, v in specs.items()]
    return recipe


# --- freezing ---------------------------------------------------------------

MAX_PARAMETERS = 400_000_000
#: How far weights are moved to see which outputs rounding leaves alone.
NUDGE = 1e-6
PROCESSORS = ("image_processor", "video_processor", "feature_extractor")
#: Two ways of rounding the same differ by less, as a part of an output's size.
NEAR = 1e-3


def record(arch: Row, recipe: Row, override: Row) -> Row:
    """The recipe with what comes out. A check of the harness that the type does not
    pass is named with the reason."""
    recipe = dict(recipe)
    # A window that the text does not fit into.
    if any(vars(p).get("sliding_window") for p in build.parts(build.make_config(recipe))):
        recipe["window"] = 4
    model = build.make_model(recipe)
    recipe["parameters"] = sum(p.numel() for p in model.parameters())
    if recipe["parameters"] > MAX_PARAMETERS:
        raise ValueError(f"{recipe['parameters']} parameters")
    out = build.infer(model, recipe)
    if not build.floats(out):
        raise ValueError("no floating point output")
    recipe["outputs"] = build.shapes(out)
    tiny.check_finite(recipe, model, out)
    recipe |= kept("draws", not passes(tiny.check_repeats, recipe, model, out))
    tiny.check_repeats(recipe, model, out)
    other = build.infer(model, recipe, build.make_inputs(recipe, build.SEED + 1))
    if build.apart(out, other)[0] == 0:
        raise AssertionError("different input: the output is the same")
    recipe |= heard(arch, model, recipe, out, override)
    # Twice from nothing: what is recorded must not hang on this process's past.
    again = build.make_model(recipe)
    d = build.apart(out, build.infer(again, recipe))[0]
    if d > 1e-4:
        raise ValueError(f"a second build from the same seed differs by {d}")
    excused: Row = {}
    for name, trial in (
        ("gradient", partial(gradient, override.get("rounded", 0))),
        ("reload", tiny.check_reload),
    ):
        try:
            recipe |= trial(recipe, model, out) or {}
        except Exception as err:
            excused[name] = short(err)
    recipe |= kept("except", excused)
    recipe |= answered(arch, model, build.nudge(again, NUDGE), recipe, override.get("unsteady", []))
    recipe |= kept("precise", tried(lambda: tiny.precise(model, recipe)))
    return recipe | kept("defaults", tried(lambda: contract.defaults(arch["model_type"])))


def answered(arch: Row, model: Any, near: Any, recipe: Row, unsteady: list[str]) -> Row:
    """The answers to the questions, which of them should be alike and are not, and which
    of the type's model classes have none."""
    classes = {c for a in arch["auto_classes"] for c in a["classes"]} - {recipe["class"]}
    processors = {arch[k] for k in PROCESSORS if arch.get(k)}
    asked = questions(model, recipe, sorted(classes | processors))
    again = questions(near, recipe, sorted(classes | processors), NUDGE)
    told, answers, silent = {}, {}, {}
    for question, ask in asked.items():
        try:
            told[question] = build.floats(ask()), again[question]()
            answers[question] = golden(*told[question], unsteady)
            why = "rounding moves its numbers"
        except Exception as err:
            why = short(err)
        if not answers.get(question) and question in classes:
            silent[question] = why
    differs = {}
    mask = masks(model, build.make_inputs(recipe)).get("attention_mask")
    for question, bases in ALIKE.items():
        of = next((b for b in bases if told.get(b)), None)
        if of and told.get(question):
            (out, moved), (want, _) = told[question], told[of]
            if "hides" in of:  # at hidden places anything may come out
                out, moved, want = (shown(o, mask) for o in (out, moved, want))
            d, where = build.apart(out, want)
            # Where a model chooses, or is very deep, rounding alone moves it.
            if d > max(NEAR, 10 * build.apart(out, moved)[0]):
                differs[question] = f"{where} differs by {d:.2g} of its size from that of {of}"
    answers = {q: numbers for q, numbers in answers.items() if numbers}
    return kept("differs", differs) | kept("answers", answers) | kept("silent", silent)


def tried(ask: Callable[[], Any]) -> Any:
    """What comes out, or None for what cannot be asked of a type."""
    try:
        return ask()
    except Exception:
        return None


def passes(check: Callable[..., Any], *of: Any) -> bool:
    try:
        check(*of)
    except Exception:
        return False
    return True


def kept(key: str, value: Any) -> Row:
    return {key: value} if value else {}


def short(err: Exception) -> str:
    """The error in a line, without the random name of a temporary folder."""
    told = f"{type(err).__name__}: {err}".split("\n")[0]
    return re.sub(re.escape(tempfile.gettempdir()) + r"/\w+", "FOLDER", told)[:160]


#: The modalities that an input brings in, by its name: the first that fits.
CARRIES = {
    "video": "video",
    "image": "pixel|patches|visual|image|hidden_states",
    "audio": "features|input_values|audio|speech|spectrogram|codes",
    "text": "ids$|tokens",
}


def carries(arch: Row, name: str, sig: set[str], override: Row) -> set[str]:
    modalities = set(arch.get("modalities", []))
    if len(modalities) <= 1 or name in override.get("carries", {}):
        return set(override.get("carries", {}).get(name, modalities))
    found = {next((m for m, form in CARRIES.items() if re.search(form, name)), "")} - {""}
    # Frames go in as pictures where the class has no argument for clips.
    if found == {"image"} and not any(re.search("videos?$|videos_", n) for n in sig):
        found.add("video")
    return found


def heard(arch: Row, model: Any, recipe: Row, out: Any, override: Row) -> Row:
    """Which inputs matter, and so which modalities are exercised."""
    inputs, other = build.make_inputs(recipe), build.make_inputs(recipe, build.SEED + 1)
    varying = [s["name"] for s in recipe["inputs"] if s["kind"] in build.VARYING]

    def moves(name: str) -> bool:
        return build.apart(out, build.infer(model, recipe, {**inputs, name: other[name]}))[0] > 0

    matters = [n for n in varying if len(varying) == 1 or tried(lambda n=n: moves(n))]
    sig = set(inspect.signature(model.forward).parameters)
    brought = {name: carries(arch, name, sig, override) for name in varying}
    shown = set().union(*(brought[n] for n in matters))
    if "weights" not in recipe and (lost := set().union(*brought.values()) - shown):
        raise AssertionError(f"different input: {sorted(lost)} change nothing in the output")
    missing = sorted(set(arch.get("modalities", [])) - shown)
    found = {"exercised": "part" if missing else "full", **kept("missing", missing)}
    return found | kept("matters", matters if len(varying) > 1 else [])


def gradient(rounded: int, recipe: Row, model: Any, _: Any) -> Row:
    """How many parameters a gradient reaches on any CPU: those whose gradient some
    kernels round to nothing do not count."""
    reached = len(tiny.backward(model, recipe))
    if not reached:
        raise ValueError("no parameter gets a gradient")
    return {"gradient": {"reached": reached - rounded, "of": len(list(model.parameters()))}}
