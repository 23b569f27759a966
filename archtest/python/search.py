"""The search for one architecture: shrink, build, guess inputs, run, freeze."""

from __future__ import annotations

import inspect
import itertools
import json
import re
import traceback
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from transformers import AutoConfig

from guess import guess
from hfmodels_harness import build, contract, tiny
from hfmodels_harness.relations import NEAR, PADDED, RELATIONS, generate
from hfmodels_harness.variants import head, processed, variants
from shrink import shrink

Row = dict[str, Any]

#: Which head stands for an architecture: the one people use it with first.
ORDER = """
    Seq2SeqLM SpeechSeq2Seq ImageTextToText MultimodalLM MaskedLM CausalLM CTC RNNT TDT
    ObjectDetection ZeroShotObjectDetection UniversalSegmentation InstanceSegmentation
    SemanticSegmentation ImageSegmentation DepthEstimation NormalEstimation
    PoseEstimation ImageMatting KeypointDetection KeypointMatching MaskGeneration
    TableRecognition TextRecognition ImageToImage ZeroShotImageClassification
    ImageClassification VideoClassification AudioClassification TextToSpectrogram
    TextToWaveform TimeSeriesPrediction PointmapEstimation AudioTokenization
""".split()

#: Attempts in turn: width divisor, layers, picture side. None: as it is.
Rung = tuple[int, int | None, int | None]
RUNGS: list[Rung] = [(8, 2, 64), (8, 2, None), (1, 2, 64), (8, None, 64), (1, None, None)]
MAX_PARAMETERS = 400_000_000


def classes(arch: Row) -> list[str]:
    """The first three classes that stand for an architecture."""

    def place(auto: Row) -> int:
        short = auto["name"].removeprefix("AutoModelFor")
        return [*ORDER, "AutoModel", short].index(short)

    ranked = [c for auto in sorted(arch["auto_classes"], key=place) for c in auto["classes"]]
    return list(dict.fromkeys(ranked))[:3]


# --- the config -------------------------------------------------------------


def defaults(model_type: str) -> Row:
    """A class's own config as JSON; dtypes and enums become strings."""
    tree = AutoConfig.for_model(model_type).to_dict()
    return json.loads(json.dumps(tree, default=str))


def own(model_type: str) -> Row:
    """What a class sets by itself: nothing where it cannot be built so, and
    then all of a config is explicit."""
    try:
        return defaults(model_type)
    except Exception:
        return {}


def merge(tree: Row, more: Row) -> Row:
    out = dict(tree)
    for k, v in more.items():
        both = isinstance(v, dict) and isinstance(out.get(k), dict)
        out[k] = merge(out[k], v) if both else v
    return out


GENERIC = {*contract.BOOKKEEPING, "model_type", "torch_dtype"}


def changed(tree: Row, base: Row) -> Row:
    """The explicit arguments: what differs from the class's own defaults."""
    out = {}
    for k, v in tree.items():
        if k in GENERIC or (k in ("num_labels", "id2label", "label2id") and not v):
            continue
        if isinstance(v, dict) and isinstance(v.get("model_type"), str):
            part = v["model_type"]
            out[k] = {"model_type": part, **changed(v, own(part))}
        elif k not in base or v != base[k]:
            out[k] = v
    return out


def settings(model_type: str, rung: Rung, override: Row) -> Row:
    """The arguments of a tiny config."""
    if "config" in override:
        return override["config"]
    small = shrink(defaults(model_type), *rung)
    return changed(merge(small, override.get("set", {})), own(model_type))


# --- the search -------------------------------------------------------------


