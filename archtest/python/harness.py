"""The checks of the per-architecture tests: build from a recipe, feed, run, compare.

A recipe is data that probe.py found once. Nothing here searches: a recipe that
no longer works fails, with a message that says what differs. The three levels
are `contract` (the installed library against the catalog), `tiny` (a real
forward pass at a tiny size with random weights) and `hub` (the pick, opt-in).
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import math
import os
import re
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import SkipTest

import torch
import transformers

Row = dict[str, Any]
Recipe = dict[str, Any]
Inputs = dict[str, Any]
Outputs = dict[str, torch.Tensor]
Model = "torch.nn.Module"  # in annotations only

SEED = 0
#: Random weights are small, so differences are; this is float32 noise on a CPU.
TOLERANCE = 1e-4

if "PYTEST_XDIST_WORKER" in os.environ:
    torch.set_num_threads(1)


class OutOfReach(AssertionError):
    """The Hub did not hand over the pick, which says nothing of the pick."""


def expect(holds: Any, check: str, message: str) -> None:
    """Raises an error that begins with the name of the check."""
    if not holds:
        raise AssertionError(f"{check}: {message}")


def same(check: str, what: str, got: Any, want: Any) -> None:
    expect(got == want, check, f"{what} is {got}, expected {want}")


# --- inputs -----------------------------------------------------------------


def _ids(spec: Row, g: torch.Generator) -> torch.Tensor:
    """Token ids in [low, high); `place` lays fixed runs [start, token, count]
    over every row (image tokens, an end token)."""
    ids = torch.randint(spec["low"], spec["high"], spec["shape"], generator=g)
    for start, token, count in spec.get("place", []):
        ids[..., start : start + count] = token
    return ids


def _picture(spec: Row, g: torch.Generator) -> torch.Tensor:
    """Normalised pictures or clips: a slanted gradient and some noise, so that
    neither edges nor texture are missing."""
    shape = spec["shape"]
    rows = torch.linspace(-1, 1, shape[-2]).unsqueeze(1)
    columns = torch.linspace(-1, 1, shape[-1]).unsqueeze(0)
    angle = float(torch.rand(1, generator=g)) * math.pi
    gradient = math.cos(angle) * rows + math.sin(angle) * columns
    return gradient + 0.5 * torch.randn(shape, generator=g)


def _wave(spec: Row, g: torch.Generator) -> torch.Tensor:
    """A tone with noise, as from a 16 kHz microphone."""
    shape = spec["shape"]
    pitch = 200 + 400 * float(torch.rand(1, generator=g))
    t = torch.arange(shape[-1]) / 16000
    return 0.5 * torch.sin(2 * math.pi * pitch * t) + 0.05 * torch.randn(shape, generator=g)


def _boxes(spec: Row, g: torch.Generator) -> torch.Tensor:
    """Boxes x0 <= x1, y0 <= y1 on a page of 1000 by 1000."""
    points = torch.randint(0, 1000, (*spec["shape"][:-1], 2, 2), generator=g)
    return points.sort(dim=-2).values.flatten(-2)


def _patches(spec: Row, g: torch.Generator) -> torch.Tensor:
    """Flattened patches: row and column (from 1), then the pixels."""
    patches = torch.randn(spec["shape"], generator=g)
    side = math.isqrt(spec["shape"][1])
    index = torch.arange(spec["shape"][1])
    patches[..., 0] = 1 + index // side
    patches[..., 1] = 1 + index % side
    return patches


def _runs(spec: Row, _: torch.Generator) -> torch.Tensor:
    """Whole numbers, written as runs [value, count] in row-major order."""
    flat = [v for value, count in spec["runs"] for v in [value] * count]
    return torch.tensor(flat, dtype=_dtype(spec)).reshape(spec["shape"])


def _dtype(spec: Row) -> torch.dtype:
    return getattr(torch, spec.get("dtype", "int64"))


KINDS: dict[str, Callable[[Row, torch.Generator], Any]] = {
    "ids": _ids,
    "picture": _picture,
    "wave": _wave,
    "boxes": _boxes,
    "patches": _patches,
    "runs": _runs,
    "normal": lambda s, g: torch.randn(s["shape"], generator=g),
    "uniform": lambda s, g: torch.rand(s["shape"], generator=g),
    "full": lambda s, g: torch.full(s["shape"], s["value"], dtype=_dtype(s)),
    "values": lambda s, g: torch.tensor(s["values"], dtype=_dtype(s)),
    "constant": lambda s, g: s["value"],
}
#: The kinds whose content changes with the seed.
VARYING = {"ids", "picture", "wave", "boxes", "patches", "normal", "uniform"}


def make_inputs(recipe: Recipe, seed: int = SEED) -> Inputs:
    """The arguments of forward. Each input has its own random stream, named
    after it, so that adding one does not change another."""
    inputs = {}
    for spec in recipe["inputs"]:
        g = torch.Generator().manual_seed(zlib.crc32(spec["name"].encode()) + 7919 * seed)
        inputs[spec["name"]] = KINDS[spec["kind"]](spec, g)
    return inputs


# --- building ---------------------------------------------------------------


def make_config(recipe: Recipe) -> transformers.PreTrainedConfig:
    config = transformers.AutoConfig.for_model(recipe["model_type"], **recipe["config"])
    # The fused kernels want widths that a tiny model does not have.
    config._experts_implementation = "eager"
    return config


def make_model(recipe: Recipe) -> Model:
    """The model with random weights: the same ones every time."""
    torch.manual_seed(SEED)
    model = getattr(transformers, recipe["class"])(make_config(recipe)).eval().float()
    # Where the class's own initial weights are so small that an input is lost
    # in the rounding, they are drawn wider.
    if recipe.get("weights") == "wide":
        for p in model.parameters():
            if p.dim() > 1:
                torch.nn.init.normal_(p, std=(2 / p[0].numel()) ** 0.5)
    # Codebooks that training would fill start as zeros: one code for everything.
    if "randomize" in recipe:
        for name, t in model.state_dict().items():
            if re.search(recipe["randomize"], name) and t.is_floating_point():
                t.normal_()
    return model


def run(model: Model, recipe: Recipe, inputs: Inputs | None = None, noise: int = SEED) -> Outputs:
    """What the model makes of the inputs, or of the recipe's own; noise is for
    models that draw some in forward."""
    inputs = make_inputs(recipe) if inputs is None else inputs
    torch.manual_seed(noise)
    # Some models write into their inputs.
    inputs = {k: v.clone() if torch.is_tensor(v) else v for k, v in inputs.items()}
    return flatten(model(**inputs))


infer = torch.no_grad()(run)

#: Caches are left out of the outputs: they are state, not an answer.
CACHES = {"past_key_values", "cache", "cache_params", "mems", "rnn_state"}


def flatten(output: Any, prefix: str = "") -> Outputs:
    """The tensors of an output by path: logits, hidden_states.0, …"""
    if isinstance(output, torch.Tensor):
        return {prefix or "0": output}
    if isinstance(output, (list, tuple)):
        output = dict(enumerate(output))
    found: Outputs = {}
    for name, value in output.items() if isinstance(output, dict) else ():
        if name not in CACHES:
            found |= flatten(value, f"{prefix}.{name}" if prefix else str(name))
    return found


def shapes(outputs: Outputs) -> dict[str, list[int]]:
    return {name: list(t.shape) for name, t in outputs.items()}


def floats(outputs: Outputs) -> Outputs:
    return {n: t for n, t in outputs.items() if t.is_floating_point()}


def difference(a: Outputs, b: Outputs) -> float:
    """The largest absolute difference of the outputs that both have; shapes
    that differ are infinitely far apart."""
    worst = 0.0
    for name in a.keys() & b.keys():
        if a[name].shape != b[name].shape:
            return math.inf
        if a[name].numel():
            d = (a[name].double() - b[name].double()).abs()
            worst = max(worst, float(torch.nan_to_num(d, nan=0.0).max()))
    return worst


# --- the tiny level ---------------------------------------------------------


def check_parameters(recipe: Recipe, model: Model, _: Outputs) -> None:
    got = sum(p.numel() for p in model.parameters())
    same("parameters", f"that of {recipe['class']}", got, recipe["parameters"])


def check_shapes(recipe: Recipe, _: Model, out: Outputs) -> None:
    same("output shapes", recipe["class"], shapes(out), recipe["outputs"])


def check_finite(recipe: Recipe, _: Model, out: Outputs) -> None:
    """Whole numbers of the right type, but where a model says "masked" with
    minus infinity; the recipe names where."""
    for name, t in floats(out).items():
        same("dtype", name, f"{t.dtype}", f"torch.{recipe.get('dtype', 'float32')}")
        bad = (~torch.isfinite(t)).sum().item() if name not in recipe.get("infinite", []) else 0
        expect(bad == 0, "finite", f"{bad} of {t.numel()} values of {name} are not")
        expect(not torch.isnan(t).any(), "finite", f"{name} has NaN")


def check_repeats(recipe: Recipe, model: Model, out: Outputs) -> None:
    """The same input gives the same output, whatever torch's random state is,
    unless the recipe says that forward draws noise by design."""
    noise = SEED if recipe.get("draws") else SEED + 1
    d = difference(out, infer(model, recipe, noise=noise))
    expect(d == 0, "same twice", f"a second run of the same input differs by {d}")


#: How far a weighed sum may be from the recipe's, as a part of the output's
#: size. The rounding of another CPU is a hundredth of that.
ANSWER_TOLERANCE = 2e-4


def answer(name: str, t: torch.Tensor) -> tuple[float, float]:
    """An output as one number, a weighed sum of it, and the size of its values.
    What stands for minus infinity counts as nothing."""
    t = t.double()
    t = t.where(t.abs() < 1e30, 0)
    n = math.sqrt(t.numel())
    return float((t * _weights(name, t)).sum()) / n, float(t.norm()) / n


def check_answer(recipe: Recipe, _: Model, out: Outputs) -> None:
    """The numbers are those of the recipe: neither the weights that a class
    draws nor what it computes with them has changed."""
    for name, want in recipe.get("answer", {}).items():
        got, size = answer(name, out[name])
        near = abs(got - want) <= ANSWER_TOLERANCE * size + 1e-9
        found = f"{name} sums up to {got:.5g}, recipe says {want:.5g}"
        expect(near, "answer", f"{found}, of values of {size:.3g}")


def check_inputs_matter(recipe: Recipe, model: Model, out: Outputs) -> None:
    """Every part of the input that was exercised has to matter."""
    other = make_inputs(recipe, SEED + 1)
    d = difference(out, infer(model, recipe, other))
    expect(d > 0, "different input", "the output is the same")
    for name in recipe.get("matters", []):
        expect(name in other, "different input", f"the recipe feeds no {name}")
        inputs = {**make_inputs(recipe), name: other[name]}
        d = difference(out, infer(model, recipe, inputs))
        expect(d > 0, "different input", f"another {name} gives the same output")


#: The checks of each run.
RUN = (check_shapes, check_finite, check_repeats, check_answer, check_inputs_matter)


def check_also(recipe: Recipe, model: Model, _: Outputs) -> None:
    """A second run, with what the model does not take together with the first."""
    for run_of in recipe.get("also", []):
        more = {**recipe, "matters": [], "answer": {}, **run_of}
        out = infer(model, more)
        for check in RUN:
            check(more, model, out)


def check_causal(recipe: Recipe, model: Model, out: Outputs) -> None:
    """The last token shows in its own place, and in none before."""
    if "causal" not in recipe:
        return
    inputs = make_inputs(recipe)
    inputs["input_ids"][:, -1] = make_inputs(recipe, SEED + 1)["input_ids"][:, 0]
    new = infer(model, recipe, inputs)
    for name in recipe["causal"]:
        same("causal", f"the shape of {name}", new[name].shape, out[name].shape)
        d = (out[name] - new[name]).abs().nan_to_num(nan=0.0)
        before, at = float(d[:, :-1].max()), float(d[:, -1].max())
        expect(before <= TOLERANCE, "causal", f"a later token changes {name} by {before}")
        expect(at > 0, "causal", f"{name} does not show the last token")


PADDED = 3


def check_padding(recipe: Recipe, model: Model, _: Outputs) -> None:
    """What the attention mask hides must not reach what it shows, and has to
    reach it when the mask hides nothing."""
    if "padding" not in recipe:
        return
    inputs = make_inputs(recipe)
    expect("attention_mask" in inputs, "padding", "the recipe feeds no attention_mask")
    ids, mask = inputs["input_ids"], torch.ones_like(inputs["attention_mask"])
    changed = ids.clone()
    changed[:, :PADDED] = make_inputs(recipe, SEED + 1)["input_ids"][:, :PADDED]
    padded = mask.clone()
    padded[:, :PADDED] = 0
    length = ids.shape[1]

    def seen(ids: torch.Tensor, mask: torch.Tensor) -> Outputs:
        out = infer(model, recipe, {**inputs, "input_ids": ids, "attention_mask": mask})
        return {
            n: t[:, PADDED:] if t.dim() > 1 and t.shape[1] == length else t
            for n, t in floats(out).items()
            if n in recipe["padding"]
        }

    d = difference(seen(ids, padded), seen(changed, padded))
    expect(d <= TOLERANCE, "padding", f"masked tokens change the output by {d}")
    d = difference(seen(ids, mask), seen(changed, mask))
    expect(d > 0, "padding", "the same tokens change nothing when they are not masked")


def check_gradient(recipe: Recipe, model: Model, _: Outputs) -> None:
    """A gradient reaches the embeddings, and as many tensors as it did when
    the recipe was made: a layer whose output is lost gets none."""
    if "gradient" not in recipe:
        return
    want = recipe["gradient"]
    name = want["parameter"]
    reached = backward(model, recipe)
    named = dict(model.named_parameters())
    expect(name in named, "gradient", f"{recipe['class']} has no parameter {name}")
    g = named[name].grad
    expect(g is not None and torch.isfinite(g).all(), "gradient", f"{name} has none that is finite")
    expect(g.abs().sum() > 0, "gradient", f"that of {name} is zero")
    model.zero_grad(set_to_none=True)
    found = f"reaches {len(reached)} of {len(named)} tensors, recipe says {want['reached']}"
    expect(len(reached) >= want["reached"], "gradient", found)


def backward(model: Model, recipe: Recipe) -> list[str]:
    """The parameters that a gradient reaches; it stays in them."""
    model.zero_grad(set_to_none=True)
    with torch.enable_grad():
        loss(run(model, recipe)).backward()
    return [n for n, p in model.named_parameters() if p.grad is not None and bool(p.grad.abs().sum() > 0)]


def loss(out: Outputs) -> torch.Tensor:
    """A weighted sum of the outputs; equal weights would cancel behind a norm."""
    total = torch.zeros(())
    for name, t in floats(out).items():
        if t.requires_grad and t.numel():
            t = torch.nan_to_num(t, posinf=0, neginf=0)
            total = total + (t * _weights(name, t)).sum()
    return total


def _weights(name: str, t: torch.Tensor) -> torch.Tensor:
    g = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    return torch.randn(t.shape, generator=g)


def check_reload(recipe: Recipe, model: Model, out: Outputs) -> None:
    """Saved as safetensors and loaded, the model is the same."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        model.save_pretrained(folder)
        saved = list(Path(folder).glob("*.safetensors"))
        expect(saved, "reload", f"{recipe['class']} saved no safetensors file")
        load = type(model).from_pretrained
        try:
            again, told = load(folder, dtype=torch.float32, output_loading_info=True)
        except (AttributeError, TypeError):  # one of its own, which tells nothing
            again, told = load(folder, dtype=torch.float32), {}
    again.eval()
    lost = sorted(told.get("missing_keys", []))
    expect(not lost, "reload", f"{len(lost)} tensors were not saved: {lost[:3]}")
    again.config._experts_implementation = "eager"
    same("reload", "its type", again.config.model_type, model.config.model_type)
    before, after = dict(model.named_parameters()), dict(again.named_parameters())
    changed = [n for n in before if n in after and not before[n].equal(after[n])]
    expect(not changed, "reload", f"{len(changed)} tensors differ: {changed[:3]}")
    d = difference(out, infer(again, recipe))
    expect(d <= 1e-5, "reload", f"the loaded model's output differs by {d}")


