"""The tiny level: a real forward pass at a tiny size, with random weights."""

from __future__ import annotations

import math
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import SkipTest

import torch
import transformers

from .build import (
    SEED,
    Model,
    Outputs,
    Recipe,
    Row,
    difference,
    floats,
    infer,
    make_inputs,
    make_model,
    run,
    shapes,
)
from .expect import both, expect, run_checks, same
from .measure import Memory, figures, timed
from .relations import PADDED, RELATIONS, checked, generate
from .variants import head, processed, variants

#: Random weights are small, so differences are; this is float32 noise on a CPU.
TOLERANCE = 1e-4


def check_parameters(recipe: Recipe, model: Model, _: Outputs) -> None:
    got = sum(p.numel() for p in model.parameters())
    same("parameters", f"that of {recipe['class']}", got, recipe["parameters"])


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
#: Pictures are resized in bytes, which the kernels of two CPUs round otherwise: that
#: moved the sums by up to 0.7 %. Another order of the channels moves them by all.
PIXEL_TOLERANCE = 2e-2


def answer(name: str, t: torch.Tensor) -> tuple[float, float]:
    """An output as one number, a weighed sum of it, and the size of its values.
    What stands for minus infinity counts as nothing."""
    t = t.double()
    t = t.where(t.abs() < 1e30, 0)
    n = math.sqrt(t.numel())
    return float((t * _weights(name, t)).sum()) / n, float(t.norm()) / n


def golden(out: Outputs, near: Outputs, unsteady: Any = ()) -> dict[str, float]:
    """The numbers of the first outputs that rounding leaves alone: a model that
    chooses (the best places, the nearest code) may choose otherwise on another
    CPU. near is what comes out after a nudge of the weights; what that does not
    show, and plainer kernels did (ATEN_CPU_CAPABILITY=default), is unsteady."""
    found = {}
    for name, t in floats(out).items():
        if name in unsteady or not t.numel() or not torch.isfinite(t).all() or near[name].shape != t.shape:
            continue
        want, size = answer(name, t)
        if size > 1e-9 and abs(answer(name, near[name])[0] - want) <= 2e-5 * size:
            found[name] = float(f"{want:.5g}") or 0.0
        if len(found) == 6:
            break
    return found


def compare(
    check: str, goldens: Row, ask: Callable[[str], Outputs], within: float = ANSWER_TOLERANCE
) -> None:
    """Compares answers with the numbers of the recipe, by question and output."""
    wrong = []
    for question, numbers in goldens.items():
        out = {n: t for n, t in ask(question).items() if n in numbers}
        for name in both(check, question, out, numbers, strict=False):
            want = numbers[name]
            got, size = answer(name, out[name])
            if not abs(got - want) <= within * max(size, abs(want)):
                wrong.append(
                    f"{question}: {name} sums up to {got:.5g}, not {want:.5g}, its values are about {size:.2g}"
                )
    more = f", and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    means = "the model computes something else than when the recipe was made"
    expect(not wrong, check, f"{means}: {'; '.join(wrong[:3])}{more}")


def check_answer(recipe: Recipe, _: Model, out: Outputs) -> None:
    compare("answer", {"the inputs": recipe.get("answer", {})}, lambda _: out)


def check_goldens(recipe: Recipe, model: Model, _: Outputs) -> None:
    asked, goldens = variants(model, recipe), recipe.get("goldens", {})
    there = both("goldens", f"what {recipe['class']} can be asked", goldens.keys() & asked.keys(), goldens)
    compare("goldens", {q: goldens[q] for q in sorted(there)}, lambda question: asked[question]())


def check_heads(recipe: Recipe, _: Model, __: Outputs) -> None:
    """Every other class of the architecture, with labels where it takes them."""
    heads = recipe.get("heads", {})
    there = both("heads", "the classes", {n for n in heads if hasattr(transformers, n)}, heads)
    compare(
        "heads", {n: heads[n] for n in sorted(there)}, lambda name: head(name, recipe, "loss" in heads[name])
    )


def check_processed(recipe: Recipe, _: Model, __: Outputs) -> None:
    if "processed" in recipe:
        known = recipe["processed"]
        compare("processed", {"a fixed input": known["answer"]}, lambda _: processed(known), PIXEL_TOLERANCE)


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


def check_generation(recipe: Recipe, model: Model, _: Outputs) -> None:
    if "generates" in recipe:
        same("generation", "the shape", list(generate(model, recipe).shape), recipe["generates"])


#: The checks of the tiny level, in turn.
TINY = (check_parameters, *RUN, check_also, check_causal, check_padding)
TINY += (*map(checked, RELATIONS), check_goldens, check_heads, check_processed)
TINY += (check_generation, check_gradient, check_reload)


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
