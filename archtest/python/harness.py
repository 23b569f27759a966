"""What the per-architecture tests call: build from a recipe, feed, run, compare.

A recipe is data that probe.py found once. Nothing here searches: a recipe that
no longer works fails, with a message that says what differs. The three levels
are `contract` (the installed library against the row), `tiny` (a real forward
pass at a tiny size with random weights) and `hub` (the pick itself, opt-in).
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import gc
import importlib
import json
import math
import os
import re
import tempfile
import time
import zlib
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

SEED = 0
#: Random weights are small, so differences are; this is float32 noise on a CPU.
TOLERANCE = 1e-4

if "PYTEST_XDIST_WORKER" in os.environ:
    torch.set_num_threads(1)


class OutOfReach(AssertionError):
    """The Hub did not hand over the pick, which says nothing of the pick."""


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
    return 0.5 * torch.sin(2 * math.pi * pitch * t) + 0.05 * torch.randn(
        shape, generator=g
    )


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
    "list": lambda s, g: [KINDS[i["kind"]](i, g) for i in s["items"]],
}
#: The kinds whose content changes with the seed.
VARYING = {"ids", "picture", "wave", "boxes", "patches", "normal", "uniform", "list"}


def make_inputs(recipe: Recipe, seed: int = SEED) -> Inputs:
    """The arguments of forward. Each input has its own random stream, named
    after it, so that adding one does not change another."""
    inputs = {}
    for spec in recipe["inputs"]:
        g = torch.Generator().manual_seed(
            zlib.crc32(spec["name"].encode()) + 7919 * seed
        )
        inputs[spec["name"]] = KINDS[spec["kind"]](spec, g)
    return inputs


# --- building ---------------------------------------------------------------


def model_class(name: str) -> type:
    """A model class, also one that transformers does not export at its top:
    then the recipe names it with its module, as bert.modeling_bert:BertModel."""
    if ":" in name:
        module, name = name.split(":")
        return getattr(importlib.import_module(f"transformers.models.{module}"), name)
    return getattr(transformers, name)


def make_config(recipe: Recipe) -> transformers.PreTrainedConfig:
    config = transformers.AutoConfig.for_model(recipe["model_type"], **recipe["config"])
    # The fused kernels want widths that a tiny model does not have.
    config._experts_implementation = "eager"
    return config


def make_model(recipe: Recipe) -> torch.nn.Module:
    """The model with random weights: the same ones every time."""
    torch.manual_seed(SEED)
    model = model_class(recipe["class"])(make_config(recipe)).eval().float()
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


def run(
    model: torch.nn.Module,
    recipe: Recipe,
    inputs: Inputs | None = None,
    noise: int = SEED,
) -> Outputs:
    """What the model makes of the inputs, or of the recipe's own; noise is for
    models that draw some in forward."""
    inputs = make_inputs(recipe) if inputs is None else inputs
    torch.manual_seed(noise)
    return flatten(model(**{k: _clone(v) for k, v in inputs.items()}))


@torch.no_grad()
def infer(
    model: torch.nn.Module,
    recipe: Recipe,
    inputs: Inputs | None = None,
    noise: int = SEED,
) -> Outputs:
    return run(model, recipe, inputs, noise)


def _clone(value: Any) -> Any:
    """Some models write into their inputs."""
    if isinstance(value, torch.Tensor):
        return value.clone()
    if isinstance(value, list):
        return [_clone(v) for v in value]
    return value


def flatten(output: Any, prefix: str = "") -> Outputs:
    """The tensors of an output by path: logits, hidden_states.0, …

    Caches are left out: they are state, not an answer."""
    found: Outputs = {}
    for name, value in items(output):
        path = f"{prefix}.{name}" if prefix else name
        if isinstance(value, torch.Tensor):
            found[path] = value
        elif isinstance(value, (list, tuple, dict)):
            found.update(flatten(value, path))
    return found


def items(output: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(output, torch.Tensor):
        yield "0", output
    elif isinstance(output, dict):
        yield from (
            (str(k), v)
            for k, v in output.items()
            if k not in ("past_key_values", "cache_params", "mems", "rnn_state")
        )
    elif isinstance(output, (list, tuple)):
        yield from ((str(i), v) for i, v in enumerate(output))


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


def build(recipe: Recipe) -> torch.nn.Module:
    try:
        return make_model(recipe)
    except Exception as err:
        raise AssertionError(
            f"build: {recipe['class']} with the recipe's config: {_brief(err)}"
        ) from err


def forward(model: torch.nn.Module, recipe: Recipe) -> Outputs:
    try:
        return infer(model, recipe)
    except Exception as err:
        raise AssertionError(
            f"forward: {recipe['class']} with the recipe's inputs: {_brief(err)}"
        ) from err


def _brief(err: Exception) -> str:
    return f"{type(err).__name__}: {err}"[:500]


def check_config(recipe: Recipe, model: torch.nn.Module) -> None:
    """The recipe is of this architecture, and the class takes its config."""
    got, want = type(model.config).__name__, type(make_config(recipe)).__name__
    assert (
        got == want
    ), f"class: {recipe['class']} is built from {got}, {recipe['model_type']} from {want}"


def check_shapes(recipe: Recipe, out: Outputs) -> None:
    got, want = shapes(out), recipe["outputs"]
    assert (
        got == want
    ), f"output shapes: {recipe['class']} returns {got}, recipe says {want}"


def check_parameters(recipe: Recipe, model: torch.nn.Module) -> None:
    got, want = sum(p.numel() for p in model.parameters()), recipe["parameters"]
    assert got == want, f"parameters: {recipe['class']} has {got}, recipe says {want}"


def check_finite(recipe: Recipe, out: Outputs) -> None:
    for name, t in floats(out).items():
        # Minus infinity is how a model says "masked"; the recipe names where.
        bad = (~torch.isfinite(t)).sum().item()
        assert bad == 0 or name in recipe.get(
            "infinite", []
        ), f"finite: {bad} of {t.numel()} values of {name} are not"
        assert not torch.isnan(t).any(), f"finite: {name} has NaN"


def check_dtype(recipe: Recipe, out: Outputs) -> None:
    want = recipe.get("dtype", "float32")
    for name, t in floats(out).items():
        got = str(t.dtype).removeprefix("torch.")
        assert got == want, f"dtype: {name} is {got}, not {want}"


def check_repeats(recipe: Recipe, model: torch.nn.Module, out: Outputs) -> None:
    """The same input gives the same output, whatever torch's random state is,
    unless the recipe says that forward draws noise by design."""
    noise = SEED if recipe.get("draws") else SEED + 1
    d = difference(out, infer(model, recipe, noise=noise))
    assert d == 0, f"same twice: a second run of the same input differs by {d}"


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


def check_answer(recipe: Recipe, out: Outputs) -> None:
    """The numbers are those of the recipe: neither the weights that a class
    draws nor what it computes with them has changed."""
    for name, want in recipe.get("answer", {}).items():
        got, size = answer(name, out[name])
        assert (
            abs(got - want) <= ANSWER_TOLERANCE * size + 1e-9
        ), f"answer: {name} sums up to {got:.5g}, recipe says {want:.5g}, of values of {size:.3g}"


def check_inputs_matter(recipe: Recipe, model: torch.nn.Module, out: Outputs) -> None:
    """Every part of the input that was exercised has to matter."""
    other = make_inputs(recipe, SEED + 1)
    d = difference(out, infer(model, recipe, other))
    assert d > 0, "different input: the output is the same"
    for name in recipe.get("matters", []):
        assert name in other, f"different input: the recipe feeds no {name}"
        inputs = {**make_inputs(recipe), name: other[name]}
        d = difference(out, infer(model, recipe, inputs))
        assert d > 0, f"different input: another {name} gives the same output"


def check_also(recipe: Recipe, model: torch.nn.Module) -> None:
    """A second run, with what the model does not take together with the first."""
    out = forward(model, recipe)
    check_shapes(recipe, out)
    check_finite(recipe, out)
    check_repeats(recipe, model, out)
    check_answer(recipe, out)
    check_inputs_matter(recipe, model, out)


def check_causal(recipe: Recipe, model: torch.nn.Module, out: Outputs) -> None:
    """The last token shows in its own place, and in none before."""
    inputs = make_inputs(recipe)
    inputs["input_ids"][:, -1] = make_inputs(recipe, SEED + 1)["input_ids"][:, 0]
    new = infer(model, recipe, inputs)
    for name in recipe["causal"]:
        assert out[name].shape == new[name].shape, f"causal: {name} changes its shape"
        d = (out[name] - new[name]).abs().nan_to_num(nan=0.0)
        before, at = float(d[:, :-1].max()), float(d[:, -1].max())
        assert before <= TOLERANCE, f"causal: a later token changes {name} by {before}"
        assert at > 0, f"causal: {name} does not show the last token"


PADDED = 3


def check_padding(recipe: Recipe, model: torch.nn.Module) -> None:
    """What the attention mask hides must not reach what it shows, and has to
    reach it when the mask hides nothing."""
    inputs = make_inputs(recipe)
    assert "attention_mask" in inputs, "padding: the recipe feeds no attention_mask"
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
    assert d <= TOLERANCE, f"padding: masked tokens change the output by {d}"
    d = difference(seen(ids, mask), seen(changed, mask))
    assert d > 0, "padding: the same tokens change nothing when they are not masked"


def check_gradient(recipe: Recipe, model: torch.nn.Module) -> None:
    """A gradient reaches the embeddings, and as many tensors as it did when
    the recipe was made: a layer whose output is lost gets none."""
    want = recipe["gradient"]
    reached = backward(model, recipe)
    named = dict(model.named_parameters())
    assert (
        want["parameter"] in named
    ), f"gradient: {recipe['class']} has no parameter {want['parameter']}"
    g = named[want["parameter"]].grad
    assert (
        g is not None and torch.isfinite(g).all()
    ), f"gradient: {want['parameter']} has none that is finite"
    assert g.abs().sum() > 0, f"gradient: that of {want['parameter']} is zero"
    model.zero_grad(set_to_none=True)
    assert (
        len(reached) >= want["reached"]
    ), f"gradient: reaches {len(reached)} of {len(named)} tensors, recipe says {want['reached']}"


def backward(model: torch.nn.Module, recipe: Recipe) -> list[str]:
    """The parameters that a gradient reaches; it stays in them."""
    model.zero_grad(set_to_none=True)
    with torch.enable_grad():
        loss(run(model, recipe)).backward()
    return [
        n
        for n, p in model.named_parameters()
        if p.grad is not None and bool(p.grad.abs().sum() > 0)
    ]


def loss(out: Outputs) -> torch.Tensor:
    """A weighted sum of the outputs; equal weights would cancel behind a norm."""
    return sum(
        (
            (torch.nan_to_num(t, posinf=0, neginf=0) * _weights(name, t)).sum()
            for name, t in floats(out).items()
            if t.requires_grad and t.numel()
        ),
        start=torch.zeros(()),
    )


def _weights(name: str, t: torch.Tensor) -> torch.Tensor:
    g = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    return torch.randn(t.shape, generator=g)


def check_reload(recipe: Recipe, model: torch.nn.Module, out: Outputs) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        model.save_pretrained(folder)
        weights = list(Path(folder).glob("*.safetensors"))
        assert weights, f"reload: {recipe['class']} saved no safetensors file"
        load = functools.partial(
            type(model).from_pretrained, folder, dtype=torch.float32
        )
        try:
            again, told = load(output_loading_info=True)
        except (AttributeError, TypeError):  # one of its own, which tells nothing
            again, told = load(), {}
    again.eval()
    lost = sorted(told.get("missing_keys", []))
    assert not lost, f"reload: {len(lost)} tensors were not saved: {lost[:3]}"
    again.config._experts_implementation = "eager"
    assert (
        again.config.model_type == model.config.model_type
    ), f"reload: saved as {model.config.model_type}, loaded as {again.config.model_type}"
    before, after = dict(model.named_parameters()), dict(again.named_parameters())
    changed = [n for n in before if n in after and not before[n].equal(after[n])]
    assert not changed, f"reload: {len(changed)} tensors differ: {changed[:3]}"
    d = difference(out, infer(again, recipe))
    assert d <= 1e-5, f"reload: the loaded model's output differs by {d}"


def generate(model: torch.nn.Module, recipe: Recipe) -> torch.Tensor:
    inputs = {
        k: v
        for k, v in make_inputs(recipe).items()
        if k not in ("use_cache", "decoder_input_ids", "decoder_attention_mask")
    }
    more: Row = {}
    settings = model.generation_config
    if model.config.is_encoder_decoder and settings.decoder_start_token_id is None:
        more["decoder_start_token_id"] = 0
    torch.manual_seed(SEED)
    with torch.no_grad():
        out = model.generate(
            **inputs,
            max_new_tokens=3,
            min_new_tokens=3,
            do_sample=False,
            num_beams=1,
            **more,
        )
    return out if isinstance(out, torch.Tensor) else next(iter(flatten(out).values()))


def check_generation(recipe: Recipe, model: torch.nn.Module) -> None:
    got, want = list(generate(model, recipe).shape), recipe["generates"]
    assert got == want, f"generation: shape {got}, recipe says {want}"


def tiny(recipe: Recipe) -> Row:
    """Everything at the tiny level; returns what was measured."""
    memory = Memory()
    start = time.perf_counter()
    model = build(recipe)
    built = time.perf_counter()
    check_config(recipe, model)
    check_parameters(recipe, model)
    ready = time.perf_counter()
    out = forward(model, recipe)
    ran = time.perf_counter()
    excused = recipe.get("except", {})
    check_shapes(recipe, out)
    check_finite(recipe, out)
    check_dtype(recipe, out)
    check_repeats(recipe, model, out)
    check_answer(recipe, out)
    check_inputs_matter(recipe, model, out)
    for run_of in recipe.get("also", []):
        check_also({**recipe, "matters": [], "answer": {}, **run_of}, model)
    if "causal" in recipe:
        check_causal(recipe, model, out)
    if "padding" in recipe:
        check_padding(recipe, model)
    if "generates" in recipe:
        check_generation(recipe, model)
    if "gradient" not in excused:
        check_gradient(recipe, model)
    if "reload" not in excused:
        check_reload(recipe, model, out)
    return {
        "load_seconds": round(built - start, 4),
        "first_forward_seconds": round(ran - ready, 4),
        "steady_forward_seconds": round(steady(lambda: infer(model, recipe)), 4),
        "parameters": recipe["parameters"],
        **memory.measured(),
    }


# --- measuring --------------------------------------------------------------


def steady(call: Callable[[], Any]) -> float:
    """The shortest of three further runs, in seconds; of fewer if they are long."""
    took: list[float] = []
    while len(took) < 3 and sum(took) < 2:
        start = time.perf_counter()
        call()
        took.append(time.perf_counter() - start)
    return min(took)


class Memory:
    """The most memory that the process held since this was made.

    Linux can start that count anew, so that what earlier tests used is not in
    it; what they left behind is, and is given as the base. Elsewhere nothing
    is measured."""

    def __init__(self) -> None:
        gc.collect()
        self.base = None
        try:
            ctypes.CDLL(None).malloc_trim(0)
            Path("/proc/self/clear_refs").write_text("5")
            self.base = _status("VmRSS")
        except (OSError, AttributeError):
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


def contract(row: Row, recipe: Recipe) -> None:
    """The row against the installed library."""
    assert (
        row["model_type"] == recipe["model_type"]
    ), f"row: of {row['model_type']}, beside a recipe of {recipe['model_type']}"
    check_config_class(row)
    check_auto_classes(row)
    check_tasks(row)
    check_preprocessors(row)
    check_round_trip(row, recipe)


def check_config_class(row: Row) -> None:
    names = transformers.models.auto.configuration_auto.CONFIG_MAPPING_NAMES
    got = names.get(row["model_type"])
    assert (
        got == row["config_class"]
    ), f"config class: {row['model_type']} is {got} in transformers, {row['config_class']} in the row"


def check_auto_classes(row: Row) -> None:
    """The row has each auto class that builds the type, with what it builds."""
    for name, cls in sorted(auto_classes().items()):
        got = cls._model_mapping._model_mapping.get(row["model_type"], ())
        got = [got] if isinstance(got, str) else list(got)
        want = row["auto_classes"].get(name, [])
        assert (
            got == want
        ), f"auto classes: {name} builds {got} for {row['model_type']}, the row says {want}"
    unknown = sorted(row["auto_classes"].keys() - auto_classes().keys())
    assert not unknown, f"auto classes: transformers has no {unknown}"


def auto_classes() -> dict[str, Any]:
    module = transformers.models.auto.modeling_auto
    return {
        n: c
        for n, c in vars(module).items()
        if n.startswith("Auto") and getattr(c, "_model_mapping", None) is not None
    }


#: What a head is used for where transformers has no pipeline for it.
TASKS = {
    "image-to-image": "AutoModelForImageToImage",
    "keypoint-detection": "AutoModelForKeypointDetection",
    "question-answering": "AutoModelForQuestionAnswering",
    "summarization": "AutoModelForSeq2SeqLM",
    "text2text-generation": "AutoModelForSeq2SeqLM",
    "time-series-forecasting": "AutoModelForTimeSeriesPrediction",
    "translation": "AutoModelForSeq2SeqLM",
    "visual-question-answering": "AutoModelForVisualQuestionAnswering",
}


def check_tasks(row: Row) -> None:
    """The row's tasks are those of its heads: those of the pipelines that use
    them, and of TASKS. What a bare AutoModel is used for hangs on the input,
    so there a task may be absent."""
    from transformers.pipelines import PIPELINE_REGISTRY

    heads = {t: [name] for t, name in TASKS.items()}
    for task, pipeline in PIPELINE_REGISTRY.supported_tasks.items():
        heads[task] = [c.__name__ for c in pipeline["pt"]]
    for task, want in row["tasks"].items():
        assert task in heads, f"tasks: nothing in transformers is for {task}"
        got = [c for c in heads[task] if c in row["auto_classes"]]
        assert got == want and got, f"tasks: {task} uses {got}, the row says {want}"
    for task, autos in heads.items():
        assert (
            task in row["tasks"]
            or autos == ["AutoModel"]
            or not set(autos) & row["auto_classes"].keys()
        ), f"tasks: {autos} of the row serve {task}, which the row lacks"


def check_preprocessors(row: Row) -> None:
    """What transformers loads for the type is what the row says."""
    auto = transformers.models.auto
    tables = {
        "tokenizer": auto.tokenization_auto.TOKENIZER_MAPPING_NAMES,
        "processor": auto.processing_auto.PROCESSOR_MAPPING_NAMES,
        "image_processor": auto.image_processing_auto.IMAGE_PROCESSOR_MAPPING_NAMES,
        "video_processor": auto.video_processing_auto.VIDEO_PROCESSOR_MAPPING_NAMES,
        "feature_extractor": auto.feature_extraction_auto.FEATURE_EXTRACTOR_MAPPING_NAMES,
    }
    stem = row["config_class"].removesuffix("Config")
    for kind, table in tables.items():
        name, known = row.get(kind), _names(table.get(row["model_type"]))
        # A class that no table names is the type's own by its name.
        assert (name in known) or (
            not known and (name is None or name.startswith(stem))
        ), f"{kind}: transformers has {sorted(known)}, the row says {name}"
        assert name is None or hasattr(
            transformers, name
        ), f"{kind}: transformers has no {name}"


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
    if recipe.get("outcome") == "ok":
        config = make_config(recipe)
    else:
        try:
            config = transformers.AutoConfig.for_model(row["model_type"])
        except Exception as err:  # some classes cannot be built from defaults
            raise SkipTest(
                f"{row['config_class']} has no usable defaults: {err}"
            ) from err
    name = type(config).__name__
    want = row.get("alias_of") or row["model_type"]
    assert (
        config.model_type == want
    ), f"model type: {name} declares {config.model_type}, the row says {want}"
    if not row.get("alias_of"):
        assert (
            name == row["config_class"]
        ), f"config class: built {name}, the row says {row['config_class']}"
    with tempfile.TemporaryDirectory() as folder:
        config.save_pretrained(folder)
        again = transformers.AutoConfig.from_pretrained(folder)
    assert type(again) is type(
        config
    ), f"round trip: saved {name}, loaded {type(again).__name__}"
    lost = differing(config.to_dict(), again.to_dict()) + [
        k
        for k in recipe.get("config", {})
        if _text(_own(config, k)) != _text(_own(again, k))
    ]
    assert not lost, f"round trip: {sorted(set(lost))} changed"


#: What saving adds, of itself.
BOOKKEEPING = {"_name_or_path", "transformers_version", "architectures", "dtype"}


def differing(a: Row, b: Row) -> list[str]:
    a, b = ({str(k): v for k, v in d.items()} for d in (a, b))  # as JSON has them
    out = []
    for k in sorted(a.keys() | b.keys()):
        if k in BOOKKEEPING or a.get(k) is None:
            continue  # loading may fill what was left open; it may lose nothing
        if isinstance(a.get(k), dict) and isinstance(b.get(k), dict):
            out += [f"{k}.{x}" for x in differing(a[k], b[k])]
        elif _text(a.get(k)) != _text(b.get(k)):
            out.append(k)
    return out


def _own(config: transformers.PreTrainedConfig, name: str) -> Any:
    try:
        return getattr(config, name, None)
    except Exception:  # noqa: BLE001  one value a layer: what it was given
        return vars(config).get(name)


def _text(v: Any) -> str:
    if isinstance(v, transformers.PreTrainedConfig):
        v = {k: x for k, x in v.to_dict().items() if k not in BOOKKEEPING}
    return json.dumps(v, sort_keys=True, default=str)


# --- the hub level ----------------------------------------------------------

#: Above this a pick is not downloaded, unless HFMODELS_HUB_MAX_BYTES says so.
HUB_MAX_BYTES = 2_000_000_000


def hub(row: Row) -> Row:
    """Load the pick at its revision and judge its answer for its task."""
    if os.environ.get("HFMODELS_HUB") != "1":
        raise SkipTest("opt-in: set HFMODELS_HUB=1")
    pick = row["pick"]
    if pick is None:
        raise SkipTest(f"no pick: {row.get('status', 'none')}")
    if not pick.get("revision"):
        raise SkipTest(f"{pick['id']} has no proven revision")
    task = pick.get("task") or hub_task(row, hub_config(pick))
    if task not in HUB_CHECKS:
        raise SkipTest(f"no check of the output for the task {task}")
    limit = hub_limit()
    size = hub_bytes(pick)
    if size > limit:
        raise SkipTest(
            f"{pick['id']} has {size} bytes, HFMODELS_HUB_MAX_BYTES is {limit}"
        )
    hub_config(pick)  # says best why a model is out of reach
    memory = Memory()
    start = time.perf_counter()
    try:
        pipe = transformers.pipeline(task, model=pick["id"], revision=pick["revision"])
    except Exception as err:
        if _network(err):
            raise _out_of_reach(pick, err) from err
        raise AssertionError(f"hub: {_place(pick)} does not load: {err}") from err
    loaded = time.perf_counter()
    got = pipe.model.config.model_type
    want = row.get("alias_of") or row["model_type"]
    assert got == want, f"hub: {pick['id']} is a {got}, not a {want}"
    at = getattr(pipe.model.config, "_commit_hash", None)
    assert at in (
        None,
        pick["revision"],
    ), f"hub: {pick['id']} was loaded at {at}, not at {pick['revision']}"
    begun = time.perf_counter()
    HUB_CHECKS[task](pipe)
    first = time.perf_counter() - begun
    return {
        "model": pick["id"],
        "revision": pick["revision"],
        "load_seconds": round(loaded - start, 3),
        "first_forward_seconds": round(first, 3),
        "steady_forward_seconds": round(steady(lambda: HUB_CHECKS[task](pipe)), 3),
        "parameters": sum(p.numel() for p in pipe.model.parameters()),
        **memory.measured(),
    }


def _place(pick: Row) -> str:
    return f"{pick['id']} at {pick['revision']}"


def hub_config(pick: Row) -> Row:
    """The pick's config.json, as the Hub has it."""
    from huggingface_hub import hf_hub_download

    with _asking(pick):
        path = hf_hub_download(pick["id"], "config.json", revision=pick["revision"])
    return json.loads(Path(path).read_text(encoding="utf-8"))


