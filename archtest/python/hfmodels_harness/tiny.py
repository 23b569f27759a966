"""The tiny level: a real forward pass at a tiny size, with random weights."""

from __future__ import annotations

import copy
import tempfile
from typing import Any, ClassVar
from unittest import SkipTest

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from .answers import check_answers
from .build import (
    SEED,
    Model,
    Outputs,
    Recipe,
    apart,
    floats,
    infer,
    make_inputs,
    make_model,
    run,
    shapes,
    weights,
)
from .expect import both, expect, run_checks, same


def check_shapes(recipe: Recipe, _: Model, out: Outputs) -> None:
    got, want = shapes(out), recipe["outputs"]
    for name in sorted(both("output shapes", recipe["class"], got, want, strict=False)):
        same("output shapes", f"{name} of {recipe['class']}", got[name], want[name])


def check_finite(recipe: Recipe, _: Model, out: Outputs) -> None:
    """Whole numbers of the right type, but where a model says "masked" with
    minus infinity; the recipe names where."""
    for name, t in floats(out).items():
        same("dtype", name, f"{t.dtype}", f"torch.{recipe.get('dtype', 'float32')}")
        bad = (~torch.isfinite(t)).sum().item() if name not in recipe.get("infinite", []) else 0
        expect(bad == 0, "finite", f"{bad} of {t.numel()} values of {name} are NaN or infinite")
        expect(not torch.isnan(t).any(), "finite", f"{name} has NaN")


def check_repeats(recipe: Recipe, model: Model, out: Outputs) -> None:
    """The same input gives the same output, whatever torch's random state is,
    unless the recipe says that forward draws noise by design."""
    noise = SEED if recipe.get("draws") else SEED + 1
    d, name = apart(out, infer(model, recipe, noise=noise))
    expect(d == 0, "same twice", f"{name} of a second run with the same input differs by {d:.2g} of its size")


def check_gradient(recipe: Recipe, model: Model, out: Outputs) -> None:
    """A gradient reaches as many tensors as it did when the recipe was made: what is
    behind a layer that detaches gets none. It comes from all outputs, so where an older
    release lacks one there is nothing to compare."""
    if (want := recipe.get("gradient")) and recipe["outputs"].keys() <= out.keys():
        reached = len(backward(model, recipe))
        found = f"reaches {reached} of {want['of']} tensors, recipe says {want['reached']}"
        expect(reached >= want["reached"], "gradient", found)


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
            total = total + (t * weights(name, t)).sum()
    return total


def check_reload(recipe: Recipe, model: Model, out: Outputs) -> None:
    """Saved and loaded, the model is the same."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        model.save_pretrained(folder)
        load = type(model).from_pretrained
        try:
            again, told = load(folder, dtype=torch.float32, output_loading_info=True)
        except (AttributeError, TypeError):  # one of its own, which tells nothing
            again, told = load(folder, dtype=torch.float32), {}
    lost = sorted(told.get("missing_keys", []))
    expect(not lost, "reload", f"{len(lost)} tensors were not saved: {lost[:3]}")
    again.eval().config._experts_implementation = "eager"
    d, name = apart(out, infer(again, recipe))
    expect(d <= 1e-5, "reload", f"{name} of the loaded model differs by {d:.2g} of its size")


class Precise(TorchDispatchMode):
    """Notes which functions are computed in float32, of those that rounding spoils."""

    SENSITIVE: ClassVar = set("_softmax cos cumsum exp log mean pow rsqrt sigmoid sin softplus".split())

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.__name__.split(".")[0]
        if name in self.SENSITIVE and torch.is_tensor(args[0]) and args[0].dtype == torch.float32:
            self.seen.add(name)
        return func(*args, **(kwargs or {}))


def precise(model: Model, recipe: Recipe) -> list[str]:
    """What a model in bfloat16 computes in float32 all the same."""
    inputs = {
        k: v.bfloat16() if torch.is_tensor(v) and v.is_floating_point() else v
        for k, v in make_inputs(recipe).items()
    }
    with Precise() as noted:
        infer(copy.deepcopy(model).bfloat16(), recipe, inputs)
    return sorted(noted.seen)


def check_precision(recipe: Recipe, model: Model, _: Outputs) -> None:
    """What has to be precise is computed in float32, also where the weights are in bfloat16."""
    if want := recipe.get("precise"):
        both("precision", "functions in float32", precise(model, recipe), want, strict=False)


#: The checks of the tiny level, in turn.
TINY = (check_shapes, check_finite, check_repeats)
TINY += (check_answers, check_precision, check_gradient, check_reload)


def tiny(test: Any) -> None:
    """Everything at the tiny level."""
    recipe = test.recipe()
    if recipe["outcome"] != "ok":
        raise SkipTest(f"no recipe, {recipe['reason']}: {recipe['why']}")
    asked = {q: numbers for q, numbers in recipe.get("answers", {}).items() if q not in test.skip}
    recipe = {**recipe, "answers": asked}
    model = make_model(recipe)
    run_checks(test, TINY, recipe, model, infer(model, recipe))
