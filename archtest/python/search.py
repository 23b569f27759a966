"""The search for one architecture: shrink, build, guess inputs, run, freeze."""

from __future__ import annotations

import inspect
import json
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from PIL import Image
from transformers import AutoConfig
from transformers.models.auto import (
    feature_extraction_auto,
    image_processing_auto,
)

import harness
from shrink import shrink

Row = dict[str, Any]
BATCH, LENGTH = 2, 12

#: Which head stands for an architecture: the one people use it with first.
ORDER = [
    "Seq2SeqLM",
    "SpeechSeq2Seq",
    "ImageTextToText",
    "MultimodalLM",
    "MaskedLM",
    "CausalLM",
    "CTC",
    "RNNT",
    "TDT",
    "ObjectDetection",
    "ZeroShotObjectDetection",
    "UniversalSegmentation",
    "InstanceSegmentation",
    "SemanticSegmentation",
    "ImageSegmentation",
    "DepthEstimation",
    "NormalEstimation",
    "PoseEstimation",
    "ImageMatting",
    "KeypointDetection",
    "KeypointMatching",
    "MaskGeneration",
    "TableRecognition",
    "TextRecognition",
    "ImageToImage",
    "ZeroShotImageClassification",
    "ImageClassification",
    "VideoClassification",
    "AudioClassification",
    "TextToSpectrogram",
    "TextToWaveform",
    "TimeSeriesPrediction",
    "PointmapEstimation",
    "AudioTokenization",
]

#: Attempts in turn: width divisor, layers, picture side. None: as it is.
RUNGS: list[tuple[int, int | None, int | None]] = [
    (8, 2, 64),
    (8, 2, None),
    (1, 2, 64),
    (8, None, 64),
    (1, None, None),
]
MAX_PARAMETERS = 400_000_000


def classes(arch: Row) -> list[str]:
    ranked = []
    for auto in arch["auto_classes"]:
        short = auto["name"].removeprefix("AutoModelFor")
        place = ORDER.index(short) if short in ORDER else 50
        place = 40 if auto["name"] == "AutoModel" else place
        ranked += [(place, c) for c in auto["classes"]]
    ranked.sort(key=lambda r: r[0])
    out = list(dict.fromkeys(c for _, c in ranked))
    return out[:3]


def defaults(model_type: str, override: Row) -> Row:
    if "config" in override and override.get("source") == "written":
        return override["config"]
    return plain(AutoConfig.for_model(model_type).to_dict())


def plain(tree: Any) -> Any:
    """As JSON would have it; dtypes and enums become strings."""
    return json.loads(json.dumps(tree, default=str))


def merge(tree: Row, more: Row) -> Row:
    out = dict(tree)
    for k, v in more.items():
        out[k] = (
            merge(out[k], v)
            if isinstance(v, dict) and isinstance(out.get(k), dict)
            else v
        )
    return out


GENERIC = {
    "transformers_version",
    "architectures",
    "_name_or_path",
    "model_type",
    "dtype",
    "torch_dtype",
}


def changed(tree: Row, base: Row) -> Row:
    """The explicit arguments: what differs from the class's own defaults."""
    out = {}
    for k, v in tree.items():
        if k in GENERIC or (k in ("num_labels", "id2label", "label2id") and not v):
            continue
        b = base.get(k)
        if isinstance(v, dict) and isinstance(v.get("model_type"), str):
            try:
                own = plain(AutoConfig.for_model(v["model_type"]).to_dict())
            except Exception:  # then all of it is explicit
                own = {}
            out[k] = {"model_type": v["model_type"], **changed(v, own)}
        elif k not in base or v != b:
            out[k] = v
    return out


def settings(model_type: str, rung: tuple, override: Row) -> Row:
    base = defaults(model_type, override)
    small = shrink(base, *rung)
    small = merge(sections(fill(small)), override.get("set", {}))
    try:
        own = plain(AutoConfig.for_model(model_type).to_dict())
    except Exception:
        own = {}
    return changed(small, own)


FILL = {"prediction_length": 4, "context_length": 8, "n_shared_experts": 1}