@contextlib.contextmanager
def _asking(pick: Row) -> Iterator[None]:
    """Says what the Hub's answers mean for a test."""
    from huggingface_hub.errors import GatedRepoError

    try:
        yield
    except GatedRepoError as err:
        raise SkipTest(
            f"{pick['id']} is gated: accept its terms on the Hub and set HF_TOKEN"
        ) from err
    except Exception as err:
        raise _out_of_reach(pick, err) from err


def _out_of_reach(pick: Row, err: BaseException) -> OutOfReach:
    first = (str(err).strip() or "no message").splitlines()[0]
    return OutOfReach(
        f"hub: {_place(pick)} is out of reach: {type(err).__name__}: {first}"
    )


def _network(err: BaseException | None) -> bool:
    """Whether an error, or what it comes from, is one of asking the Hub."""
    while err is not None:
        if type(err).__module__.split(".")[0] in HUB_MODULES:
            return True
        err = err.__cause__ or err.__context__
    return False


HUB_MODULES = {"huggingface_hub", "httpx", "httpx2", "httpcore", "httpcore2"}


def hub_limit() -> int:
    text = os.environ.get("HFMODELS_HUB_MAX_BYTES", str(HUB_MAX_BYTES))
    assert text.isdecimal(), f"HFMODELS_HUB_MAX_BYTES={text}: want a number of bytes"
    return int(text)


