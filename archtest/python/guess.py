"""Guess what a model is fed: specs of inputs, by the names of forward's arguments.

The rules are those that many architectures share. Where one wants something else,
overrides.json states its inputs.
"""

from __future__ import annotations

import inspect
import re
from typing import Any

import torch
import transformers

from hfmodels_harness import build
from shrink import is_int, is_list

Row = dict[str, Any]
BATCH, LENGTH, FRAMES = 2, 12, 100


def guess(arch: Row, model: Any, config: Any) -> Row:
    """The specs by name: of pictures and sounds, and of the text that is read or
    continued."""
    sig = inspect.signature(model.forward).parameters
    specs = media(config, sig)
    vocab, low, high = vocabulary(config)
    composite = isinstance(getattr(config, "text_config", None), transformers.PreTrainedConfig)
    if "input_ids" in sig and (composite or not specs or "text" in arch.get("modalities", ())):
        specs = words(model, config, specs, sig, (low, high, vocab))
    if "decoder_input_ids" in sig:
        specs["decoder_input_ids"] = spec("ids", BATCH, 4, low=low, high=high)
    if "use_cache" in sig:
        specs["use_cache"] = {"kind": "constant", "value": False}
    return specs


def get(config: Any, *names: str) -> Any:
    """The first value under one of the names, in the config or its parts."""
    found = (vars(p).get(n) for n in names for p in build.parts(config))
    return next((v for v in found if v is not None), None)


def spec(kind: str, *shape: int, **more: Any) -> Row:
    return {"kind": kind, "shape": list(shape), **more}


def media(config: Any, sig: Any) -> Row:
    """A picture; the bands of a sound over time, or a wave."""
    specs: Row = {}
    if "pixel_values" in sig:
        side = get(config, "image_size") or 64
        h, w = (side[0], side[-1]) if is_list(side) else (side, side)
        specs["pixel_values"] = spec("picture", BATCH, 3, h, w)
        if "pixel_mask" in sig:
            specs["pixel_mask"] = spec("full", BATCH, h, w, value=1)
    if "input_features" in sig:
        bands = get(config, "num_mel_bins") or 80
        specs["input_features"] = spec("normal", BATCH, bands, FRAMES)
        if "input_features_mask" in sig:
            specs["input_features_mask"] = spec("full", BATCH, FRAMES, value=1)
    if "input_values" in sig:
        channel = [1] if "padding_mask" in sig else []
        specs["input_values"] = spec("wave", BATCH, *channel, 8000)
    return specs


def vocabulary(config: Any) -> tuple[int, int, int]:
    """How many tokens there are, and the range between the special ones at the two
    ends."""
    vocab = get(config, "vocab_size") or 64
    values = [item for part in build.parts(config) for item in part.to_dict().items()]
    named = [v for k, v in values if re.search("token_id|token_index", k) and is_int(v)]
    low = max([v + 1 for v in named if 0 <= v < 16] + [5])
    return vocab, low, min([v for v in named if vocab // 2 < v < vocab] + [vocab])


def words(model: Any, config: Any, specs: Row, sig: Any, tokens: tuple) -> Row:
    """The specs with token ids before them: text, and between it as many tokens
    for each medium as its tower makes."""
    low, high, vocab = tokens
    place, length = [], 4
    for token, rows in media_rows(model, config, specs):
        place.append([length, token, rows])
        length += rows + 4
    length = length if place else LENGTH
    eos = get(config, "eos_token_id")
    if config.is_encoder_decoder and isinstance(eos, int) and eos < vocab:
        place.append([length - 1, eos, 1])
    placed = {"place": place} if place else {}
    specs = {"input_ids": spec("ids", BATCH, length, low=low, high=high, **placed), **specs}
    if "attention_mask" in sig:
        specs["attention_mask"] = spec("full", BATCH, length, value=1)
    return specs


def media_rows(model: Any, config: Any, specs: Row) -> list[tuple[int, int]]:
    """The tokens that stand for media in the text, and how many of each one
    sample wants: as many as the model's own tower makes."""
    found = []
    for kind, fed in (("image", {"pixel_values"}), ("audio", {"input_features", "input_values"})):
        token = get(config, f"{kind}_token_id", f"{kind}_token_index")
        towers = (getattr(m, f"get_{kind}_features", None) for m in (model, getattr(model, "model", None)))
        tower = next(filter(None, towers), None)
        if not is_int(token) or tower is None or not fed & specs.keys():
            continue
        names = specs.keys() & inspect.signature(tower).parameters.keys()
        args = build.make_inputs({"inputs": [{"name": n, **specs[n]} for n in names]})
        with torch.no_grad():
            out = tower(**args)
        out = out if isinstance(out, (torch.Tensor, list, tuple)) else out.pooler_output
        made = out if isinstance(out, (list, tuple)) else [out]
        rows = sum(t.numel() // t.shape[-1] for t in made if torch.is_tensor(t))
        found.append((token, max(rows // BATCH, 1)))
    return found