def generate(model: Model, recipe: Recipe) -> torch.Tensor:
    no = ("use_cache", "decoder_input_ids", "decoder_attention_mask")
    inputs = {k: v for k, v in make_inputs(recipe).items() if k not in no}
    settings = model.generation_config
    if model.config.is_encoder_decoder and settings.decoder_start_token_id is None:
        inputs["decoder_start_token_id"] = 0
    inputs |= {"max_new_tokens": 3, "min_new_tokens": 3}
    torch.manual_seed(SEED)
    with torch.no_grad():
        out = model.generate(**inputs, do_sample=False, num_beams=1)
    return out if isinstance(out, torch.Tensor) else next(iter(flatten(out).values()))


def check_generation(recipe: Recipe, model: Model, _: Outputs) -> None:
    if "generates" in recipe:
        same("generation", "the shape", list(generate(model, recipe).shape), recipe["generates"])


#: The checks of the tiny level, in turn.
TINY = (check_parameters, *RUN, check_also, check_causal, check_padding)
TINY += (check_generation, check_gradient, check_reload)


def run_checks(test: Any, checks: tuple, *args: Any) -> None:
    """Runs the checks that a test does not skip, or what it overrides them with."""
    skip = {*test.skip, *test.recipe().get("except", {})}
    for check in checks:
        if check.__name__.removeprefix("check_") not in skip:
            getattr(test, check.__name__, check)(*args)