def search(arch: Row, override: Row, known: Row | None) -> Row:
    """The row of a type. known is a row of before: while it can be built and fed
    as it says, nothing is searched."""
    if known is not None:
        # One without relations was recorded before there were any.
        if "holds" in known and holds(known):
            return known
        try:  # only what comes out is another
            recipe = {k: known[k] for k in BUILT + ("inputs", "also") if k in known}
            return built(arch, recipe, override)
        except Exception:
            pass
    none = {"model_type": arch["model_type"], "outcome": "none"}
    if "none" in override:
        return none | {"reason": override["none"], "why": override["why"]}
    errors: list[str] = []
    names = [override["class"]] if "class" in override else classes(arch)
    for media, name, rung in itertools.product((True, False), names, RUNGS):
        try:
            return attempt(arch, name, rung, override, media)
        except Exception as err:  # any failure is a finding
            where = traceback.extract_tb(err.__traceback__)[-1]
            at = f"{Path(where.filename).name}:{where.lineno}"
            errors.append(f"{name} {rung}: {short(err)} [{at}]")
    why = errors[0] if errors else "no class"
    missing = re.search(r"requires the .* library|ImportError|No module", why)
    kind = "optional-dependency" if missing else "inputs-unknown"
    return none | {"reason": kind, "why": why}


def holds(recipe: Row) -> bool:
    """Whether a known recipe passes the checks of the tiny level."""
    try:
        tiny.tiny(SimpleNamespace(recipe=lambda: recipe, skip={}))
    except Exception:
        return False
    return True


def carries(arch: Row, name: str, sig: set[str], override: Row) -> set[str]:
    """The modalities that an input brings in, by its name."""
    if name in override.get("carries", {}):
        return set(override["carries"][name])
    modalities = set(arch.get("modalities", []))
    if len(modalities) <= 1:
        return modalities
    if re.search("video", name):
        return {"video"}
    if re.search(r"pixel|patches|visual|image|hidden_states", name):
        # Frames go in as pictures where the class has no argument for clips.
        clips = any(re.search("videos?$|videos_", n) for n in sig)
        return {"image"} if clips else {"image", "video"}
    if re.search(r"features|input_values|audio|speech|spectrogram|codes", name):
        return {"audio"}
    return {"text"} if re.search(r"ids$|tokens", name) else set()


def attempt(arch: Row, name: str, rung: Rung, override: Row, media: bool) -> Row:
    """The recipe of a class at a rung, or the exception that says why not."""
    recipe: Row = {
        "model_type": arch["model_type"],
        "outcome": "ok",
        "class": name,
        "config": settings(arch["model_type"], rung, override),
        "source": "defaults",
        "dtype": "float32",
    }
    recipe |= {k: override[k] for k in STATED if k in override}
    model = build.make_model(recipe)
    if (size := count(model)) > MAX_PARAMETERS:
        raise ValueError(f"{size} parameters")
    if "inputs" not in override:
        specs = guess(arch, model, build.make_config(recipe), media)
        recipe["inputs"] = [{"name": k, **v} for k, v in specs.items()]
    return built(arch, recipe, override)


def built(arch: Row, recipe: Row, override: Row) -> Row:
    """The record of a recipe, with a window that the text does not fit into where
    the type has one, and with wider weights where the input is lost otherwise."""
    parts = build.parts(build.make_config(recipe))
    window = {"window": 4} if any(vars(p).get("sliding_window") for p in parts) else {}
    failed: list[Exception] = []
    for more in (window, {}, {"weights": "wide"}) if window else ({}, {"weights": "wide"}):
        if failed and ("weights" in more) != ("different input" in str(failed[-1])):
            continue
        try:
            stated = {**recipe, **more, "holds": []}
            return record(arch, build.make_model(stated), stated, override)
        except Exception as err:
            failed.append(err)
    raise failed[0]


# --- freezing ---------------------------------------------------------------

# What a recipe says of how a type is built and fed, and what of it people may state.
BUILT = ("model_type", "outcome", "class", "config", "source", "dtype")
STATED = ("window", "weights", "inputs", "also")


def count(model: Any) -> int:
    return sum(p.numel() for p in model.parameters())


