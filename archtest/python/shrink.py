"""Rules that make a config tiny. They work on the plain dictionary of a config,
whole trees at once, so that widths that must agree are divided alike."""

from __future__ import annotations

import dataclasses
import inspect
import re
from pathlib import Path
from typing import Any

import transformers

Tree = dict[str, Any]

WIDTH = re.compile(
    r"hidden_size|hidden_dim|channel_list|bottleneck_size|embed_dim|head_dim|intermediate|channels|lora_rank|d_model"
    r"|ffn_dim|embedding_dim|embedding_size|num_pos_feats|upsample_groups"
    r"|query_pre_attn_scalar|num_groups$|d_inner"
    r"|(^|_)(dim|dims|embd|inner|units|rank|d_ff|d_kv|width|n_embed|mlp_size|feature_size)$"
)
NOT_WIDTH = re.compile(
    r"image_size|pos_emb_|patch_size|patch_embed_hidden|projection_input_dim|^input_dim$|kernel|window|stride|mel|codebook_size|max_pos|feat_proj"
    r"|image_embedding_size|vocab|num_channels$|quantizer_dropout|dropout|num_hidden|act"
    r"|_out_features|positions|time_dim"
)
DEPTH = re.compile(
    r"^(num_hidden_layers|num_layers|n_layers?|n_layer|depth|num_blocks"
    r"|(num_)?(text_|vision_|audio_|encoder_|decoder_|speech_|l_|r_|x_|embedding_|hidden_|"
    r"local_|global_|depth_|latent_|cross_|self_attn_|temporal_|spatial_|thinker_|"
    r"pose_|refiner_|qformer_|adapter_|prediction_|mem_|predictor_|pred_|unit_|t2u_|"
    r"num_|dec_|enc_)+(hidden_)?layers|pred_num_hidden_layers|encoder_depth|decoder_depth"
    r"|num_temporal_layers|num_layers_(enc|dec)|n_blocks)$"
)
EXPERTS = re.compile(r"^(moe_)?(num_|n_)(local_|routed_)?experts$|^num_routed_experts$")
TOP_K = re.compile(r"^(moe_)?(num_experts_per_tok|top_?k|k|num_selected_experts)$")
TOKEN = re.compile(
    r"(_token_ids?|_token_index|_patch_id|_token_type|_idx|_index|_start_id|_end_id|_id)$"
)
NOT_TOKEN = re.compile(r"layer|feature|label|version|_codebook|lang|num_")
INDICES = re.compile(
    r"out_indices|deepstack_visual_indexes|vision_feature_layer|fullatt_block_indexes|"
    r"full_attention_layers|global_attn_indexes|select_layers?|backbone_out_indices"
)

SIDE = re.compile(r"(^|_)(image_size|img_size|input_size|crop_size)$")

VOCAB = 4096


def shrink(tree: Tree, divisor: int, depth: int | None, image: int | None) -> Tree:
    """A copy of the tree with narrow layers, few of them, few experts and a
    small vocabulary. depth None and image None leave those as they are."""
    limit = min([VOCAB] + [v for v in _vocabularies(tree) if v > 64])
    return _Shrink(divisor, depth, image, limit).tree(tree)


def _vocabularies(tree: Tree) -> list[int]:
    found = []
    for key, value in tree.items():
        if key == "vocab_size" and isinstance(value, int):
            found.append(value)
        elif isinstance(value, dict):
            found += _vocabularies(value)
    return found


def is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def positive(value: Any) -> bool:
    return is_int(value) and value > 0


def is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and bool(value)


