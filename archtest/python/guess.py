"""Guess what a model is fed: specs of inputs, by the names of forward's arguments."""

from __future__ import annotations

import inspect
import json
import re
from typing import Any

import numpy as np
import torch
import transformers
from PIL import Image
from transformers.models.auto.feature_extraction_auto import (
    FEATURE_EXTRACTOR_MAPPING_NAMES,
)
from transformers.models.auto.image_processing_auto import IMAGE_PROCESSOR_MAPPING_NAMES

import harness
from shrink import is_int, positive

Row = dict[str, Any]
BATCH, LENGTH = 2, 12

#: Inputs that are left out where only the text is fed.
OF_MEDIA = "pixel|feature|audio|grid|target_sizes|position_ids|num_frames"


def guess(
    arch: Row, model: Any, config: Any, feed_with: set[str], hints: Row, override: Row
) -> Row:
    """The specs by name: of the media in feed_with, of the text, and of what
    else forward requires."""
    sig = inspect.signature(model.forward).parameters
    wanted = set(sig) - set(override.get("drop", []))
    types = set(arch.get("modalities", []))
    if isinstance(getattr(config, "text_config", None), transformers.PreTrainedConfig):
        types.add("text")
    specs: Row = {}
    if feed_with & {"image", "video"}:
        specs |= pictures(arch, config, hints, wanted)
    if "audio" in feed_with:
        specs |= sounds(arch, config, hints, wanted)
    for spec in override.get("more", []):
        if feed_with and re.search(OF_MEDIA, spec["name"]):
            specs[spec["name"]] = spec
    if "video" in feed_with & types:
        specs |= clips(config, specs, wanted, hints)
    if feed_with == {"video"} and "pixel_values_videos" in specs:
        stills = [k for k in specs if k == "pixel_values" or "image" in k]
        specs = {k: v for k, v in specs.items() if k not in stills}
    variadic = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    required = [
        n for n, p in sig.items() if p.default is p.empty and p.kind not in variadic
    ]
    text = "input_ids" in wanted
    if specs.keys() & {"pixel_values", "input_values", "input_features"}:
        text = text and ("text" in types or "input_ids" in required)
    vocab = vocabulary(config)
    low, high = token_range(config, vocab)
    if text:
        specs = words(model, config, hints, specs, wanted, (low, high, vocab))
    decodes = config.is_encoder_decoder or hints.get("decoder_input_ids") or text
    if "decoder_input_ids" in wanted and decodes:
        decoder = getattr(config, "decoder", None) or config
        vocab = get(decoder, "vocab_size", "decoder_vocab_size") or vocab
        low, high = min(low, vocab - 2), min(high, vocab)
        specs["decoder_input_ids"] = ids([BATCH, 4], low, high)
    if "use_cache" in wanted:
        specs["use_cache"] = {"kind": "constant", "value": False}
    for name in ("hidden_states", "inputs_embeds"):
        if name in required and name not in specs:
            width = get(config, "hidden_size", "d_model", "embed_dim") or 32
            specs[name] = normal(BATCH, LENGTH, width)
    return specs


# --- what forward complains of ----------------------------------------------

#: Errors of forward, and the hint that each gives: its value is what is stated
#: here, or else the number in the message. The first that is found counts.
COMPLAINTS: list[tuple[str, str, Any]] = [
    (r"doesn't match model \((\d+)", "side", None),
    (r"[Ee]xpected 5, got 4|expected 5D|must be 5|unpack \(expected 5", "axes", 5),
    (r"expected 4, got 5|too many values to unpack \(expected 4", "axes", 4),
    (r"multiple of.*?\((\d+)\)", "frames_of", None),
    # Clips stand at the token of pictures.
    (r"[Vv]ideo features.*tokens: 0,", "clip_token", "image"),
    (r"tokens: \d+[^\d]+features:? (?:torch.Size\(\[)?(\d+)", "rows", None),
    (r"(?s)attn_mask.*dtype|dtype.*attn_mask", "drop", ["attention_mask"]),
    (r"You (?:must|have to|should) .*?decoder_input_ids", "decoder_input_ids", True),
    (r"length(?: of)?[^\d]*(\d+)[^\d]+but found[^\d]*\d+", "frames", None),
    (r"mel input features to be of length (\d+)", "frames", None),
]


def learn(message: str, hints: Row, specs: Row) -> bool:
    """Turn an error of forward into a hint; False when it tells nothing new."""
    hints.pop("specs", None)
    before = json.dumps(hints, sort_keys=True, default=str)
    for pattern, hint, value in COMPLAINTS:
        if m := re.search(pattern, message):
            hints[hint] = int(m[1]) if value is None else value
            break
    else:
        hints |= fitting(message, hints, specs)
    return json.dumps(hints, sort_keys=True, default=str) != before


