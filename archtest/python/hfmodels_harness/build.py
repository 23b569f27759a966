"""Building a tiny model from a recipe, feeding it, and comparing what comes out.

A recipe is data that probe.py found once. Nothing here searches.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Callable
from typing import Any

import torch
import transformers

Row = dict[str, Any]
Recipe = dict[str, Any]
Inputs = dict[str, Any]
Outputs = dict[str, torch.Tensor]
Model = torch.nn.Module

SEED = 0

# --- inputs -----------------------------------------------------------------


def _ids(spec: Row, g: torch.Generator) -> torch.Tensor:
    """Token ids in [low, high); `place` lays fixed runs [start, token, count]
    over every row (image tokens, an end token)."""
    ids = torch.randint(spec["low"], spec["high"], spec["shape"], generator=g)
    for start, token, count in spec.get("place", []):
        ids[..., start : start + count] = token
    return ids


def picture(spec: Row, g: torch.Generator) -> torch.Tensor:
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
    "picture": picture,
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