def tiny(test: Any) -> Row:
    """Everything at the tiny level; returns what was measured."""
    recipe = test.recipe()
    if recipe["outcome"] != "ok":
        raise SkipTest(f"no recipe, {recipe['reason']}: {recipe['why']}")
    memory = Memory()
    model, load = timed(lambda: make_model(recipe))
    out, first = timed(lambda: infer(model, recipe))
    run_checks(test, TINY, recipe, model, out)
    return figures(load, first, lambda: infer(model, recipe), model, memory)


# --- measuring --------------------------------------------------------------


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    result = call()
    return result, round(time.perf_counter() - start, 4)


def figures(load: float, first: float, call: Any, model: Model, memory: Memory) -> Row:
    """What was measured. The steady time is the shortest of three further calls, or
    of fewer if they are long."""
    took: list[float] = []
    while len(took) < 3 and sum(took) < 2:
        took.append(timed(call)[1])
    return {
        "load_seconds": load,
        "first_forward_seconds": first,
        "steady_forward_seconds": min(took),
        "parameters": sum(p.numel() for p in model.parameters()),
        **memory.measured(),
    }


class Memory:
    """The most memory that the process held since this was made.

    Linux can start that count anew, so that what earlier tests used is not in it;
    what they left is, and is given as the base. Elsewhere nothing is measured."""

    def __init__(self) -> None:
        gc.collect()
        self.base = None
        try:
            ctypes.CDLL(None).malloc_trim(0)
            Path("/proc/self/clear_refs").write_text("5")
            self.base = _status("VmRSS")
        except (OSError, AttributeError, TypeError):  # the last: Windows
            pass

    def measured(self) -> Row:
        if self.base is None:
            return {}
        return {"base_memory_bytes": self.base, "peak_memory_bytes": _status("VmHWM")}