def record(arch: Row, model: Any, recipe: Row, override: Row) -> Row:
    """The recipe with what comes out, and which of the harness's checks the type
    can hold; one that it cannot is named with the reason."""
    recipe["parameters"] = count(model)
    out = build.infer(model, recipe)
    if not build.floats(out):
        raise ValueError("no floating point output")
    recipe["outputs"] = build.shapes(out)
    infinite = [n for n, t in build.floats(out).items() if torch.isinf(t).any()]
    if infinite:
        recipe["infinite"] = infinite
    tiny.check_finite(recipe, model, out)
    try:
        tiny.check_repeats(recipe, model, out)
    except AssertionError:
        recipe["draws"] = True
        tiny.check_repeats(recipe, model, out)
    tiny.check_inputs_matter(recipe, model, out)
    heard(arch, model, recipe, out, override)
    # Twice from nothing: what is recorded must not hang on this process's past.
    again = build.make_model(recipe)
    d = build.difference(out, build.infer(again, recipe))
    if d > 1e-4:
        raise ValueError(f"a second build from the same seed differs by {d}")
    unsteady = override.get("unsteady", [])
    near = build.nudge(again, NUDGE)
    recipe |= kept("answer", tiny.golden(out, build.infer(near, recipe), unsteady))
    places(model, recipe, out)
    recipe |= {"also": runs} if (runs := also(model, recipe, override)) else {}
    excused: Row = {}
    for name, trial in (
        ("generation", lambda: generates(model, recipe)),
        ("gradient", lambda: gradient(model, recipe, override)),
        ("reload", lambda: tiny.check_reload(recipe, model, out)),
    ):
        try:
            trial()
        except Exception as err:
            recipe.pop(name, None)
            excused[name] = short(err)
    recipe |= kept("except", excused)
    further(arch, model, near, recipe, unsteady)
    return recipe


def heard(arch: Row, model: Any, recipe: Row, out: Any, override: Row) -> None:
    """Which inputs matter, and so which modalities are exercised."""
    other = build.make_inputs(recipe, build.SEED + 1)
    varying = [s["name"] for s in recipe["inputs"] if s["kind"] in build.VARYING]
    matters = []
    for name in varying if len(varying) > 1 else []:
        inputs = {**build.make_inputs(recipe), name: other[name]}
        try:
            new = build.infer(model, recipe, inputs)
        except Exception:
            continue
        if build.difference(out, new) > 0:
            matters.append(name)
    if matters:
        recipe["matters"] = matters
    sig = set(inspect.signature(model.forward).parameters)
    kinds = {name: carries(arch, name, sig, override) for name in varying}
    fed = set().union(*kinds.values())
    shown = set().union(*(kinds[n] for n in (matters if len(varying) > 1 else varying)))
    if fed - shown and "weights" not in recipe:
        lost = sorted(fed - shown)
        raise AssertionError(f"different input: {lost} change nothing in the output")
    missing = sorted(set(arch.get("modalities", [])) - shown)
    recipe["exercised"] = "part" if missing else "full"
    if missing:
        recipe["missing"] = missing


def also(model: Any, recipe: Row, override: Row) -> list[Row]:
    """The further runs, with what comes out of each."""
    runs = []
    for stated in recipe.get("also", []):
        run = {k: stated[k] for k in ("inputs", "matters") if k in stated}
        more = {**recipe, "answer": {}, **run}
        out = build.infer(model, more)
        run["outputs"] = more["outputs"] = build.shapes(out)
        near = build.nudge(build.make_model(recipe), NUDGE)
        run |= kept("answer", tiny.golden(out, build.infer(near, more), override.get("unsteady", [])))
        runs.append(run)
    tiny.check_also({**recipe, "also": runs}, model, {})
    return runs


def short(err: Exception) -> str:
    return f"{type(err).__name__}: {err}".split("\n")[0][:160]


NUDGE = 1e-6


def kept(key: str, value: Any) -> Row:
    return {key: value} if value else {}