def hub_task(row: Row, config: Row) -> str | None:
    """What the head in the pick's own config is for, where the row has no task."""
    for auto, classes in row["auto_classes"].items():
        if set(config.get("architectures") or []) & set(classes):
            for task, autos in row["tasks"].items():
                if auto in autos and task in HUB_CHECKS:
                    return task
    return None


def hub_bytes(pick: Row) -> int:
    """The size of the weights, asked of the Hub where the row does not know."""
    if pick.get("bytes"):
        return pick["bytes"]
    from huggingface_hub import HfApi

    with _asking(pick):
        info = HfApi().model_info(
            pick["id"], revision=pick["revision"], files_metadata=True
        )
    sizes: dict[str, int] = {}
    for f in info.siblings or []:
        suffix = Path(f.rfilename).suffix
        sizes[suffix] = sizes.get(suffix, 0) + (f.size or 0)
    size = sizes.get(".safetensors") or sizes.get(".bin") or 0
    if not size and pick.get("parameters"):
        size = 4 * pick["parameters"]  # at most four bytes each
    if not size:
        raise SkipTest(f"{pick['id']} is of unknown size")
    return size


def _hub_fill_mask(pipe: Any) -> None:
    tokenizer = pipe.tokenizer
    if tokenizer.unk_token_id in tokenizer("Paris", add_special_tokens=False).input_ids:
        # Not a model of words. The others on the Hub read molecules.
        best = pipe(f"C C ( = O ) {tokenizer.mask_token}")[0]
        chance = 1 / len(tokenizer)
        assert (
            best["score"] > 5 * chance
        ), f"fill-mask: {best['token_str']!r} at {best['score']:.4f}, chance is {chance:.4f}"
        return
    text = f"Paris is the capital of {tokenizer.mask_token}."
    words = [a["token_str"].strip().lower() for a in pipe(text, top_k=20)]
    assert any(
        w.isalpha() and len(w) > 1 for w in words
    ), f"fill-mask: no word among {words}"