def _status(key: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024
    raise OSError(f"/proc/self/status has no {key}")


# --- the contract level -----------------------------------------------------


def contract(test: Any) -> None:
    """The catalog's row against the installed library."""
    run_checks(test, CONTRACT, test.row(), test.recipe())


def check_config_class(row: Row, _: Recipe) -> None:
    names = transformers.models.auto.configuration_auto.CONFIG_MAPPING_NAMES
    got = names.get(row["model_type"])
    same("config class", f"that of {row['model_type']}", got, row["config_class"])


def check_auto_classes(row: Row, _: Recipe) -> None:
    """The row has each auto class that builds the type, with what it builds."""
    found = {}
    for name, cls in vars(transformers.models.auto.modeling_auto).items():
        if name.startswith("Auto") and getattr(cls, "_model_mapping", None) is not None:
            got = cls._model_mapping._model_mapping.get(row["model_type"], ())
            found[name] = [got] if isinstance(got, str) else list(got)
    unknown = sorted(row["auto_classes"].keys() - found.keys())
    expect(not unknown, "auto classes", f"transformers has no {unknown}")
    for name, got in sorted(found.items()):
        want = row["auto_classes"].get(name, [])
        same("auto classes", f"what {name} builds of {row['model_type']}", got, want)


#: What heads are used for where transformers has no pipeline for it.
TASKS = {
    "audio-text-to-text": ["AutoModelForMultimodalLM", "AutoModelForSeq2SeqLM"],
    "image-to-image": ["AutoModelForImageToImage"],
    "keypoint-detection": ["AutoModelForKeypointDetection"],
    "question-answering": ["AutoModelForQuestionAnswering"],
    "summarization": ["AutoModelForSeq2SeqLM"],
    "text2text-generation": ["AutoModelForSeq2SeqLM"],
    "time-series-forecasting": ["AutoModelForTimeSeriesPrediction"],
    "translation": ["AutoModelForSeq2SeqLM"],
    "video-text-to-text": ["AutoModelForImageTextToText"],
    "visual-question-answering": ["AutoModelForVisualQuestionAnswering"],
}


def check_tasks(row: Row, _: Recipe) -> None:
    """The row's tasks are those of its heads: those of the pipelines that use
    them, and of TASKS. What a bare AutoModel or a model for sound or video is
    used for hangs on the input, so there a task may be absent."""
    from transformers.pipelines import PIPELINE_REGISTRY

    heads = dict(TASKS)
    for task, pipeline in PIPELINE_REGISTRY.supported_tasks.items():
        heads[task] = [c.__name__ for c in pipeline["pt"]]
    # An alias for transformers, and a task of its own on the Hub.
    heads["text-to-speech"] = heads["text-to-audio"]
    for task, want in row["tasks"].items():
        got = [c for c in heads.get(task, []) if c in row["auto_classes"]]
        expect(got, "tasks", f"no class of transformers is for {task}")
        same("tasks", f"what {task} uses", got, want)
    for task, autos in heads.items():
        by_input = autos == ["AutoModel"] or task in ("audio-text-to-text", "video-text-to-text")
        if not by_input and set(autos) & row["auto_classes"].keys():
            expect(task in row["tasks"], "tasks", f"{autos} serve {task}, too")


def check_preprocessors(row: Row, _: Recipe) -> None:
    """What transformers loads for the type is what the row says."""
    stem = row["config_class"].removesuffix("Config")
    for kind, module in (
        ("tokenizer", "tokenization_auto"),
        ("processor", "processing_auto"),
        ("image_processor", "image_processing_auto"),
        ("video_processor", "video_processing_auto"),
        ("feature_extractor", "feature_extraction_auto"),
    ):
        table = vars(getattr(transformers.models.auto, module))[f"{kind.upper()}_MAPPING_NAMES"]
        name, known = row.get(kind), _names(table.get(row["model_type"]))
        # A class that no table names is the type's own by its name.
        own = not known and (name is None or name.startswith(stem))
        expect(name in known or own, kind, f"transformers has {sorted(known)}, the row says {name}")
        expect(name is None or hasattr(transformers, name), kind, f"transformers has no {name}")


def _names(entry: Any) -> set[str]:
    """The classes of a mapping's entry: one, one a backend, or none."""
    if isinstance(entry, dict):
        entry = list(entry.values())
    if isinstance(entry, (list, tuple)):
        return set().union(*map(_names, entry))
    return {entry} if entry else set()


def check_round_trip(row: Row, recipe: Recipe) -> None:
    """A config that is saved comes back as the same class and content. That of
    the recipe has values that are not the defaults, so that a lost one shows."""
    if recipe["outcome"] == "ok":
        config = make_config(recipe)
    else:
        try:
            config = transformers.AutoConfig.for_model(row["model_type"])
        except Exception as err:  # some classes cannot be built from defaults
            why = f"{row['config_class']} has no usable defaults: {err}"
            raise SkipTest(why) from err
    name = type(config).__name__
    want = row.get("alias_of") or row["model_type"]
    same("model type", f"that of {name}", config.model_type, want)
    if not row.get("alias_of"):
        same("config class", "what is built", name, row["config_class"])
    with tempfile.TemporaryDirectory() as folder:
        config.save_pretrained(folder)
        again = transformers.AutoConfig.from_pretrained(folder)
    same("round trip", "the class", type(again).__name__, name)
    lost = differing(state(config), state(again))
    expect(not lost, "round trip", f"{sorted(lost)} changed")


CONTRACT = (check_config_class, check_auto_classes, check_tasks, check_preprocessors, check_round_trip)

#: What saving adds, of itself.
BOOKKEEPING = {"_name_or_path", "transformers_version", "architectures", "dtype"}


def state(config: transformers.PreTrainedConfig) -> Row:
    """What a config holds, as JSON has it, with what it does not save."""
    public = {k: v for k, v in vars(config).items() if not k.startswith("_")}
    return json.loads(json.dumps(public | config.to_dict(), default=str))


def differing(a: Row, b: Row) -> list[str]:
    """What b lost of a. Loading may fill what was left open."""
    out = []
    for k, v in a.items():
        if k in BOOKKEEPING or v is None:
            continue
        if isinstance(v, dict) and isinstance(b.get(k), dict):
            out += [f"{k}.{x}" for x in differing(v, b[k])]
        elif json.dumps(v, sort_keys=True) != json.dumps(b.get(k), sort_keys=True):
            out.append(k)
    return out


# --- the hub level ----------------------------------------------------------

#: Above this a pick is not downloaded, unless HFMODELS_HUB_MAX_BYTES says so.
HUB_MAX_BYTES = 2_000_000_000


def hub(test: Any) -> Row:
    """Load the pick at its revision, and have it answer for its task."""
    name, revision, task, row = test.pick, test.revision, test.task, test.row()
    for why, skips in (
        ("opt-in: set HFMODELS_HUB=1", os.environ.get("HFMODELS_HUB") != "1"),
        ("no pick", name is None),
        (f"{name} has no proven revision", revision is None),
        (f"no question for the task {task}", task not in QUESTIONS),
    ):
        if skips:
            raise SkipTest(why)
    limit = os.environ.get("HFMODELS_HUB_MAX_BYTES", str(HUB_MAX_BYTES))
    expect(limit.isdecimal(), f"HFMODELS_HUB_MAX_BYTES={limit}", "want a number")
    with asking(f"{name} at {revision}"):
        size = hub_bytes(name, revision)
    if not 0 < size <= int(limit):
        raise SkipTest(f"{name} has {size} bytes, HFMODELS_HUB_MAX_BYTES is {limit}")
    memory = Memory()
    with asking(f"{name} at {revision}"):
        pipe, load = timed(lambda: transformers.pipeline(task, model=name, revision=revision))
    config = pipe.model.config
    want = row.get("alias_of") or row["model_type"]
    same("hub", f"the type of {name}", config.model_type, want)
    at = getattr(config, "_commit_hash", None) or revision
    same("hub", f"the commit of {name}", at, revision)
    _, first = timed(lambda: ask(pipe, task))
    return figures(load, first, lambda: ask(pipe, task), pipe.model, memory)


def hub_bytes(name: str, revision: str) -> int:
    """The size of the weights, 0 if it is unknown."""
    from huggingface_hub import HfApi

    info = HfApi().model_info(name, revision=revision, files_metadata=True)
    sizes: Counter[str] = Counter()
    for f in info.siblings or []:
        sizes[Path(f.rfilename).suffix] += f.size or 0
    return sizes[".safetensors"] or sizes[".bin"]


HUB_MODULES = {"huggingface_hub", "httpx", "httpx2", "httpcore", "httpcore2"}


@contextlib.contextmanager
def asking(place: str) -> Iterator[None]:
    """Tells errors of asking the Hub from those of the model."""
    from huggingface_hub.errors import GatedRepoError

    try:
        yield
    except Exception as err:
        cause: BaseException | None = err
        while cause is not None:
            if isinstance(cause, GatedRepoError):
                why = f"{place} is gated: accept its terms on the Hub and set HF_TOKEN"
                raise SkipTest(why) from err
            if type(cause).__module__.split(".")[0] in HUB_MODULES:
                first = (str(cause).strip() or "no message").splitlines()[0]
                what = f"{type(cause).__name__}: {first}"
                raise OutOfReach(f"hub: {place} is out of reach: {what}") from err
            cause = cause.__cause__ or cause.__context__
        raise


def _picture_file(_: Any) -> Any:
    from PIL import Image

    t = _picture({"shape": [3, 224, 224]}, torch.Generator().manual_seed(SEED))
    t = ((t - t.min()) / (t.max() - t.min()) * 255).byte()
    return Image.fromarray(t.permute(1, 2, 0).numpy())


def _tone(pipe: Any) -> Any:
    rate = pipe.feature_extractor.sampling_rate
    return torch.sin(2 * math.pi * 440 * torch.arange(2 * rate) / rate).numpy()


OSLO = {"question": "Where does Anna live?", "context": "Anna lives in Oslo and works in a bakery."}
#: What the pipeline of a task is asked.
QUESTIONS: dict[str, Callable[[Any], Any]] = {
    "automatic-speech-recognition": _tone,
    "feature-extraction": lambda _: "A cat sits on the mat.",
    "fill-mask": lambda pipe: f"Paris is the capital of {pipe.tokenizer.mask_token}.",
    "image-classification": _picture_file,
    "image-feature-extraction": _picture_file,
    "object-detection": _picture_file,
    "question-answering": lambda _: OSLO,
    "text-classification": lambda _: "A wonderful film.",
    "text-generation": lambda _: "The capital of France is",
    "token-classification": lambda _: "Angela Merkel lives in Berlin.",
}


def ask(pipe: Any, task: str) -> None:
    """The pipeline answers, with finite numbers, and its own labels."""
    for name, value in _leaves(pipe(QUESTIONS[task](pipe)), task):
        if isinstance(value, float):
            expect(math.isfinite(value), task, f"{name} is {value}")
        elif name in ("label", "entity"):
            labels = pipe.model.config.id2label.values()
            expect(value in labels, task, f"{value} is none of the model's labels")


def _leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for k, v in value.items():
            yield from _leaves(v, k)
    elif isinstance(value, (list, tuple)):
        for v in value:
            yield from _leaves(v, name)
    else:
        yield name, value