def fitting(message: str, hints: Row, specs: Row) -> Row:
    """Hints of errors that only say that sizes do not fit."""
    features = specs.get("input_features")
    transposed = r"cannot be multiplied|must match|out of range|normalized_shape"
    if features and "mel_last" not in hints and re.search(transposed, message):
        return {"mel_last": True}
    if re.search("selected index k out of range|too small", message):
        return {"side": 256}
    if "to have 1 channels, but got" in message and "input_values" in specs:
        return {"axes": 3}
    if "features" in hints:
        return {}
    if m := re.search(r"\(\d+\) must match the size of tensor b \((\d+)\)", message):
        return {"features": int(m[1]), "mel_last": True} if features else {}
    if m := re.search(r"to have (\d+) channels", message):
        return {"features": int(m[1])}
    if m := re.search(r"\(\d+x(\d+) and (\d+)x\d+\)", message):
        given, want = int(m[1]), int(m[2])
        shape = features["shape"] if features else [0]
        bands = shape[-1 if hints.get("mel_last") or len(shape) == 1 else -2]
        whole = bands * want % given == 0
        return {"features": bands * want // given if whole else want}
    return {}


# --- looking things up ------------------------------------------------------


def get(config: Any, *names: str) -> Any:
    """The first value under one of the names, in the config or its parts."""
    for n in names:
        for p in parts(config):
            try:
                v = getattr(p, n, None)
            except Exception:  # one value a layer: none for all
                continue
            if v is not None:
                return v
    return None


def parts(config: Any) -> list[Any]:
    """The config and its sub-configs, without asking for any attribute by name:
    those that differ by layer refuse."""
    inner = vars(config).values()
    return [config] + [v for v in inner if isinstance(v, transformers.PreTrainedConfig)]


def processor(table: Any, config: Any, model_type: str) -> Any:
    """What prepares the type's media, or those of one of its parts; None where
    none can be made without files."""
    base = re.sub("_(vision|audio|text).*", "", model_type)
    for key in [model_type, *(p.model_type for p in parts(config)[1:]), base]:
        name = table.get(key)
        if isinstance(name, dict):
            name = name.get("torchvision") or name.get("pil")
        if isinstance(name, (list, tuple)):
            name = next((n for n in reversed(name) if n), None)
        if name and (cls := getattr(transformers, name, None)):
            try:
                return cls()
            except Exception:
                continue
    return None


def ids(shape: list[int], low: int, high: int) -> Row:
    return {"kind": "ids", "shape": shape, "low": low, "high": high}


def full(shape: list[int], value: Any = 1, **more: Any) -> Row:
    return {"kind": "full", "shape": shape, "value": value, **more}


def normal(*shape: int) -> Row:
    return {"kind": "normal", "shape": list(shape)}


def picture(*shape: int) -> Row:
    return {"kind": "picture", "shape": list(shape)}


def values(rows: list[Any], dtype: str = "int64") -> Row:
    return {"kind": "values", "values": rows, "dtype": dtype}


def describe(name: str, value: Any) -> Row | None:
    """The declarative form of a processor's tensor."""
    if not isinstance(value, torch.Tensor):
        return None
    dtype = str(value.dtype).removeprefix("torch.")
    shape = list(value.shape)
    flat = value.flatten().tolist()
    same = bool(flat) and len(set(flat)) == 1
    if value.is_floating_point():
        if same and "mask" in name:
            return full(shape, flat[0], dtype="float32")
        if name == "flattened_patches":
            return {"kind": "patches", "shape": shape}
        pixels = "pixel" in name and len(shape) >= 4
        return picture(*shape) if pixels else normal(*shape)
    if same:
        return full(shape, flat[0], dtype=dtype)
    if len(flat) <= 24:
        return values(value.tolist(), dtype)
    runs: list[list] = []
    for v in flat:
        if runs and runs[-1][0] == v:
            runs[-1][1] += 1
        else:
            runs.append([v, 1])
    return {"kind": "runs", "shape": shape, "runs": runs, "dtype": dtype}


# --- pictures and clips -----------------------------------------------------

#: Arguments of models whose pictures are packed, as only their processor does.
PACKED = set("""
    image_grid_thw grid_thw image_sizes pixel_attention_mask spatial_shapes
    image_grid_hws flattened_patches pixel_position_ids image_position_ids
    num_patches tgt_sizes
    """.split())


def image_side(config: Any, hints: Row) -> tuple[int, int]:
    v = hints.get("side") or get(config, "image_size", "img_size", "input_size") or 64
    if isinstance(v, dict):
        v = [v.get("height", 64), v.get("width", 64)]
    if isinstance(v, (list, tuple)):
        return (int(v[0]), int(v[-1]))
    if v > 1024 and not hints.get("side"):
        v = 64
    return int(v), int(v)


def pictures(arch: Row, config: Any, hints: Row, wanted: set[str]) -> Row:
    h, w = image_side(config, hints)
    channels = get(
        config, "num_channels", "in_channels", "in_chans", "num_input_channels"
    )
    channels = channels if isinstance(channels, int) and channels <= 16 else 3
    video = "video" in arch.get("modalities", [])
    clip = get(config, "num_frames", "frames_per_clip")
    frames = clip or 4
    five = hints.get("axes") == 5
    specs: Row = {}
    if (wanted & PACKED or five) and not hints.get("plain"):
        specs = processed(arch, config, (h, w), wanted)
    if "grid_thw" in wanted and not specs:
        name = "hidden_states" if "hidden_states" in wanted else "pixel_values"
        return patches(config, channels, name, "grid_thw")
    if "image_grid_thw" in wanted and "image_grid_thw" not in specs:
        specs |= patches(config, channels, "pixel_values", "image_grid_thw")
    if made := specs.get("pixel_values"):
        shape = made.get("shape", [])
        if clip and video and len(shape) == 5:
            shape[1] = clip
        if five and len(shape) == 4:
            made["shape"] = [shape[0], get(config, "num_frames") or 1, *shape[1:]]
    elif "pixel_values" in wanted:
        steps = [frames if video and clip else 1] if five else []
        specs["pixel_values"] = picture(BATCH, *steps, channels, h, w)
    if "pixel_values_videos" in wanted and "pixel_values" not in wanted:
        specs["pixel_values_videos"] = picture(BATCH, frames, channels, h, w)
    if "pixel_mask" in wanted and specs.get("pixel_values", {}).get("shape"):
        s = specs["pixel_values"]["shape"]
        specs["pixel_mask"] = full([*s[:-3], s[-2], s[-1]])
    return specs


def patches(config: Any, channels: int, name: str, grid: str) -> Row:
    """A batch of packed pictures, each of four patches by four."""
    patch = get(config, "patch_size") or 14
    row = channels * patch * patch * (get(config, "temporal_patch_size") or 1)
    return {name: normal(BATCH * 16, row), grid: values([[1, 4, 4]] * BATCH)}


def processed(arch: Row, config: Any, side: tuple[int, int], wanted: set[str]) -> Row:
    """What the type's own processor makes of small pictures."""
    proc = processor(IMAGE_PROCESSOR_MAPPING_NAMES, config, arch["model_type"])
    if proc is None:
        return {}
    h, w = side
    for key in (
        "patch_size",
        "temporal_patch_size",
        "merge_size",
        "spatial_merge_size",
    ):
        names = [key, "spatial_merge_size"] if key == "merge_size" else [key]
        v = get(config, *names)
        if isinstance(v, int) and hasattr(proc, key):
            setattr(proc, key, v)
    size = dict(getattr(proc, "size", None) or {})
    if size.keys() == {"height", "width"}:
        proc.size = {"height": h, "width": w}
    elif size.keys() == {"shortest_edge"}:
        proc.size = {"shortest_edge": min(h, w)}
    elif "longest_edge" in size:
        if size["longest_edge"] < 10000 and "image_grid_thw" not in wanted:
            proc.size = {k: min(v, h) for k, v in size.items()}
        else:  # these are areas
            proc.size = {**size, "shortest_edge": 3136, "longest_edge": 50176}
    if getattr(proc, "crop_size", None):
        proc.crop_size = {"height": h, "width": w}
    for key in ("max_num_patches", "max_patches"):
        if hasattr(proc, key):
            setattr(proc, key, 16)
    if positive(getattr(proc, "min_pixels", None)):
        proc.min_pixels = 3136
    shape = (max(h, 56), max(w, 56), 3)
    pixels = np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8)
    image = Image.fromarray(pixels)
    out: Row = {}
    for images in ([image] * BATCH, [[image]] * BATCH):
        try:
            out = dict(proc(images=images, return_tensors="pt") or {})
            break
        except Exception:
            continue
    specs = {k: d for k, v in out.items() if k in wanted and (d := describe(k, v))}
    if "grid_thw" in wanted and "image_grid_thw" in out:
        specs["grid_thw"] = describe("grid_thw", out["image_grid_thw"])
        if "hidden_states" in wanted and "pixel_values" not in wanted:
            specs["hidden_states"] = describe("hidden_states", out["pixel_values"])
    return specs


