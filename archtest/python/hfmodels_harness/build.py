"""Building a tiny model from a recipe, feeding it, and comparing what comes out.

A recipe is data that probe.py found once. Nothing here searches.
"""

from __future__ import annotations

import contextlib
import math
import re
import zlib
from collections.abc import Callable
from typing import Any

import torch
import transformers
from huggingface_hub.errors import StrictDataclassFieldValidationError

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


#: What has no effect where nothing is trained, so it may be large.
DROPOUT = re.compile("dropout|drop_rate|drop_path|layerdrop")
#: What is too small to show, if a class forgets it.
EPSILON = re.compile("norm.*eps")


def make_model(recipe: Recipe) -> Model:
    """The model in eval mode, with random weights: the same ones every time.
    Dropouts are high, where the type takes some: one that is left on shows."""
    try:
        model = _built(recipe, 0.5)
    except ValueError as err:
        if "dropout" not in str(err):
            raise
        model = _built(recipe, None)
    # Deep convolutions with gates lose an input in the rounding otherwise.
    draw(model, 6 if recipe.get("weights") == "wide" else 1.5)
    return model


def _built(recipe: Recipe, dropout: float | None) -> Model:
    config = make_config(recipe)
    for part in parts(config):
        for name, value in list(vars(part).items()):
            number = type(value) in (int, float)
            if number and dropout is not None and DROPOUT.search(name) and "quantizer" not in name:
                with contextlib.suppress(StrictDataclassFieldValidationError):  # a whole number
                    setattr(part, name, dropout)
            elif number and EPSILON.search(name):
                setattr(part, name, 0.05)
            elif name == "sliding_window" and "window" in recipe and value:
                setattr(part, name, recipe["window"])
            elif name == "rope_parameters" and "rope" in recipe and value:
                flat = "rope_type" in value  # or by kind of layer
                new = recipe["rope"]
                setattr(part, name, value | new if flat else {k: v and v | new for k, v in value.items()})
    torch.manual_seed(SEED)
    cls = getattr(transformers, recipe["class"])
    # The class of a part is built from the config of that part.
    own = (p for p in parts(config) if isinstance(p, cls.config_class or object))
    return cls(next(own, config)).eval().float()


def parts(config: Any) -> list[Any]:
    """The config and its sub-configs. They are not looked up by attribute names,
    as a config refuses those whose value differs by layer."""
    inner = [v for v in vars(config).values() if isinstance(v, transformers.PreTrainedConfig)]
    return [config] + [p for v in inner for p in parts(v)]


@torch.no_grad()
def draw(model: Model, variance: float) -> None:
    """Draws each tensor from a stream named after it. So goldens do not depend on
    the order in which a class initialises its weights, and no weight or bias is
    blind for starting as all 0 or all 1. Tied weights are one tensor."""
    seen: set[int] = set()
    for name, t in sorted(model.state_dict().items()):
        if not t.is_floating_point() or not t.numel() or t.data_ptr() in seen:
            continue
        seen.add(t.data_ptr())
        g = torch.Generator().manual_seed(zlib.crc32(name.encode()))
        first = t.flatten()[0].item()
        constant = bool((t == first).all())
        if t.dim() > 1:
            fan = t.shape[-1] if "experts" in name else t[0].numel()
            t.copy_(torch.randn(t.shape, generator=g) * (variance / fan) ** 0.5)
        elif t.numel() == 1:
            if first == 0:  # a gate that is shut
                t.fill_(0.2 + 0.2 * float(torch.rand(1, generator=g)))
        elif not constant and t.std() > 0.5:  # steps, as of a state space
            t.copy_(t.sort().values[torch.randperm(t.numel(), generator=g)])
        else:
            t.copy_((first if constant else 0) + 0.4 * (torch.rand(t.shape, generator=g) - 0.5))


@torch.no_grad()
def nudge(model: Model, noise: float) -> Model:
    """Moves each weight by some rounding, as another CPU would."""
    g = torch.Generator().manual_seed(SEED)
    for p in model.parameters() if noise else ():
        p.mul_(1 + noise * torch.randn(p.shape, generator=g))
    return model


def run(model: Model, recipe: Recipe, inputs: Inputs | None = None, noise: int = SEED) -> Outputs:
    """What the model makes of the inputs, or of the recipe's own; noise is for
    models that draw some in forward."""
    inputs = make_inputs(recipe) if inputs is None else inputs
    torch.manual_seed(noise)
    # Some models write into their inputs.
    inputs = {k: v.clone() if torch.is_tensor(v) else v for k, v in inputs.items()}
    raw = model(**inputs)
    out = flatten(raw)
    # An output that was renamed is still there if it answers to its old name.
    for name in {n.split(".")[0] for n in recipe.get("outputs", {})} - {n.split(".")[0] for n in out}:
        out |= flatten(getattr(raw, name, None), name)
    return out


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


def apart(a: Outputs, b: Outputs) -> tuple[float, str]:
    """The largest difference of the outputs that both have, as a part of the
    size of b's, and the output that it is in."""
    worst = (0.0, "nothing")
    for name in a.keys() & b.keys():
        x, y = (t[name].double().nan_to_num(posinf=0, neginf=0) for t in (a, b))
        if x.shape != y.shape:
            return math.inf, name
        # What stands for minus infinity counts as nothing.
        x, y = (t.where(t.abs() < 1e30, 0) for t in (x, y))
        if y.numel():
            d = float((x - y).abs().max()) / (float(y.norm()) / math.sqrt(y.numel()) + 1e-12)
            worst = max(worst, (d, name))
    return worst


def weights(name: str, t: torch.Tensor) -> torch.Tensor:
    g = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    return torch.randn(t.shape, generator=g)


def answer(name: str, t: torch.Tensor) -> tuple[float, float]:
    """An output as one number, a weighed sum of it, and the size of its values.
    What stands for minus infinity counts as nothing."""
    t = t.double()
    t = t.where(t.abs() < 1e30, 0)
    n = math.sqrt(t.numel())
    return float((t * weights(name, t)).sum()) / n, float(t.norm()) / n
