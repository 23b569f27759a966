"""Goldens of a model that is asked otherwise: under a mask, with labels, with another head."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable
from typing import Any

import torch
import transformers

from .build import Model, Outputs, Recipe, Row, floats, infer, make_inputs, make_model, nudge
from .relations import make_labels, setting, takes

#: Masks, but those that say what is to be filled in.
MASK = re.compile("mask|padding|observed")
NOT_MASK = re.compile(
    "head_mask|mask_time|masked|bool_masked|causal|prompt_masks|mask_labels|cross_attn|mask_feature|input_masks"
)


def masks(model: Model, recipe: Recipe) -> dict[str, torch.Tensor]:
    """Masks that hide the last quarter of the first sample, of those that the
    model takes and that hide nothing in the recipe."""
    inputs = make_inputs(recipe)
    shapes = {
        "pixel_mask": lambda: torch.ones_like(inputs["pixel_values"][:, 0], dtype=torch.int64),
        "past_observed_mask": lambda: torch.ones_like(inputs["past_values"]),
        "attention_mask": lambda: torch.ones_like(inputs["input_values"], dtype=torch.int64),
    }
    found = {}
    for name in (
        n for n in inspect.signature(model.forward).parameters if MASK.search(n) and not NOT_MASK.search(n)
    ):
        mask = inputs.get(name)
        if mask is None and name in shapes:
            try:
                mask = shapes[name]()
            except KeyError:
                continue
        if torch.is_tensor(mask) and mask.dim() > 1 and bool((mask == mask.flatten()[0]).all()):
            mask = mask.clone()
            along = 1 if name == "past_observed_mask" else mask.dim() - 1
            n = mask.shape[along]
            hidden = mask[:1].narrow(along, n - max(1, n // 4), max(1, n // 4))
            hidden.copy_(torch.zeros_like(hidden) if mask.flatten()[0] else torch.ones_like(hidden))
            found[name] = mask
    return found


def variants(model: Model, recipe: Recipe) -> dict[str, Callable[[], Outputs]]:
    """The further questions, by name."""
    inputs = make_inputs(recipe)

    def ask(**more: Any) -> Callable[[], Outputs]:
        return lambda: infer(model, recipe, {**inputs, **more})

    found = {f"{name} hides a quarter": ask(**{name: m}) for name, m in masks(model, recipe).items()}
    labels = make_labels(model, recipe, inputs)
    if labels is not None:
        found["labels"] = ask(labels=labels)
    elif takes(model, "return_loss"):
        found["labels"] = ask(return_loss=True)
    ids = inputs.get("input_ids")
    if takes(model, "position_ids") and "position_ids" not in inputs and ids is not None and ids.dim() == 2:
        odd = (2 * torch.arange(ids.shape[1]) + 1).expand(ids.shape)
        found["odd position_ids"] = ask(position_ids=odd)
    hidden = ask(output_hidden_states=True)
    found["hidden states"] = lambda: {n: t for n, t in hidden().items() if "hidden_states" in n}
    return found


def head(name: str, recipe: Recipe, labelled: bool, noise: float = 0) -> Outputs:
    """What another class of the architecture makes of the recipe's inputs, and of
    labels if it takes some."""
    config = recipe["config"]
    if "SequenceClassification" in name:
        # It reads the last token that is not padding, or the end token.
        config = {**config, "pad_token_id": config.get("pad_token_id", 4)}
    model = nudge(make_model({**recipe, "class": name, "config": config}), noise)
    inputs = {k: v for k, v in make_inputs(recipe).items() if takes(model, k)}
    if "MultipleChoice" in name:
        inputs = {k: v.unsqueeze(1) if torch.is_tensor(v) else v for k, v in inputs.items()}
    end = setting(model, "eos_token_id")
    if "SequenceClassification" in name and "input_ids" in inputs and isinstance(end, int):
        inputs["input_ids"][:, -2] = end
    labels = make_labels(model, recipe, inputs) if labelled else None
    more = {} if labels is None else {"labels": labels}
    return floats(infer(model, recipe, {**inputs, **more}))


def processed(row: Row) -> Outputs:
    """What the image processor and the feature extractor make, with their
    defaults, of two pictures and a tone."""
    import numpy as np

    found: Outputs = {}
    made = []
    if name := row.get("image_processor"):
        first = (np.indices((80, 96)).sum(0)[..., None] * np.array([1, 2, 3]) % 255).astype("uint8")
        second = (np.indices((90, 70)).prod(0)[..., None] * np.array([3, 1, 2]) % 255).astype("uint8")
        made.append(getattr(transformers, name)()([first, second], return_tensors="pt"))
    if name := row.get("feature_extractor"):
        extractor = getattr(transformers, name)()
        rate = getattr(extractor, "sampling_rate", 16000)
        t = np.arange(rate) / rate
        wave = (0.5 * np.sin(2 * math.pi * 440 * t) + 0.1 * np.sin(2 * math.pi * 3000 * t)).astype("float32")
        made.append(extractor(wave, sampling_rate=rate, return_tensors="pt"))
    for of in made:
        found |= {k: v.double() for k, v in of.items() if torch.is_tensor(v)}
    return found