def clips(config: Any, specs: Row, wanted: set[str], hints: Row) -> Row:
    """A clip beside a picture: packed alike where pictures are packed."""
    for name in ("pixel_values", "hidden_states"):
        if {"grid_thw", name} <= specs.keys():
            return longer(specs, name)
    still = specs.get("pixel_values", {})
    if "shape" not in still or "pixel_values_videos" not in wanted - specs.keys():
        return {}
    if "video_grid_thw" not in wanted:
        frames = get(config, "num_frames", "frames_per_clip") or 2
        return {"pixel_values_videos": picture(BATCH, frames, *still["shape"][-3:])}
    grid = specs.get("image_grid_thw")
    if steps := hints.get("steps"):
        rows, *rest = still["shape"]
        still = {**still, "shape": [steps * rows, *rest]}
        grid = {**grid, "values": [[steps, h, w] for _, h, w in grid["values"]]}
    found = {"pixel_values_videos": still, "video_grid_thw": grid}
    if "video_merge_sizes" in wanted and "image_merge_sizes" in specs:
        found["video_merge_sizes"] = specs["image_merge_sizes"]
    return {k: v for k, v in found.items() if v}


def longer(specs: Row, name: str) -> Row:
    """Packed patches, of which the second sample is two steps long: a clip."""
    first, *others = specs["grid_thw"].get("values", [None])
    if others != [first] or first[0] != 1:
        return {}
    rows, *rest = specs[name]["shape"]
    return {
        name: {**specs[name], "shape": [rows // 2 * 3, *rest]},
        "grid_thw": {**specs["grid_thw"], "values": [first, [2, *first[1:]]]},
    }


# --- sounds -----------------------------------------------------------------


def sounds(arch: Row, config: Any, hints: Row, wanted: set[str]) -> Row:
    specs: Row = {}
    extractor = processor(FEATURE_EXTRACTOR_MAPPING_NAMES, config, arch["model_type"])
    for name in ("input_features", "audio_features", "input_audio_embeds"):
        if name in wanted:
            specs |= spectrum(name, extractor, config, hints, wanted)
            break
    if "input_values" in wanted:
        codec = wanted & {"audio_codes", "padding_mask", "bandwidth"}
        mono = [1] if codec or hints.get("axes") == 3 else []
        specs["input_values"] = {
            "kind": "wave",
            "shape": [BATCH, *mono, hints.get("samples", 8000)],
        }
        if arch["model_type"].startswith("audio-spectrogram"):
            frames = get(config, "max_length") or 1024
            bands = get(config, "num_mel_bins") or 128
            specs["input_values"] = normal(BATCH, frames, bands)
    return specs


BANDS = "num_mel_bins feature_size input_feat_per_channel mel_bins n_mels"
BANDS += " num_mel_channels input_dim"


def spectrum(
    name: str, extractor: Any, config: Any, hints: Row, wanted: set[str]
) -> Row:
    """The bands of a sound over time, in the order that the extractor has."""
    bands = hints.get("features") or get(config, *BANDS.split()) or 80
    frames = hints.get("frames") or 2 * (get(config, "max_source_positions") or 50)
    if of := hints.get("frames_of"):
        frames = -(-frames // of) * of
    last = hints.get("mel_last")  # frames before bands
    mask = None
    try:
        out = extractor(
            np.sin(np.arange(16000) / 20).astype("float32"),
            sampling_rate=getattr(extractor, "sampling_rate", 16000),
            return_tensors="pt",
        )
        made = out[next(k for k in out if "features" in k)].shape[-1]
        if last is None:
            sizes = [
                getattr(extractor, k, -1) for k in ("feature_size", "num_mel_bins")
            ]
            last = made in (bands, *sizes)
        mask = next((k for k in out if "mask" in k), None)
        if last and "features" not in hints:
            bands = made
    except Exception:  # there is none, or it wants something else
        pass
    specs = {name: normal(BATCH, *((frames, bands) if last else (bands, frames)))}
    for k in ("input_features_mask", "feature_attention_mask"):
        if k in wanted:
            specs[k] = full([BATCH, frames])
    if "feature_lens" in wanted:
        specs["feature_lens"] = full([BATCH], frames)
    if mask == "attention_mask" and mask in wanted and "input_ids" not in wanted:
        specs["attention_mask"] = full([BATCH, frames])
    return specs


# --- text -------------------------------------------------------------------


def vocabulary(config: Any) -> int:
    try:
        vocab = get(config.get_text_config(), "vocab_size")
    except Exception:  # more than one text part: the first
        vocab = None
    vocab = vocab or get(config, "vocab_size") or 64
    return int(min(vocab) if isinstance(vocab, (list, tuple)) else vocab)


def token_range(config: Any, vocab: int) -> tuple[int, int]:
    """Between the special tokens at the two ends of the vocabulary."""
    special = {v for v in special_ids(config) if v < vocab}
    high = max(min([v for v in special if v > vocab // 2] + [vocab]), 4)
    low = min(5, high - 2)
    if high > 40:
        low = max([v + 1 for v in special if v < 16] + [low])
    return low, high


def special_ids(config: Any) -> set[int]:
    return {
        v
        for part in parts(config)
        for k, v in part.to_dict().items()
        if re.search(r"token_id|token_index|_idx|_id$", k) and is_int(v) and v >= 0
    }


#: What the processors write for a token's kind; text is 0.
TYPE_IDS = {"image": 1, "video": 2, "audio": 3}


def words(
    model: Any, config: Any, hints: Row, specs: Row, wanted: set[str], tokens: tuple
) -> Row:
    """The specs with token ids before them: text, and between it as many tokens
    for each medium as its tower makes."""
    low, high, vocab = tokens
    place = []
    runs = [[0, 4]]
    for kind, token, rows in media_rows(model, config, specs, hints):
        place.append([sum(n for _, n in runs), token, rows])
        runs += [[TYPE_IDS[kind], rows], [0, 4]]
    length = hints["length"]
    if place:
        length = sum(n for _, n in runs)
        types = {"kind": "runs", "shape": [BATCH, length], "runs": runs * BATCH}
        for k in ("mm_token_type_ids", "token_type_ids"):
            if k in wanted:
                specs[k] = {**types, "dtype": "int64"}
    eos = get(config, "eos_token_id")
    if config.is_encoder_decoder and isinstance(eos, int) and eos < vocab:
        place.append([length - 1, eos, 1])
    spec = ids([BATCH, length], low, high)
    if place:
        spec["place"] = place
    specs = {"input_ids": spec, **specs}
    if "attention_mask" in wanted:
        specs["attention_mask"] = full([BATCH, length])
    if "bbox" in wanted:
        specs["bbox"] = {"kind": "boxes", "shape": [BATCH, length, 4]}
    return specs


def media_rows(
    model: Any, config: Any, specs: Row, hints: Row
) -> list[tuple[str, int, int]]:
    """The tokens that stand for media in the text, and how many of each one
    row wants: as many as the model's own towers make."""
    found = []
    kinds = {
        "image": [k for k in specs if "pixel" in k and "video" not in k],
        "video": [k for k in specs if "pixel" in k and "video" in k],
        "audio": [k for k in specs if "features" in k or "input_values" in k],
    }
    for kind, have in kinds.items():
        name = hints.get("clip_token", kind) if kind == "video" else kind
        other = "media_placeholder_token_id" if kind == "image" else "audio_token_index"
        token = get(config, f"{name}_token_id", f"{name}_token_index", other)
        if not isinstance(token, int) or not have:
            continue
        if "rows" in hints and not found:
            found.append((kind, token, max(hints["rows"] // BATCH, 1)))
            continue
        inner = getattr(model, "model", None)
        tower = getattr(inner, f"get_{kind}_features", None)
        tower = getattr(model, f"get_{kind}_features", tower)
        if tower is None:
            continue
        sig = inspect.signature(tower).parameters
        names = [n for n in specs if n in sig]
        args = harness.make_inputs({"inputs": [{"name": n, **specs[n]} for n in names]})
        try:
            with torch.no_grad():
                out = tower(**args)
        except Exception as err:
            if isinstance(err, TypeError) and "required positional" in str(err):
                # forward will say how many it wants
                found.append((kind, token, max(hints.get("rows", 0) // BATCH, 1)))
                continue
            hints["specs"] = specs
            raise
        if not isinstance(out, (torch.Tensor, list, tuple)):
            out = getattr(out, "pooler_output", out)
        made = out if isinstance(out, (list, tuple)) else [out]
        rows = sum(t.numel() // t.shape[-1] for t in made if torch.is_tensor(t))
        found.append((kind, token, max(rows // BATCH, 1)))
    return found