def _hub_labels(pipe: Any, answers: Any) -> None:
    labels = set(pipe.model.config.id2label.values())
    for a in answers:
        got = a.get("label") or a.get("entity")
        assert got in labels, f"labels: {got} is none of the model's own"
        assert 0 <= a["score"] <= 1, f"labels: score {a['score']} of {got}"


def _hub_text_classification(pipe: Any) -> None:
    _hub_labels(pipe, pipe(["A wonderful film.", "A dreadful film."]))


def _hub_token_classification(pipe: Any) -> None:
    _hub_labels(pipe, pipe("Angela Merkel lives in Berlin."))


def _hub_feature_extraction(pipe: Any) -> None:
    def embed(text: str) -> torch.Tensor:
        return torch.tensor(pipe(text)[0]).mean(dim=0)

    def like(a: str, b: str) -> float:
        return float(torch.cosine_similarity(embed(a), embed(b), dim=0))

    near = like("A cat sits on the mat.", "A kitten is sitting on a rug.")
    far = like("A cat sits on the mat.", "Interest rates rose again in March.")
    assert (
        near > far
    ), f"feature-extraction: like sentences at {near:.3f}, others at {far:.3f}"


def _hub_text_generation(pipe: Any) -> None:
    prompt = "The capital of France is"
    text = pipe(prompt, max_new_tokens=5, do_sample=False)[0]["generated_text"]
    assert (
        text.startswith(prompt) and text[len(prompt) :].strip()
    ), f"text-generation: {text!r} does not go on from the prompt"


