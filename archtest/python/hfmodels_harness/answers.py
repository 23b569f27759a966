"""The numbers that answers come to. The recipe has them by question and output."""

from __future__ import annotations

from collections.abc import Iterable

import torch
import transformers

from .build import Model, Outputs, Recipe, answer, floats
from .expect import both, expect
from .questions import PICTURES, questions

#: How far a weighed sum may be from the recipe's, as a part of the output's
#: size. The rounding of another CPU is a hundredth of that.
TOLERANCE = 2e-4
#: The same where more is rounded: pictures are resized in bytes, which the kernels of two
#: CPUs do otherwise, and some models are so deep that a nudge shows, which have a tilde
#: before the name. A bug moves the sums by more.
ROUGH = 2e-2


def golden(out: Outputs, near: Outputs, unsteady: Iterable[str] = ()) -> dict[str, float]:
    """The numbers of the first outputs that rounding leaves alone: a model that
    chooses (the best places, the nearest code) may choose otherwise on another
    CPU. near is what comes out after a nudge of the weights; what that does not
    show, and plainer kernels did (ATEN_CPU_CAPABILITY=default), is unsteady."""
    found = {}
    for name, t in floats(out).items():
        if name in unsteady or not t.numel() or not torch.isfinite(t).all() or near[name].shape != t.shape:
            continue
        want, size = answer(name, t)
        moved = abs(answer(name, near[name])[0] - want)
        if size > 1e-9 and moved <= 2e-3 * size:
            found["~" * (moved > 2e-5 * size) + name] = float(f"{want:.5g}") or 0.0
        if len(found) == 6:
            break
    return found


def check_answers(recipe: Recipe, model: Model, _: Outputs) -> None:
    """The answers of the model, of the other classes and of the processors."""
    goldens, wrong = recipe.get("answers", {}), []
    asked = questions(model, recipe, [q for q in goldens if isinstance(getattr(transformers, q, None), type)])
    what = f"what {recipe['class']} can be asked"
    there = both("answers", what, goldens.keys() & asked.keys(), goldens)
    for question in (q for q in asked if q in there):  # in turn, as some models remember
        numbers = goldens[question]
        try:
            out = {tilde + n: t for n, t in asked[question]().items() for tilde in ("", "~")}
        except Exception as err:
            raise AssertionError(f"answers: {question}: {type(err).__name__}: {err}") from err
        for name in both("answers", question, out.keys() & numbers, numbers):
            want = numbers[name]
            within = ROUGH if question.endswith(PICTURES) or name.startswith("~") else TOLERANCE
            got, size = answer(name.removeprefix("~"), out[name])
            if not abs(got - want) <= within * max(size, abs(want)):
                sums = f"{name} sums up to {got:.5g}, not {want:.5g}, its values are about {size:.2g}"
                wrong.append(f"{question}: {sums}")
    more = f", and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    means = "the library computes something else than when the recipe was made"
    expect(not wrong, "answers", f"{means}: {'; '.join(wrong[:3])}{more}")