@dataclasses.dataclass
class _Shrink:
    divisor: int
    depth: int | None
    image: int | None
    limit: int  # the smallest vocabulary, in which all token ids must be
    tokens: dict[int, int] = dataclasses.field(default_factory=dict)  # moved ids

    def tree(self, tree: Tree) -> Tree:
        out: Tree = {}
        for key, value in tree.items():
            if isinstance(value, dict):
                keep = key in ("id2label", "label2id", "task_specific_params")
                out[key] = value if keep else self.tree(value)
            elif is_int(value):
                out[key] = self.number(key, value, tree)
            elif is_list(value) and all(map(is_int, value)):
                out[key] = [self.number(key, v, tree) for v in value]
            else:
                out[key] = value
        _repair_heads(out)
        if self.depth:
            _cut_layers(out, self.depth)
        _few_experts(out)
        if is_int(out.get("num_filters")) and is_list(out.get("depths")):
            out |= {"num_filters": 4, "depths": [1] * len(out["depths"])}
        return out

    def number(self, key: str, value: int, tree: Tree) -> int:
        if WIDTH.search(key) and not NOT_WIDTH.search(key):
            narrow, rest = divmod(value, self.divisor)
            return narrow if not rest and narrow >= 4 else value
        if "vocab_size" in key:
            return min(value, VOCAB)
        if key in ("chunk_size", "mamba_chunk_size", "ssm_chunk_size"):
            return min(value, 16)  # the scan in plain torch is quadratic in it
        if self.image and SIDE.search(key):
            return min(value, _whole_patches(self.image, tree))
        if TOKEN.search(key) and not NOT_TOKEN.search(key) and value >= self.limit:
            return self.tokens.setdefault(value, self.limit - 1 - len(self.tokens))
        return value


