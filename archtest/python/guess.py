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
BATCH, LENGTH = 2, 12


def guess(arch: Row, model: Any, config: Any, media: bool) -> Row:
    """The specs by name: of pictures and sounds if media is set, of the
    text, and of what else forward requires."""
    sig = inspect.signature(model.forward).parameters
    required = {n for n, p in sig.items() if p.default is p.empty}
    types = set(arch.get("modalities", []))
    if isinstance(getattr(config, "text_config", None), transformers.PreTrainedConfig):
        types.add("text")
    specs: Row = {}
    if media:
        specs = pictures(config, sig) | sounds(config, sig)
    text = "input_ids" in sig
    if specs.keys() & {"pixel_values", "input_values", "input_features"}:
        text = text and ("text" in types or "input_ids" in required)
    vocab = vocabulary(config)
    low, high = token_range(config, vocab)
    if text:
        specs = words(model, config, specs, sig, (low, high, vocab))
    if "decoder_input_ids" in sig and (config.is_encoder_decoder or text):
        decoder = getattr(config, "decoder", None) or config
        vocab = get(decoder, "vocab_size", "decoder_vocab_size") or vocab
        low, high = min(low, vocab - 2), min(high, vocab)
        specs["decoder_input_ids"] = spec("ids", BATCH, 4, low=low, high=high)
    if "use_cache" in sig:
        specs["use_cache"] = {"kind": "constant", "value": False}
    return specs


def get(config: Any, *names: str) -> Any:
    """The first value under one of the names, in the config or its parts."""
    for n in names:
        for p in build.parts(config):
            try:
                v = getattr(p, n, None)
            except Exception:  # the value differs by layer
                continue
            if v is not None:
                return v
    return None


def spec(kind: str, *shape: int, **more: Any) -> Row:
    return {"kind": kind, "shape": list(shape), **more}


# --- pictures and sounds ---------------------------------------------


def pictures(config: Any, sig: Any) -> Row:
    side = get(config, "image_size", "img_size", "input_size") or 64
    if isinstance(side, dict):
        side = [side.get("height", 64), side.get("width", 64)]
    h, w = (side[0], side[-1]) if is_list(side) else (side, side)
    channels = get(config, "num_channels", "in_channels", "in_chans", "num_input_channels")
    channels = channels if is_int(channels) and channels <= 16 else 3
    if "pixel_values" not in sig:
        return {}
    specs = {"pixel_values": spec("picture", BATCH, channels, h, w)}
    if "pixel_mask" in sig:
        specs["pixel_mask"] = spec("full", BATCH, h, w, value=1)
    return specs


def sounds(config: Any, sig: Any) -> Row:
    """A wave, or the bands of a sound over time."""
    specs: Row = {}
    if "input_features" in sig:
        bands = get(config, "num_mel_bins", "feature_size", "mel_bins", "n_mels") or 80
        frames = 2 * (get(config, "max_source_positions") or 50)
        specs["input_features"] = spec("normal", BATCH, bands, frames)
        for name in ("input_features_mask", "feature_attention_mask"):
            if name in sig:
                specs[name] = spec("full", BATCH, frames, value=1)
    if "input_values" in sig:
        mono = [1] if sig.keys() & {"audio_codes", "padding_mask", "bandwidth"} else []
        specs["input_values"] = spec("wave", BATCH, *mono, 8000)
    return specs


# --- text -------------------------------------------------------------------


def vocabulary(config: Any) -> int:
    try:
        vocab = get(config.get_text_config(), "vocab_size")
    except Exception:  # more than one text part: the first
        vocab = None
    vocab = vocab or get(config, "vocab_size") or 64
    return int(min(vocab) if is_list(vocab) else vocab)


def token_range(config: Any, vocab: int) -> tuple[int, int]:
    """Between the special tokens at the two ends of the vocabulary."""
    special = {
        v
        for part in build.parts(config)
        for k, v in part.to_dict().items()
        if re.search(r"token_id|token_index|_idx|_id$", k) and is_int(v) and 0 <= v < vocab
    }
    high = max(min([v for v in special if v > vocab // 2] + [vocab]), 4)
    low = min(5, high - 2)
    if high > 40:
        low = max([v + 1 for v in special if v < 16] + [low])
    return low, high


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
    for kind, media in (("image", {"pixel_values"}), ("audio", {"input_features", "input_values"})):
        token = get(config, f"{kind}_token_id", f"{kind}_token_index")
        tower = getattr(getattr(model, "model", None), f"get_{kind}_features", None)
        tower = getattr(model, f"get_{kind}_features", tower)
        if not is_int(token) or tower is None or not media & specs.keys():
            continue
        names = specs.keys() & inspect.signature(tower).parameters.keys()
        args = build.make_inputs({"inputs": [{"name": n, **specs[n]} for n in names]})
        with torch.no_grad():
            out = tower(**args)
        if not isinstance(out, (torch.Tensor, list, tuple)):
            out = out.pooler_output
        made = out if isinstance(out, (list, tuple)) else [out]
        rows = sum(t.numel() // t.shape[-1] for t in made if torch.is_tensor(t))
        found.append((token, max(rows // BATCH, 1)))
    return found