def fill(tree: Row) -> Row:
    """What the class leaves None and forward needs, and equalities between parts."""
    out = {k: fill(v) if isinstance(v, dict) else v for k, v in tree.items()}
    text = out.get("text_config")
    if isinstance(text, dict):
        width = text.get("hidden_size") or text.get("d_model")
        for part in ("vision_config", "audio_config"):
            sub = out.get(part)
            if isinstance(sub, dict) and width:
                for key in ("out_hidden_size", "projection_dim_out"):
                    if harness_int(sub.get(key)):
                        sub[key] = width
                if part == "audio_config" and harness_int(sub.get("output_dim")):
                    sub["output_dim"] = width
    for key, value in FILL.items():
        if key in out and out[key] is None:
            out[key] = value
    for key in ("num_experts", "num_local_experts", "n_routed_experts"):
        if key in out and out[key] is None:
            out[key] = 4
    if "num_experts_per_tok" in out and out["num_experts_per_tok"] is None:
        out["num_experts_per_tok"] = 2
    heads = out.get("num_attention_heads")
    if harness_int(heads) and harness_int(out.get("hidden_size")):
        if "head_dim" in out and out["head_dim"] is None:
            out["head_dim"] = out["hidden_size"] // heads
        if "num_key_value_heads" in out and out["num_key_value_heads"] is None:
            out["num_key_value_heads"] = heads
    layers = out.get("num_hidden_layers")
    if (
        "layer_types" in out
        and out["layer_types"] is None
        and harness_int(layers)
        and "conv_L_cache" in out
    ):
        out["layer_types"] = ["conv", "full_attention"] * (layers // 2) + [
            "full_attention"
        ] * (layers % 2)
    if (
        "mlp_layer_types" in out
        and out["mlp_layer_types"] is None
        and harness_int(layers)
    ):
        out["mlp_layer_types"] = ["dense"] + ["sparse"] * (layers - 1)
    if harness_int(out.get("mm_tokens_per_image")):
        out["mm_tokens_per_image"] = 4
    if (
        harness_int(out.get("max_source_positions"))
        and out["max_source_positions"] > 100
    ):
        out["max_source_positions"] = (
            50 if out.get("num_mel_bins") else out["max_source_positions"]
        )
    rope = out.get("rope_parameters")
    if isinstance(rope, dict) and rope.get("mrope_section"):
        heads = out.get("num_attention_heads") or 1
        head = out.get("head_dim") or (out.get("hidden_size") or 0) // heads
        half = (
            int(
                head
                * (
                    rope.get("partial_rotary_factor")
                    or out.get("partial_rotary_factor")
                    or 1
                )
            )
            // 2
        )
        if half:
            a = half // 4
            b = (half - a) // 2
            rope["mrope_section"] = [half - 2 * b, b, b]
    return out


def harness_int(v: Any) -> bool:
    return isinstance(v, int) and not isinstance(v, bool) and v > 0


