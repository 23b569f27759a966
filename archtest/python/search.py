"""The search for one architecture: shrink, build, guess inputs, run, freeze."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable
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
    parts = override.get("base", {})
    return plain(AutoConfig.for_model(model_type, **parts).to_dict())


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


def search(
    arch: Row,
    override: Row,
    keep: Callable[[Row], None] = lambda row: None,
    known: Row | None = None,
) -> Row:
    """The row of a type. keep gets what there is so far, for the case that the
    rest takes too long. known is a row of before: while it holds and feeds as
    much, nothing is searched."""
    if known is not None and (row := again(arch, override, known)):
        return row
    if "none" in override:
        return {"outcome": "none", "reason": override["none"], "why": override["why"]}
    errors: list[str] = []
    rungs = [tuple(override["rung"])] if "rung" in override else RUNGS
    names = [override["class"]] if "class" in override else classes(arch)
    last = ""
    best: Row | None = None
    for feed_with in feeds(arch):
        for name in names:
            repeated = 0
            previous = None
            for rung in rungs:
                try:
                    try:
                        row = attempt(arch, name, rung, override, feed_with)
                    except AssertionError as err:
                        if "different input" not in str(err):
                            raise
                        wide = {**override, "weights": "wide"}
                        row = attempt(arch, name, rung, wide, feed_with)
                except Exception as err:  # any failure is a finding
                    import traceback

                    where = traceback.extract_tb(err.__traceback__)[-1]
                    last = traceback.format_exc()[-2500:]
                    message = f"{type(err).__name__}: {err}".replace("\n", " ")[:240]
                    at = f"{Path(where.filename).name}:{where.lineno}"
                    kinds = "+".join(sorted(feed_with)) or "nothing else"
                    errors.append(f"{name} {rung} {kinds}: {message} [{at}]")
                    repeated = repeated + 1 if at == previous else 0
                    previous = at
                    if repeated >= 3:
                        break
                    continue
                row |= {"_errors": errors, "_trace": last, "_rung": rung}
                if row["exercised"] == "full":
                    return row
                if best is None or len(row["missing"]) < len(best["missing"]):
                    best = row
                    keep(also(arch, dict(best), {**override, "inputs": True}))
                break  # another rung feeds the same
        if best is not None:
            return also(arch, best, override)
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


MEDIA = {"audio", "image", "video"}


def again(arch: Row, override: Row, known: Row) -> Row | None:
    """A known recipe, run and frozen anew; None where that is not enough."""
    kept = ("model_type", "outcome", "class", "config", "source", "inputs", "dtype")
    kept += ("method", "randomize", "weights")
    try:
        recipe = {k: known[k] for k in kept if k in known}
        model = harness.make_model(recipe)
        recipe["parameters"] = sum(p.numel() for p in model.parameters())
        freeze(arch, model, recipe, harness.infer(model, recipe), override)
        runs = []
        for run in known.get("also", []):
            more = {**recipe, "inputs": run["inputs"]}
            more = {k: v for k, v in more.items() if k == "inputs" or k not in RUN}
            freeze(arch, model, more, harness.infer(model, more), override)
            recipe["missing"] = [m for m in recipe["missing"] if m in more["missing"]]
            runs.append({k: more[k] for k in RUN if k in more})
    except Exception:  # then it is searched
        return None
    if runs:
        recipe["also"] = runs
    if not recipe.get("missing"):
        recipe.pop("missing", None)
        recipe["exercised"] = "full"
    # What was fed in part was searched with all the rules; less is a loss.
    return recipe if recipe.get("missing", []) == known.get("missing", []) else None


#: What a second run of the same model has of its own.
RUN = ("inputs", "outputs", "matters", "answer", "infinite", "draws")


def also(arch: Row, row: Row, override: Row) -> Row:
    """What the model takes only by itself (a clip or a picture, speech or text)
    in a second run of the same model."""
    rung = row.pop("_rung")
    if "weights" in row:
        override = {**override, "weights": row["weights"]}
    for kind in row["missing"] if "inputs" not in override else []:
        if kind not in MEDIA:
            continue
        try:
            more = attempt(arch, row["class"], rung, override, {kind})
        except Exception as err:  # then it stays missing
            row["_errors"] = [*row["_errors"], f"{kind} alone: {short(err)}"]
            continue
        if kind in more.get("missing", []) or more["config"] != row["config"]:
            continue
        run = {k: more[k] for k in RUN if k in more}
        row["also"] = [*row.get("also", []), run]
        row["missing"] = [m for m in row["missing"] if m != kind]
    if not row["missing"]:
        row["exercised"] = "full"
        del row["missing"]
    return row


def feeds(arch: Row) -> list[set[str]]:
    """The kinds of media to feed, in turn: all, without clips, and, where there
    is text, none."""
    kinds = MEDIA & set(arch.get("modalities", []))
    out = [MEDIA]
    if kinds > {"video"}:
        out.append(MEDIA - {"video"})
    if kinds and "text" in arch.get("modalities", []):
        out.append(set())
    return out


def carries(arch: Row, name: str, sig: set[str], override: Row) -> set[str]:
    """The modalities that an input brings in, by its name."""
    if name in override.get("carries", {}):
        return set(override["carries"][name])
    modalities = set(arch.get("modalities", []))
    if len(modalities) <= 1:
        return modalities
    if re.search("video", name):
        return {"video"}
    if re.search(r"pixel|patches|visual|image|hidden_states", name):
        # Frames go in as pictures where the class has no argument for clips.
        clips = any(re.search("videos?$|videos_", n) for n in sig)
        return {"image"} if clips else {"image", "video"}
    if re.search(r"features|input_values|audio|speech|spectrogram|codes", name):
        return {"audio"}
    return {"text"} if re.search(r"ids$|tokens", name) else set()


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


def attempt(
    arch: Row, name: str, rung: tuple, override: Row, feed_with: set[str]
) -> Row:
    model_type = arch["model_type"]
    recipe: Row = {
        "model_type": model_type,
        "outcome": "ok",
        "class": name,
        "config": settings(model_type, rung, override),
        "source": override.get("source", "defaults"),
        "inputs": [],
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
        out = harness.infer(model, recipe)
    else:
        out = feed(arch, model, config, recipe, override, feed_with)
    freeze(arch, model, recipe, out, override)
    return recipe


# --- inputs -----------------------------------------------------------------


#: Inputs that are left out where only the text is fed.
OF_MEDIA = "pixel|feature|audio|grid|target_sizes|position_ids|num_frames"


def feed(
    arch: Row, model: Any, config: Any, recipe: Row, override: Row, feed_with: set[str]
) -> Any:
    """Guess inputs, and correct the guess by what forward complains of."""
    hints: Row = {"length": LENGTH, **override.get("hints", {})}
    first: Exception | None = None
    for _ in range(8):
        try:
            specs = guess(arch, model, config, feed_with, hints, override)
        except Exception as err:
            first = first or err
            if not learn(str(err), hints, hints.get("specs", {}), config):
                raise
            continue
        hints.pop("specs", None)
        drop = set(override.get("drop", [])) | set(hints.get("drop", []))
        specs = {k: v for k, v in specs.items() if k not in drop}
        for spec in override.get("more", []):
            if not re.search(OF_MEDIA, spec["name"]):
                specs[spec["name"]] = spec
        recipe["inputs"] = [{"name": k, **v} for k, v in specs.items()]
        try:
            return harness.infer(model, recipe)
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
    elif re.search(r"[Vv]ideo features.*tokens: 0,", message):
        hints["clip_token"] = "image"  # clips stand at the token of pictures
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


def clips(config: Any, specs: Row, wanted: set[str], hints: Row) -> Row:
    """A clip beside a picture: packed alike where pictures are packed."""
    for name in ("pixel_values", "hidden_states"):
        if {"grid_thw", name} <= specs.keys():
            return longer(specs, name)
    picture = specs.get("pixel_values", {}).get("shape")
    found: Row = {}
    if not picture:
        return {}
    if "pixel_values_videos" not in wanted or "pixel_values_videos" in specs:
        return {}
    if "video_grid_thw" in wanted:
        found["pixel_values_videos"] = specs["pixel_values"]
        found["video_grid_thw"] = specs.get("image_grid_thw")
        if steps := hints.get("steps"):
            patches, *rest = picture
            grid = [[steps, h, w] for _, h, w in specs["image_grid_thw"]["values"]]
            found["pixel_values_videos"] = {
                **specs["pixel_values"],
                "shape": [steps * patches, *rest],
            }
            found["video_grid_thw"] = {**specs["image_grid_thw"], "values": grid}
        if "video_merge_sizes" in wanted and "image_merge_sizes" in specs:
            found["video_merge_sizes"] = specs["image_merge_sizes"]
    else:
        frames = get(config, "num_frames", "frames_per_clip") or 2
        found["pixel_values_videos"] = {
            "kind": "picture",
            "shape": [BATCH, frames, *picture[-3:]],
        }
    return {k: v for k, v in found.items() if v}


def longer(specs: Row, name: str) -> Row:
    """Packed patches, of which the second sample is two steps long: a clip."""
    grid = specs["grid_thw"].get("values")
    if specs["grid_thw"].get("kind") == "full" or not grid or len(grid) != BATCH:
        return {}
    if grid[0] != grid[1] or grid[0][0] != 1:
        return {}
    patches, *rest = specs[name]["shape"]
    return {
        name: {**specs[name], "shape": [patches // 2 * 3, *rest]},
        "grid_thw": {**specs["grid_thw"], "values": [grid[0], [2, *grid[1][1:]]]},
    }


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
    arch: Row, model: Any, config: Any, feed_with: set[str], hints: Row, override: Row
) -> Row:
    method = model.forward
    sig = inspect.signature(method).parameters
    wanted = set(sig) - set(override.get("drop", []))
    types = set(arch.get("modalities", []))
    if isinstance(getattr(config, "text_config", None), transformers.PreTrainedConfig):
        types.add("text")
    specs: Row = {}
    text = "input_ids" in wanted
    if feed_with & {"image", "video"}:
        specs |= pictures(arch, config, hints, wanted)
    if "audio" in feed_with:
        specs |= sounds(arch, config, hints, wanted, sig)
    for spec in override.get("more", []):
        if feed_with and re.search(OF_MEDIA, spec["name"]):
            specs[spec["name"]] = spec
    if "video" in feed_with & types:
        specs |= clips(config, specs, wanted, hints)
    if feed_with == {"video"} and "pixel_values_videos" in specs:
        specs = {
            k: v for k, v in specs.items() if k != "pixel_values" and "image" not in k
        }
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
        runs = [[0, 4]]
        for kind, token, rows in media_rows(model, config, specs, hints):
            start = sum(n for _, n in runs)
            ids.setdefault("place", []).append([start, token, rows])
            runs += [[TYPE_IDS[kind], rows], [0, 4]]
        if media and len(runs) > 1:
            length = sum(n for _, n in runs)
            ids["shape"] = [BATCH, length]
            for k in ("mm_token_type_ids", "token_type_ids"):
                if k in wanted:
                    specs[k] = {
                        "kind": "runs",
                        "shape": [BATCH, length],
                        "runs": runs * BATCH,
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


#: What the processors write for a token's kind; text is 0.
TYPE_IDS = {"image": 1, "video": 2, "audio": 3}


def media_rows(
    model: Any, config: Any, specs: Row, hints: Row
) -> list[tuple[str, int, int]]:
    """The tokens that stand for media in the text, and how many of each one
    row wants: as many as the model's own towers make."""
    found = []
    for kind in ("image", "video", "audio"):
        name = hints.get("clip_token", kind) if kind == "video" else kind
        token = get(
            config,
            f"{name}_token_id",
            f"{name}_token_index",
            "media_placeholder_token_id" if kind == "image" else "audio_token_index",
        )
        have = {
            "image": [k for k in specs if "pixel" in k and "video" not in k],
            "video": [k for k in specs if "pixel" in k and "video" in k],
            "audio": [k for k in specs if "features" in k or "input_values" in k],
        }[kind]
        if not isinstance(token, int) or not have:
            continue
        if "rows" in hints and not found:
            found.append((kind, token, max(hints["rows"] // BATCH, 1)))
            continue
        getter = f"get_{kind}_features"
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
                # forward will say how many it wants
                found.append((kind, token, max(hints.get("rows", 0) // BATCH, 1)))
                continue
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
        found.append((kind, token, max(rows // BATCH, 1)))
    return found


# --- freezing ---------------------------------------------------------------


def freeze(arch: Row, model: Any, recipe: Row, out: Any, override: Row) -> None:
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
    try:
        harness.check_repeats(recipe, model, out)
    except AssertionError:
        recipe["draws"] = True
        harness.check_repeats(recipe, model, out)
    harness.check_inputs_matter(recipe, model, out)
    other = harness.make_inputs(recipe, harness.SEED + 1)
    matters = []
    varying = [s["name"] for s in recipe["inputs"] if s["kind"] in harness.VARYING]
    for name in varying if len(varying) > 1 else []:
        inputs = {**harness.make_inputs(recipe), name: other[name]}
        try:
            new = harness.infer(model, recipe, inputs)
        except Exception:
            continue
        if harness.difference(out, new) > 0:
            matters.append(name)
    if matters:
        recipe["matters"] = matters
    sig = set(inspect.signature(model.forward).parameters)
    fed: set[str] = set()
    heard: set[str] = set()
    for name in varying:
        kinds = carries(arch, name, sig, override)
        fed |= kinds
        if name in matters or len(varying) == 1:
            heard |= kinds
    if fed - heard and "weights" not in recipe:
        lost = sorted(fed - heard)
        raise AssertionError(f"different input: {lost} change nothing in the output")
    missing = sorted(set(arch.get("modalities", [])) - heard)
    recipe["exercised"] = "part" if missing else "full"
    if missing:
        recipe["missing"] = missing
    answers(model, recipe, out, set(override.get("unsteady", [])))
    causal(model, recipe, out)
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
        gradient(model, recipe, override.get("rounded", 0))
        harness.check_gradient(recipe, model)
    except Exception as err:
        recipe.pop("gradient", None)
        excused["gradient"] = short(err)
    try:
        harness.check_reload(recipe, model, out)
    except Exception as err:
        excused["reload"] = short(err)
    if excused:
        recipe["except"] = excused
    # Twice from nothing: what is recorded must not hang on this process's past.
    again = harness.make_model(recipe)
    d = harness.difference(out, harness.infer(again, recipe))
    if d > 1e-4:
        raise Failed(f"a second build from the same seed differs by {d}")


def short(err: Exception) -> str:
    return f"{type(err).__name__}: {err}".split("\n")[0][:160]


def answers(model: Any, recipe: Row, out: Any, unsteady: set[str]) -> None:
    """The numbers that come out, of the outputs that rounding leaves alone: a
    model that chooses (the best places, the nearest code) may choose otherwise
    on another CPU. Where a nudge of the weights does not show that, and running
    with plainer kernels did (ATEN_CPU_CAPABILITY=default), overrides.json says
    which outputs are unsteady."""
    g = torch.Generator().manual_seed(harness.SEED)
    kept = {n: p.detach().clone() for n, p in model.named_parameters()}
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(1 + 1e-6 * torch.randn(p.shape, generator=g))
    near = harness.infer(model, recipe)
    with torch.no_grad():
        for n, p in model.named_parameters():
            p.copy_(kept[n])
    found = {}
    for name, t in list(harness.floats(out).items())[:4]:
        if not t.numel() or not torch.isfinite(t).all() or near[name].shape != t.shape:
            continue
        want, size = harness.answer(name, t)
        if name in unsteady:
            continue
        if abs(harness.answer(name, near[name])[0] - want) <= 2e-5 * size:
            found[name] = float(f"{want:.6g}")
    if found:
        recipe["answer"] = found
        harness.check_answer(recipe, out)


def causal(model: Any, recipe: Row, out: Any) -> None:
    """The outputs in which no token shows before its own place."""
    names = {s["name"]: s for s in recipe["inputs"]}
    ids = names.get("input_ids")
    if ids is None or "decoder_input_ids" in names or len(ids["shape"]) != 2:
        return
    kept = []
    for n, t in list(harness.floats(out).items())[:4]:
        if t.dim() != 3 or t.shape[1] != ids["shape"][1]:
            continue
        try:
            harness.check_causal({**recipe, "causal": [n]}, model, out)
            kept.append(n)
        except Exception:  # then tokens look ahead
            continue
    if kept:
        recipe["causal"] = kept


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


def gradient(model: Any, recipe: Row, rounded: int) -> None:
    """Which parameter gets a gradient, and how many do on any CPU: those whose
    gradient some kernels round to nothing (see answers) do not count."""
    alive = harness.backward(model, recipe)
    named = dict(model.named_parameters())
    if not alive:
        raise Failed("no parameter gets a gradient")
    try:
        embedding = model.get_input_embeddings().weight
        name = next(
            (n for n, p in named.items() if p is embedding and n in alive), alive[0]
        )
    except Exception:
        name = alive[0]
    reached = len(alive) - rounded
    recipe["gradient"] = {"parameter": name, "reached": reached, "of": len(named)}