def _whole_patches(side: int, tree: Tree) -> int:
    """The side made of whole patches, two at least."""
    patch = tree.get("patch_size")
    patch = patch[-1] if is_list(patch) else patch
    patch = patch if positive(patch) else 16
    return max(side // patch, 2) * patch


def _repair_heads(out: Tree) -> None:
    """Heads that do not divide the new width become as many as fit; rotary
    embeddings over two axes want a head of a multiple of four."""
    widths = ("hidden_size", "d_model", "embed_dim", "n_embd", "dim")
    width = next((out[k] for k in widths if is_int(out.get(k))), None)
    if not width or is_int(out.get("head_dim")):
        return
    for key in ("num_attention_heads", "num_heads", "n_head", "attention_heads"):
        heads = out.get(key)
        if not positive(heads) or width % (4 * heads) == 0:
            continue
        fit = next((h for h in range(heads, 0, -1) if width % (4 * h) == 0), None)
        if fit is None:
            continue
        kv = out.get("num_key_value_heads")
        if is_int(kv) and (kv == heads or fit % kv):
            out["num_key_value_heads"] = fit if kv == heads else 1
        out[key] = fit


def _cut_layers(out: Tree, depth: int) -> None:
    """The first layer of every kind, and at least `depth`."""
    counts = {
        k: v for k, v in out.items() if is_int(v) and v > depth and DEPTH.search(k)
    }
    if not counts:
        return
    for count in set(counts.values()):
        lists = {k: v for k, v in out.items() if is_list(v) and len(v) == count}
        lists = {k: v for k, v in lists.items() if not INDICES.search(k)}
        numbered = {k for k, v in lists.items() if list(v) == list(range(count))}
        lists = {k: v for k, v in lists.items() if k not in numbered}
        keep = list(range(depth))
        if lists:
            seen: dict[str, int] = {}
            for i, kinds in enumerate(zip(*lists.values(), strict=True)):
                seen.setdefault(repr(kinds), i)
            keep = sorted(seen.values())
            extra = [i for i in range(count) if i not in keep]
            keep = sorted(keep + extra[: max(0, depth - len(keep))])
        out |= {k: [v[i] for i in keep] for k, v in lists.items()}
        out |= {k: list(range(len(keep))) for k in numbered}
        out |= {k: len(keep) for k, v in counts.items() if v == count}
    # Settings of single layers, by number: those of the layers that are kept.
    single = out.get("per_layer_config")
    if isinstance(single, dict):
        out["per_layer_config"] = {
            str(keep.index(int(i))): v for i, v in single.items() if int(i) in keep
        }
    layers = _move_indices(out, list(counts))
    if out.get("stage_names"):
        out["stage_names"] = ["stem"] + [f"stage{i + 1}" for i in range(layers)]
        for k in ("_out_features", "out_features", "_out_indices", "out_indices"):
            out.pop(k, None)
    if is_int(out.get("num_kv_shared_layers")):
        out["num_kv_shared_layers"] = 0
    for k in ("first_k_dense_replace", "num_dense_layers", "moe_layer_start_index"):
        if is_int(out.get(k)) and out[k] >= layers:
            out[k] = layers - 1


def _move_indices(out: Tree, counts: list[str]) -> int:
    """Layers that are named by number become the last ones. There are as many
    layers in the end as such a list names."""
    layers = max(out[k] for k in counts)
    for k, v in list(out.items()):
        if not INDICES.search(k) or not v:
            continue
        if isinstance(v, (list, tuple)):
            if max(map(abs, v)) >= layers:
                layers = max(len(v), layers)
                out |= dict.fromkeys(counts, layers)
                out[k] = list(range(layers - len(v), layers))
        elif is_int(v) and v >= layers:
            out[k] = layers - 1
        elif is_int(v) and v < -layers:
            out[k] = -1
    return layers


def _few_experts(out: Tree) -> None:
    many = [k for k, v in out.items() if is_int(v) and EXPERTS.search(k) and v > 8]
    out |= dict.fromkeys(many, 8)
    if many:
        for k, v in out.items():
            if is_int(v) and TOP_K.search(k) and v > 2:
                out[k] = 2
    for k in ("n_group", "topk_group", "moe_n_group", "num_expert_group"):
        if is_int(out.get(k)) and out[k] > 1:
            out[k] = 1


# --- what forward needs beside ----------------------------------------------


def fill(tree: Tree) -> Tree:
    """What forward needs and the class leaves open, and equalities between parts."""
    out = {k: fill(v) if isinstance(v, dict) else v for k, v in tree.items()}
    _join_parts(out)
    heads, width = out.get("num_attention_heads"), out.get("hidden_size")
    if positive(heads) and positive(width) and out.get("head_dim", 0) is None:
        out["head_dim"] = width // heads
    positions = out.get("max_source_positions")
    if positive(positions) and positions > 100 and out.get("num_mel_bins"):
        out["max_source_positions"] = 50
    return out


def _join_parts(out: Tree) -> None:
    """The towers of pictures and sounds end in the width of the text."""
    text = out.get("text_config")
    if not isinstance(text, dict):
        return
    width = text.get("hidden_size") or text.get("d_model")
    ends = ("out_hidden_size", "projection_dim_out")
    for part, keys in (
        ("vision_config", ends),
        ("audio_config", (*ends, "output_dim")),
    ):
        tower = out.get(part)
        if isinstance(tower, dict) and width:
            tower |= {k: width for k in keys if positive(tower.get(k))}


def _split_head(out: Tree, part: float | None) -> list[int] | None:
    """Half of the rotary part of a head, split among time, height and width."""
    heads = out.get("num_attention_heads") or 1
    head = out.get("head_dim") or (out.get("hidden_size") or 0) // heads
    half = int(head * (part or 1)) // 2
    side = (half - half // 4) // 2
    return [half - 2 * side, side, side] if half else None


def sections(tree: Tree) -> Tree:
    """Rotary sections that only the modeling code states, for full-size heads."""
    out = {k: sections(v) if isinstance(v, dict) else v for k, v in tree.items()}
    rope = out.get("rope_parameters")
    if (
        not isinstance(rope, dict)
        or "rope_theta" not in rope
        or "mrope_section" in rope
        or "model_type" not in out
    ):
        return out
    try:
        config = transformers.CONFIG_MAPPING[out["model_type"]]
        path = Path(inspect.getfile(config))
        source = path.with_name(path.name.replace("configuration", "modeling"))
        stated = "mrope_section" in source.read_text()
    except (KeyError, OSError):
        return out
    if stated and (split := _split_head(out, rope.get("partial_rotary_factor"))):
        out["rope_parameters"] = {**rope, "mrope_section": split}
    return out