def further(arch: Row, model: Any, near: Any, recipe: Row, unsteady: list[str]) -> None:
    """Goldens of other questions, other heads and processors, and the relations
    that hold. What differs in the library as it is, is an exception with its numbers."""
    for relation in RELATIONS:
        name = relation.__name__
        try:
            pair = relation(model, recipe)
            if pair is None:
                continue
            d, where = build.apart(*pair)
        except Exception as err:  # the question makes no sense here
            recipe.setdefault("except", {})[name] = short(err)
            continue
        if d <= NEAR / 3:
            recipe["holds"].append(name)
        else:
            recipe.setdefault("except", {})[name] = f"{where} differs by {d:.2g} of its size"
    asked, again = variants(model, recipe), variants(near, recipe)
    goldens = {q: tried(lambda q=q: tiny.golden(asked[q](), again[q](), unsteady)) for q in asked}
    recipe |= kept("goldens", {q: g for q, g in goldens.items() if g})
    names = {c for a in arch["auto_classes"] for c in a["classes"]} - {recipe["class"]}
    heads = {
        n: tried(lambda n=n: tiny.golden(head(n, recipe), head(n, recipe, NUDGE), unsteady)) for n in names
    }
    recipe |= kept("heads", {n: g for n, g in sorted(heads.items()) if g})
    uses = {k: arch[k] for k in ("image_processor", "feature_extractor") if arch.get(k)}
    made = tried(lambda: tiny.golden(out := processed(uses), out)) if uses else None
    recipe |= kept("processed", {**uses, "answer": made} if made else None)
    recipe |= kept("defaults", tried(lambda: contract.defaults(arch["model_type"])))


def tried(ask: Any) -> Any:
    """What cannot be asked of a type has no golden."""
    try:
        return ask()
    except Exception:
        return None


def places(model: Any, recipe: Row, out: Any) -> None:
    """The outputs in which no token shows before its own place, and those in
    which no masked token shows."""
    specs = {s["name"]: s for s in recipe["inputs"]}
    ids = specs.get("input_ids")
    if ids is None:
        return
    floats = build.floats(out)
    length = ids["shape"][-1]
    aligned = [n for n, t in floats.items() if t.dim() == 3 and t.shape[1] == length]
    decodes = "decoder_input_ids" in specs
    if not decodes and len(ids["shape"]) == 2:
        first = [n for n in list(floats)[:4] if n in aligned]
        hold(tiny.check_causal, "causal", first, model, recipe, out)
    begins = "place" in ids and ids["place"][0][0] < PADDED
    if "attention_mask" in specs and not begins:
        shown = [n for n in floats if n == "logits"] if decodes else aligned
        hold(tiny.check_padding, "padding", shown[:2], model, recipe, out)


def hold(check: Any, key: str, outputs: list[str], model: Any, recipe: Row, out: Any) -> None:
    """Records for which of the outputs a check holds."""
    for name in outputs:
        try:
            check({**recipe, key: [name]}, model, out)
        except Exception:  # the type does not define it
            continue
        recipe.setdefault(key, []).append(name)


def generates(model: Any, recipe: Row) -> None:
    if getattr(model, "can_generate", lambda: False)():
        shapes = [list(generate(model, recipe).shape) for _ in range(2)]
        if shapes[0] == shapes[1]:
            recipe["generates"] = shapes[0]


def gradient(model: Any, recipe: Row, override: Row) -> None:
    """Which parameter gets a gradient, and how many do on any CPU: those whose
    gradient some kernels round to nothing (see answers) do not count."""
    alive = tiny.backward(model, recipe)
    if not alive:
        raise ValueError("no parameter gets a gradient")
    try:
        embedding = model.get_input_embeddings().weight
    except Exception:
        embedding = None
    named = dict(model.named_parameters())
    recipe["gradient"] = {
        "parameter": next((n for n in alive if named[n] is embedding), alive[0]),
        "reached": len(alive) - override.get("rounded", 0),
        "of": len(named),
    }
    tiny.check_gradient(recipe, model, {})