def _hub_question_answering(pipe: Any) -> None:
    text = "Anna lives in Oslo and works in a bakery."
    answer = pipe(question="Where does Anna live?", context=text)["answer"]
    assert "Oslo" in answer, f"question-answering: {answer!r}"


def _hub_picture() -> Any:
    from PIL import Image

    spec = {"shape": [3, 224, 224]}
    t = _picture(spec, torch.Generator().manual_seed(SEED))
    t = ((t - t.min()) / (t.max() - t.min()) * 255).byte()
    return Image.fromarray(t.permute(1, 2, 0).numpy())


def _hub_image_classification(pipe: Any) -> None:
    _hub_labels(pipe, pipe(_hub_picture()))


def _hub_image_features(pipe: Any) -> None:
    t = torch.tensor(pipe(_hub_picture()))
    assert torch.isfinite(t).all(), "image-feature-extraction: not finite"
    assert t.std() > 0, "image-feature-extraction: all the same"


def _hub_object_detection(pipe: Any) -> None:
    _hub_labels(pipe, pipe(_hub_picture(), threshold=0.0)[:5])


def _hub_speech_recognition(pipe: Any) -> None:
    rate = pipe.feature_extractor.sampling_rate
    tone = torch.sin(2 * math.pi * 440 * torch.arange(2 * rate) / rate).numpy()
    words = pipe(tone)["text"].split()
    assert len(words) <= 3, f"speech recognition: a tone became {' '.join(words)!r}"


HUB_CHECKS: dict[str, Callable[[Any], None]] = {
    "fill-mask": _hub_fill_mask,
    "text-classification": _hub_text_classification,
    "token-classification": _hub_token_classification,
    "feature-extraction": _hub_feature_extraction,
    "text-generation": _hub_text_generation,
    "question-answering": _hub_question_answering,
    "image-classification": _hub_image_classification,
    "image-feature-extraction": _hub_image_features,
    "object-detection": _hub_object_detection,
    "automatic-speech-recognition": _hub_speech_recognition,
}