def sections(tree: Row) -> Row:
    """Rotary sections that only the modeling code states, for full-size heads."""
    out = {k: sections(v) if isinstance(v, dict) else v for k, v in tree.items()}
    rope = out.get("rope_parameters")
    if (
        isinstance(rope, dict)
        and "rope_theta" in rope
        and "mrope_section" not in rope
        and "model_type" in out
    ):
        try:
            config = transformers.CONFIG_MAPPING[out["model_type"]]
            path = Path(inspect.getfile(config))
            source = path.with_name(path.name.replace("configuration", "modeling"))
            if "mrope_section" not in source.read_text():
                return out
        except (KeyError, OSError):
            return out
        heads = out.get("num_attention_heads") or 1
        head = out.get("head_dim") or (out.get("hidden_size") or 0) // heads
        part = rope.get("partial_rotary_factor") or 1
        half = int(head * part) // 2
        b = (half - half // 4) // 2
        if half:
            out["rope_parameters"] = {**rope, "mrope_section": [half - 2 * b, b, b]}
    return out


class Failed(Exception):
    pass


def search(arch: Row, override: Row) -> Row:
    if "none" in override:
        return {"outcome": "none", "reason": override["none"], "why": override["why"]}
    errors: list[str] = []
    rungs = [tuple(override["rung"])] if "rung" in override else RUNGS
    names = [override["class"]] if "class" in override else classes(arch)
    last = ""
    for modality in ("full", "text-only"):
        for name in names:
            repeated = 0
            previous = None
            for rung in rungs:
                try:
                    try:
                        row = attempt(arch, name, rung, override, modality)
                    except AssertionError as err:
                        if "different input" not in str(err):
                            raise
                        row = attempt(
                            arch, name, rung, {**override, "weights": "wide"}, modality
                        )
                except Exception as err:  # any failure is a finding
                    import traceback

                    where = traceback.extract_tb(err.__traceback__)[-1]
                    last = traceback.format_exc()[-2500:]
                    message = f"{type(err).__name__}: {err}".replace("\n", " ")[:240]
                    at = f"{Path(where.filename).name}:{where.lineno}"
                    errors.append(f"{name} {rung} {modality}: {message} [{at}]")
                    repeated = repeated + 1 if at == previous else 0
                    previous = at
                    if repeated >= 3:
                        break
                    continue
                row["_errors"] = errors
                return row
        if not (
            "image" in arch.get("modalities", [])
            or "audio" in arch.get("modalities", [])
            or "video" in arch.get("modalities", [])
        ) or "text" not in arch.get("modalities", []):
            break
    kind, why = reason(errors), errors[0] if errors else "no class"
    if kind == "inputs-unknown" and (first := unbuildable(arch, names)):
        kind, why = "inconsistent-defaults", first
    return {
        "outcome": "none",
        "reason": kind,
        "why": why[:300],
        "_errors": errors,
        "_trace": last,
    }


def reason(errors: list[str]) -> str:
    text = " ".join(errors)
    if re.search(r"requires the .* library|ImportError|No module named", text):
        return "optional-dependency"
    if errors and all(" parameters [" in e for e in errors):
        return "too-large"
    return "inputs-unknown"


def unbuildable(arch: Row, names: list[str]) -> str | None:
    """Why the class's own defaults, untouched, build none of the type's models."""
    first = None
    for name in names:
        if ":" not in name and not hasattr(transformers, name):
            return None  # the library's export, not the defaults
        try:
            config = AutoConfig.for_model(arch["model_type"])
            with torch.device("meta"):
                harness.model_class(name)(config)
        except Exception as err:  # each failure is the answer
            first = first or f"{name} from untouched defaults: {short(err)}"
            continue
        return None
    return first


def attempt(arch: Row, name: str, rung: tuple, override: Row, modality: str) -> Row:
    model_type = arch["model_type"]
    recipe: Row = {
        "model_type": model_type,
        "outcome": "ok",
        "class": name,
        "config": settings(model_type, rung, override),
        "source": override.get("source", "defaults"),
        "inputs": [],
        "exercised": modality,
        "dtype": "float32",
    }
    for key in ("method", "randomize"):
        if key in override:
            recipe[key] = override[key]
    config = harness.make_config(recipe)
    cls = harness.model_class(name)
    with torch.device("meta"):
        try:
            size = sum(p.numel() for p in cls(harness.make_config(recipe)).parameters())
        except Exception:  # the real build says more
            size = 0
    if size > MAX_PARAMETERS:
        raise Failed(f"{size} parameters")
    if "weights" in override:
        recipe["weights"] = override["weights"]
    model = harness.make_model(recipe)
    recipe["parameters"] = sum(p.numel() for p in model.parameters())
    if "inputs" in override:
        recipe["inputs"] = override["inputs"]
        out = harness._forward(model, recipe)
    else:
        out = feed(arch, model, config, recipe, override, modality)
    freeze(model, recipe, out)
    return recipe


# --- inputs -----------------------------------------------------------------


def feed(
    arch: Row, model: Any, config: Any, recipe: Row, override: Row, modality: str
) -> Any:
    """Guess inputs, and correct the guess by what forward complains of."""
    hints: Row = {"length": LENGTH, **override.get("hints", {})}
    first: Exception | None = None
    for _ in range(8):
        try:
            specs = guess(arch, model, config, modality, hints, override)
        except Exception as err:
            first = first or err
            if not learn(str(err), hints, hints.get("specs", {}), config):
                raise
            continue
        hints.pop("specs", None)
        drop = set(override.get("drop", [])) | set(hints.get("drop", []))
        specs = {k: v for k, v in specs.items() if k not in drop}
        for spec in override.get("more", []):
            specs[spec["name"]] = spec
        recipe["inputs"] = [{"name": k, **v} for k, v in specs.items()]
        try:
            return harness._forward(model, recipe)
        except Exception as err:
            first = first or err
            if not learn(str(err), hints, specs, config):
                raise
    raise first or Failed("no input was accepted")


def learn(message: str, hints: Row, specs: Row, config: Any) -> bool:
    """Turn an error of forward into a hint; False when it tells nothing new."""
    hints.pop("specs", None)
    before = json.dumps(hints, sort_keys=True, default=str)
    if m := re.search(r"doesn't match model \((\d+)", message):
        hints["side"] = int(m[1])
    elif m := re.search(
        r"[Ee]xpected 5, got 4|expected 5D|must be 5|not enough values to unpack \(expected 5",
        message,
    ):
        hints["axes"] = 5
    elif m := re.search(
        r"expected 4, got 5|too many values to unpack \(expected 4", message
    ):
        hints["axes"] = 4
    elif m := re.search(r"multiple of.*?\((\d+)\)", message):
        hints["frames_of"] = int(m[1])
    elif m := re.search(
        r"tokens: (\d+)[^\d]+features:? (?:torch.Size\(\[)?(\d+)", message
    ):
        hints["rows"] = int(m[2])
    elif "attn_mask" in message and "dtype" in message:
        hints["drop"] = ["attention_mask"]
    elif m := re.search(
        r"You (?:must|have to|should) (?:specify|provide).*?`?(pixel_values|labels|decoder_input_ids)",
        message,
    ):
        hints[m[1]] = True
    elif (
        m := re.search(r"length(?: of)?[^\d]*(\d+)[^\d]+but found[^\d]*(\d+)", message)
    ) or (m := re.search(r"mel input features to be of length (\d+)", message)):
        hints["frames"] = int(m[1])
    elif (
        "input_features" in specs
        and "mel_last" not in hints
        and re.search(
            r"cannot be multiplied|must match|out of range|normalized_shape", message
        )
    ):
        hints["mel_last"] = True
    elif "selected index k out of range" in message or "too small" in message:
        hints["side"] = 256
    elif "to have 1 channels, but got" in message and "input_values" in specs:
        hints["axes"] = 3
    elif m := re.search(
        r"tensor a \((\d+)\) must match the size of tensor b \((\d+)\)", message
    ):
        if "input_features" in specs and "features" not in hints:
            hints |= {"features": int(m[2]), "mel_last": True}
    elif m := re.search(
        r"size mismatch|cannot be multiplied|Given groups=|expected input.*channels",
        message,
    ):
        m = re.search(r"\(\d+x(\d+) and (\d+)x\d+\)", message)
        bands = specs.get("input_features", {}).get("shape", [0])[
            (
                -1
                if hints.get("mel_last")
                else (
                    -2
                    if len(specs.get("input_features", {}).get("shape", [0])) > 1
                    else 0
                )
            )
        ]
        if (
            c := re.search(r"to have (\d+) channels", message)
        ) and "features" not in hints:
            hints["features"] = int(c[1])
        elif m and "features" not in hints:
            given, want = int(m[1]), int(m[2])
            hints["features"] = (
                bands * want // given if bands * want % given == 0 else want
            )
    return json.dumps(hints, sort_keys=True, default=str) != before


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
    values = list(vars(config).values())
    return [config] + [
        v for v in values if isinstance(v, transformers.PreTrainedConfig)
    ]


def image_side(config: Any, hints: Row) -> tuple[int, int]:
    v = hints.get("side") or get(config, "image_size", "img_size", "input_size") or 64
    if isinstance(v, dict):
        v = [v.get("height", 64), v.get("width", 64)]
    if isinstance(v, (list, tuple)):
        return (int(v[0]), int(v[-1]))
    if v > 1024 and not hints.get("side"):
        v = 64
    return int(v), int(v)


def processor(table: Any, config: Any, model_type: str) -> Any:
    keys = [model_type] + [p.model_type for p in parts(config)[1:]]
    base = (
        model_type.rsplit("_vision", 1)[0].rsplit("_audio", 1)[0].rsplit("_text", 1)[0]
    )
    for key in [*keys, base]:
        name = table.get(key)
        if isinstance(name, dict):
            name = name.get("torchvision") or name.get("pil")
        if isinstance(name, (list, tuple)):
            name = next((n for n in reversed(name) if n), None)
        if name and (cls := getattr(transformers, name, None)):
            try:
                return cls()
            except Exception:  # a processor is a convenience
                continue
    return None


def describe(name: str, value: Any) -> Row | None:
    """The declarative form of a processor's tensor."""
    if isinstance(value, list) and value and isinstance(value[0], torch.Tensor):
        return {"kind": "list", "items": [describe(name, v) for v in value]}
    if not isinstance(value, torch.Tensor):
        return None
    dtype = str(value.dtype).removeprefix("torch.")
    shape = list(value.shape)
    if value.is_floating_point():
        if (
            value.numel()
            and "mask" in name
            and bool((value == value.flatten()[0]).all())
        ):
            return {
                "kind": "full",
                "shape": shape,
                "value": float(value.flatten()[0]),
                "dtype": "float32",
            }
        if name == "flattened_patches":
            return {"kind": "patches", "shape": shape}
        if "pixel" in name and len(shape) >= 4:
            return {"kind": "picture", "shape": shape}
        if "input_values" in name:
            return {"kind": "wave", "shape": shape}
        return {"kind": "normal", "shape": shape}
    flat = value.flatten().tolist()
    if flat and len(set(flat)) == 1:
        return {"kind": "full", "shape": shape, "value": flat[0], "dtype": dtype}
    if len(flat) <= 24:
        return {"kind": "values", "values": value.tolist(), "dtype": dtype}
    runs: list[list] = []
    for v in flat:
        if runs and runs[-1][0] == v:
            runs[-1][1] += 1
        else:
            runs.append([v, 1])
    if len(runs) > 4000:
        return None
    return {"kind": "runs", "shape": shape, "runs": runs, "dtype": dtype}


def pictures(arch: Row, config: Any, hints: Row, wanted: set[str]) -> Row:
    h, w = image_side(config, hints)
    channels = get(
        config, "num_channels", "in_channels", "in_chans", "num_input_channels"
    )
    channels = channels if isinstance(channels, int) and channels <= 16 else 3
    frames = get(config, "num_frames", "frames_per_clip") or 4
    packed = bool(
        wanted
        & {
            "image_grid_thw",
            "grid_thw",
            "image_sizes",
            "pixel_attention_mask",
            "spatial_shapes",
            "image_grid_hws",
            "flattened_patches",
            "pixel_position_ids",
            "image_position_ids",
            "num_patches",
            "tgt_sizes",
        }
    )
    specs: Row = {}
    proc = processor(
        image_processing_auto.IMAGE_PROCESSOR_MAPPING_NAMES, config, arch["model_type"]
    )
    if (
        proc is not None
        and (packed or hints.get("axes") == 5)
        and not hints.get("plain")
    ):
        for key in (
            "patch_size",
            "temporal_patch_size",
            "merge_size",
            "spatial_merge_size",
        ):
            v = get(config, key, "spatial_merge_size" if key == "merge_size" else key)
            if isinstance(v, int) and hasattr(proc, key):
                setattr(proc, key, v)
        size = getattr(proc, "size", None)
        keys = set(dict(size)) if size else set()
        if keys == {"height", "width"}:
            proc.size = {"height": h, "width": w}
        elif keys == {"shortest_edge"}:
            proc.size = {"shortest_edge": min(h, w)}
        elif (
            "longest_edge" in keys
            and dict(size)["longest_edge"] < 10000
            and not (wanted & {"image_grid_thw"})
        ):
            proc.size = {k: min(dict(size)[k], h) for k in keys}
        elif "longest_edge" in keys:
            proc.size = {**dict(size), "shortest_edge": 3136, "longest_edge": 50176}
        if getattr(proc, "crop_size", None):
            proc.crop_size = {"height": h, "width": w}
        if hasattr(proc, "max_num_patches"):
            proc.max_num_patches = 16
        if hasattr(proc, "max_patches"):
            proc.max_patches = 16
        for key in ("min_pixels",):
            if harness_int(getattr(proc, key, None)):
                setattr(proc, key, 3136)
        rng = np.random.default_rng(0)
        image = Image.fromarray(
            rng.integers(0, 255, (max(h, 56), max(w, 56), 3), dtype=np.uint8)
        )
        out = None
        for images in ([image] * BATCH, [[image]] * BATCH):
            try:
                out = proc(images=images, return_tensors="pt")
                break
            except Exception:
                continue
        for k, v in dict(out or {}).items():
            if k in wanted and (d := describe(k, v)):
                specs[k] = d
        if "grid_thw" in wanted and "image_grid_thw" in dict(out or {}):
            specs["grid_thw"] = describe("grid_thw", out["image_grid_thw"])
            if "hidden_states" in wanted and "pixel_values" not in wanted:
                specs["hidden_states"] = describe("hidden_states", out["pixel_values"])
    if wanted & {"grid_thw", "grid_hws"} and not specs:
        patch = get(config, "patch_size") or 14
        row = channels * patch * patch * (get(config, "temporal_patch_size") or 1)
        name = "hidden_states" if "hidden_states" in wanted else "pixel_values"
        specs[name] = {"kind": "normal", "shape": [BATCH * 16, row]}
        specs["grid_thw"] = {
            "kind": "values",
            "values": [[1, 4, 4]] * BATCH,
            "dtype": "int64",
        }
        return specs
    if "image_grid_thw" in wanted and "image_grid_thw" not in specs:
        patch = get(config, "patch_size") or 14
        row = channels * patch * patch * (get(config, "temporal_patch_size") or 1)
        specs["pixel_values"] = {"kind": "normal", "shape": [BATCH * 16, row]}
        specs["image_grid_thw"] = {
            "kind": "values",
            "values": [[1, 4, 4]] * BATCH,
            "dtype": "int64",
        }
    picture = specs.get("pixel_values", {})
    clip = get(config, "num_frames", "frames_per_clip")
    if (
        clip
        and "video" in arch.get("modalities", [])
        and len(picture.get("shape", [])) == 5
    ):
        picture["shape"][1] = clip
    if hints.get("axes") == 5 and len(picture.get("shape", [])) == 4:
        b, *rest = picture["shape"]
        picture["shape"] = [b, get(config, "num_frames") or 1, *rest]
    if "pixel_values" in wanted and "pixel_values" not in specs:
        shape = [BATCH, channels, h, w]
        if hints.get("axes") == 5:
            video = "video" in arch.get("modalities", []) and get(
                config, "num_frames", "frames_per_clip"
            )
            shape = [BATCH, frames if video else 1, channels, h, w]
        specs["pixel_values"] = {"kind": "picture", "shape": shape}
    if "pixel_values_videos" in wanted and "pixel_values" not in wanted:
        specs["pixel_values_videos"] = {
            "kind": "picture",
            "shape": [BATCH, frames, channels, h, w],
        }
    if "pixel_mask" in wanted and specs.get("pixel_values", {}).get("shape"):
        s = specs["pixel_values"]["shape"]
        specs["pixel_mask"] = {
            "kind": "full",
            "shape": [*s[:-3], s[-2], s[-1]],
            "value": 1,
        }
    return specs


def sounds(arch: Row, config: Any, hints: Row, wanted: set[str], signature: Any) -> Row:
    specs: Row = {}
    if (
        "input_features" in wanted
        or "audio_features" in wanted
        or "input_audio_embeds" in wanted
    ):
        mel = (
            hints.get("features")
            or get(
                config,
                "num_mel_bins",
                "feature_size",
                "input_feat_per_channel",
                "mel_bins",
                "n_mels",
                "num_mel_channels",
                "input_dim",
            )
            or 80
        )
        frames = hints.get("frames") or 2 * (get(config, "max_source_positions") or 50)
        if hints.get("frames_of"):
            frames = -(-frames // hints["frames_of"]) * hints["frames_of"]
        proc = processor(
            feature_extraction_auto.FEATURE_EXTRACTOR_MAPPING_NAMES,
            config,
            arch["model_type"],
        )
        last = hints.get("mel_last")  # frames before bands
        mask = None
        if proc is not None:
            try:
                out = proc(
                    np.sin(np.arange(16000) / 20).astype("float32"),
                    sampling_rate=getattr(proc, "sampling_rate", 16000),
                    return_tensors="pt",
                )
                key = next(k for k in out if "features" in k)
                s = list(out[key].shape)
                last = (
                    s[-1]
                    in (
                        mel,
                        getattr(proc, "feature_size", -1),
                        getattr(proc, "num_mel_bins", -1),
                    )
                    if last is None
                    else last
                )
                mask = next((k for k in out if "mask" in k), None)
                if last and "features" not in hints:
                    mel = s[-1]
            except Exception:
                pass
        name = next(
            n
            for n in ("input_features", "audio_features", "input_audio_embeds")
            if n in wanted
        )
        shape = [BATCH, frames, mel] if last else [BATCH, mel, frames]
        specs[name] = {"kind": "normal", "shape": shape}
        for k in ("input_features_mask", "feature_attention_mask"):
            if k in wanted:
                specs[k] = {"kind": "full", "shape": [BATCH, frames], "value": 1}
        if "feature_lens" in wanted:
            specs["feature_lens"] = {"kind": "full", "shape": [BATCH], "value": frames}
        if (
            mask == "attention_mask"
            and "attention_mask" in wanted
            and "input_ids" not in wanted
        ):
            specs["attention_mask"] = {
                "kind": "full",
                "shape": [BATCH, frames],
                "value": 1,
            }
    if "input_values" in wanted:
        n = hints.get("samples", 8000)
        codec = (
            "audio_codes" in wanted or "padding_mask" in wanted or "bandwidth" in wanted
        )
        specs["input_values"] = {
            "kind": "wave",
            "shape": [BATCH, 1, n] if (codec or hints.get("axes") == 3) else [BATCH, n],
        }
        fe = processor(
            feature_extraction_auto.FEATURE_EXTRACTOR_MAPPING_NAMES,
            config,
            arch["model_type"],
        )
        if (
            fe is not None
            and "SpectrogramFeature" in type(fe).__name__
            or arch["model_type"].startswith("audio-spectrogram")
        ):
            specs["input_values"] = {
                "kind": "normal",
                "shape": [
                    BATCH,
                    get(config, "max_length") or 1024,
                    get(config, "num_mel_bins") or 128,
                ],
            }
    return specs


def guess(
    arch: Row, model: Any, config: Any, modality: str, hints: Row, override: Row
) -> Row:
    method = model.forward
    sig = inspect.signature(method).parameters
    wanted = set(sig) - set(override.get("drop", []))
    types = set(arch.get("modalities", []))
    if isinstance(getattr(config, "text_config", None), transformers.PreTrainedConfig):
        types.add("text")
    specs: Row = {}
    text = "input_ids" in wanted
    if modality == "full":
        specs |= pictures(arch, config, hints, wanted)
        specs |= sounds(arch, config, hints, wanted, sig)
    for spec in override.get("more", []):
        if modality == "full" and re.search("pixel|feature|audio|grid", spec["name"]):
            specs[spec["name"]] = spec
    media = bool(specs)
    if (
        {"pixel_values", "input_values", "input_features"} & set(specs)
        and not (types & {"text"})
        and text
        and "input_ids" in sig
        and len(specs)
        and sig["input_ids"].default is not inspect.Parameter.empty
    ):
        text = "text" in types
    try:
        vocab = get(config.get_text_config(), "vocab_size")
    except Exception:  # more than one text part: the first
        vocab = None
    vocab = vocab or get(config, "vocab_size") or 64
    if isinstance(vocab, (list, tuple)):
        vocab = min(vocab)
    vocab = int(vocab)
    special = {v for v in special_ids(config) if v < vocab}
    high = min([v for v in special if v > vocab // 2] + [vocab])
    high = max(high, 4)
    low = min(5, high - 2)
    low = max([v + 1 for v in special if v < 16] + [low]) if high > 40 else low
    length = hints["length"]
    if text:
        ids: Row = {"kind": "ids", "shape": [BATCH, length], "low": low, "high": high}
        token, rows = media_rows(model, config, specs, hints)
        if media and token is not None and rows:
            ids["shape"] = [BATCH, 4 + rows + 4]
            ids["place"] = [[4, token, rows]]
            length = ids["shape"][1]
            for k in ("mm_token_type_ids", "token_type_ids"):
                if k in wanted:
                    specs[k] = {
                        "kind": "runs",
                        "shape": [BATCH, length],
                        "runs": [[0, 4], [1, rows], [0, 4]] * BATCH,
                        "dtype": "int64",
                    }
        eos = get(config, "eos_token_id")
        if config.is_encoder_decoder and isinstance(eos, int) and eos < vocab:
            ids.setdefault("place", []).append([length - 1, eos, 1])
        specs = {"input_ids": ids, **specs}
        if "attention_mask" in wanted:
            specs["attention_mask"] = {
                "kind": "full",
                "shape": [BATCH, length],
                "value": 1,
            }
        if "bbox" in wanted:
            specs["bbox"] = {"kind": "boxes", "shape": [BATCH, length, 4]}
    if "decoder_input_ids" in wanted and (
        config.is_encoder_decoder or hints.get("decoder_input_ids") or text
    ):
        dv = (
            get(
                getattr(config, "decoder", None) or config,
                "vocab_size",
                "decoder_vocab_size",
            )
            or vocab
        )
        specs["decoder_input_ids"] = {
            "kind": "ids",
            "shape": [BATCH, 4],
            "low": min(low, dv - 2),
            "high": min(high, dv),
        }
    if "use_cache" in wanted:
        specs["use_cache"] = {"kind": "constant", "value": False}
    if not text:
        for n, p in sig.items():
            if (
                n in specs
                or p.default is not inspect.Parameter.empty
                or p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
            ):
                continue
            if d := loose(n, config, hints, specs):
                specs[n] = d
    else:
        for n, p in sig.items():
            if (
                n not in specs
                and p.default is inspect.Parameter.empty
                and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
            ) and (d := loose(n, config, hints, specs)):
                specs[n] = d
    return specs


def loose(name: str, config: Any, hints: Row, specs: Row) -> Row | None:
    """A required argument that no family rule knows, by its name."""
    width = get(config, "hidden_size", "d_model", "embed_dim") or 32
    if name == "spectrogram":
        return {
            "kind": "normal",
            "shape": [BATCH, 20, get(config, "model_in_dim", "num_mel_bins") or 80],
        }
    if name == "query_embeds":
        return {"kind": "normal", "shape": [BATCH, 8, width]}
    if name in ("hidden_states", "inputs_embeds"):
        return {"kind": "normal", "shape": [BATCH, LENGTH, width]}
    if name == "past_values":
        n = (get(config, "context_length") or 16) + max(
            get(config, "lags_sequence") or [0]
        )
        c = get(config, "num_input_channels", "input_size") or 1
        return {
            "kind": "normal",
            "shape": (
                [BATCH, n, c]
                if get(config, "num_input_channels") or c > 1
                else [BATCH, n]
            ),
        }
    if name in ("past_time_features", "future_time_features"):
        n = (get(config, "context_length") or 16) + max(
            get(config, "lags_sequence") or [0]
        )
        n = n if name.startswith("past") else get(config, "prediction_length") or 4
        return {
            "kind": "normal",
            "shape": [BATCH, n, max(get(config, "num_time_features") or 0, 0)],
        }
    if name == "past_observed_mask":
        n = (get(config, "context_length") or 16) + max(
            get(config, "lags_sequence") or [0]
        )
        return {"kind": "full", "shape": [BATCH, n], "value": 1}
    if name in ("audio_codes", "codes"):
        return {
            "kind": "ids",
            "shape": [BATCH, get(config, "num_codebooks", "num_quantizers") or 4, 20],
            "low": 0,
            "high": get(config, "codebook_size") or 64,
        }
    return None


def special_ids(config: Any) -> set[int]:
    found: set[int] = set()
    for c in parts(config):
        for k, v in c.to_dict().items():
            if (
                re.search(r"token_id|token_index|_idx|_id$", k)
                and isinstance(v, int)
                and not isinstance(v, bool)
                and v >= 0
            ):
                found.add(v)
    return found


def media_rows(
    model: Any, config: Any, specs: Row, hints: Row
) -> tuple[int | None, int]:
    """The token that stands for media in the text, and how many of it one row
    wants: as many as the model's own tower makes."""
    kinds = {
        "image": "get_image_features",
        "audio": "get_audio_features",
        "video": "get_video_features",
    }
    for kind, getter in kinds.items():
        token = get(
            config,
            f"{kind}_token_id",
            f"{kind}_token_index",
            "media_placeholder_token_id" if kind == "image" else "audio_token_index",
        )
        have = [
            k
            for k in specs
            if ("pixel" in k and kind != "audio")
            or ("feature" in k and kind == "audio")
            or ("input_values" in k and kind == "audio")
        ]
        if not isinstance(token, int) or not have:
            continue
        if kind == "video" and "pixel_values_videos" not in specs:
            continue
        if "rows" in hints:
            return token, max(hints["rows"] // BATCH, 1)
        fn = getattr(model, getter, None) or getattr(
            getattr(model, "model", None), getter, None
        )
        if fn is None:
            continue
        sig = inspect.signature(fn).parameters
        names = [n for n in specs if n in sig]
        args = harness.make_inputs({"inputs": [{"name": n, **specs[n]} for n in names]})
        try:
            with torch.no_grad():
                out = fn(**args)
        except Exception as err:
            if isinstance(err, TypeError) and "required positional" in str(err):
                return token, 1  # forward will say how many it wants
            hints["specs"] = specs
            raise
        out = (
            getattr(out, "pooler_output", out)
            if not isinstance(out, (torch.Tensor, list, tuple))
            else out
        )
        parts = out if isinstance(out, (list, tuple)) else [out]
        rows = sum(
            p.numel() // p.shape[-1] for p in parts if isinstance(p, torch.Tensor)
        )
        return token, max(rows // BATCH, 1)
    return None, 0


# --- freezing ---------------------------------------------------------------


def freeze(model: Any, recipe: Row, out: Any) -> None:
    """Record what came out, and which of the harness's checks the type can
    hold; one that it cannot is named with the reason."""
    if not harness.floats(out):
        raise Failed("no floating point output")
    recipe["outputs"] = harness.shapes(out)
    infinite = [n for n, t in harness.floats(out).items() if torch.isinf(t).any()]
    if infinite:
        recipe["infinite"] = infinite
    harness.check_finite(recipe, out)
    dtypes = {str(t.dtype).removeprefix("torch.") for t in harness.floats(out).values()}
    if len(dtypes) > 1 or dtypes != {"float32"}:
        raise Failed(f"output dtypes {sorted(dtypes)}")
    harness.check_repeats(recipe, model, out)
    harness.check_answers(recipe, model, out)
    other = harness.make_inputs(recipe, harness.SEED + 1)
    matters = []
    varying = [s["name"] for s in recipe["inputs"] if s["kind"] in harness.VARYING]
    for name in varying if len(varying) > 1 else []:
        inputs = {**harness.make_inputs(recipe), name: other[name]}
        try:
            with torch.no_grad():
                new = harness.flatten(harness.run(model, recipe, inputs))
        except Exception:
            continue
        if harness.difference(out, new) > 0:
            matters.append(name)
    if matters:
        recipe["matters"] = matters
    media = [
        n
        for n in varying
        if re.search("pixel|input_features|audio_features|input_values|patches", n)
    ]
    if (
        recipe["exercised"] == "full"
        and media
        and len(varying) > 1
        and not set(media) & set(matters)
    ):
        raise AssertionError(
            f"different input: another {media[0]} gives the same output"
        )
    excused: Row = {}
    padding(model, recipe, out)
    if getattr(model, "can_generate", lambda: False)():
        try:
            shape = list(harness.generate(model, recipe).shape)
            again = list(harness.generate(model, recipe).shape)
            if shape == again:
                recipe["generates"] = shape
        except Exception as err:
            excused["generation"] = short(err)
    try:
        gradient(model, recipe)
        harness.check_gradient(recipe, model)
    except Exception as err:
        recipe.pop("gradient", None)
        excused["gradient"] = short(err)
    with tempfile.TemporaryDirectory() as folder:
        try:
            harness.check_reload(recipe, model, out, Path(folder))
        except Exception as err:
            excused["reload"] = short(err)
    if excused:
        recipe["except"] = excused
    # Twice from nothing: what is recorded must not hang on this process's past.
    again = harness.make_model(recipe)
    d = harness.difference(out, harness._forward(again, recipe))
    if d > 1e-4:
        raise Failed(f"a second build from the same seed differs by {d}")


def short(err: Exception) -> str:
    return f"{type(err).__name__}: {err}".split("\n")[0][:160]


def padding(model: Any, recipe: Row, out: Any) -> None:
    names = {s["name"]: s for s in recipe["inputs"]}
    if (
        "input_ids" not in names
        or "attention_mask" not in names
        or "place" in names["input_ids"]
        and names["input_ids"]["place"][0][0] < harness.PADDED
    ):
        return
    length = names["input_ids"]["shape"][1]
    seq2seq = "decoder_input_ids" in names
    candidates = [
        n
        for n, t in harness.floats(out).items()
        if (t.dim() > 1 and t.shape[1] == length and not seq2seq and t.dim() == 3)
        or (seq2seq and n == "logits")
    ]
    kept = []
    for n in candidates[:2]:
        try:
            harness.check_padding({**recipe, "padding": [n]}, model)
            kept.append(n)
        except Exception:  # then the family does not define it
            continue
    if kept:
        recipe["padding"] = kept


def gradient(model: Any, recipe: Row) -> None:
    model.zero_grad(set_to_none=True)
    with torch.enable_grad():
        harness.loss(
            harness.flatten(harness.run(model, recipe, harness.make_inputs(recipe)))
        ).backward()
    named = dict(model.named_parameters())
    alive = [
        n
        for n, p in named.items()
        if p.grad is not None and bool(p.grad.abs().sum() > 0)
    ]
    if not alive:
        raise Failed("no parameter gets a gradient")
    try:
        embedding = model.get_input_embeddings().weight
        name = next(
            (n for n, p in named.items() if p is embedding and n in alive), alive[0]
        )
    except Exception:
        name = alive[0]
    recipe["gradient"] = {"parameter": name, "reached": len(alive), "of": len(named)}
