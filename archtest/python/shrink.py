"""Rules that make a config tiny. They work on the plain dictionary of a config,
whole trees at once, so that widths that must agree are divided alike."""

from __future__ import annotations

import re
from typing import Any

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

VOCAB = 4096


def shrink(tree: Tree, divisor: int, depth: int | None, image: int | None) -> Tree:
    """A copy of the tree with narrow layers, few of them, few experts and a
    small vocabulary. depth None and image None leave those as they are."""
    tokens: dict[int, int] = {}
    limit = min([VOCAB] + [v for v in _vocabularies(tree) if v > 64])
    out = _shrink(tree, divisor, depth, image, tokens, limit)
    return out


def _vocabularies(tree: Tree) -> list[int]:
    found = []
    for key, value in tree.items():
        if key == "vocab_size" and isinstance(value, int):
            found.append(value)
        elif isinstance(value, dict):
            found += _vocabularies(value)
    return found


def _shrink(
    tree: Tree,
    divisor: int,
    depth: int | None,
    image: int | None,
    tokens: dict[int, int],
    limit: int,
) -> Tree:
    out: Tree = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            keep = key in ("id2label", "label2id", "task_specific_params")
            out[key] = (
                value if keep else _shrink(value, divisor, depth, image, tokens, limit)
            )
        elif is_int(value):
            out[key] = _number(key, value, divisor, tokens, limit, image, tree)
        elif isinstance(value, (list, tuple)) and value and all(map(is_int, value)):
            out[key] = [
                _number(key, v, divisor, tokens, limit, image, tree) for v in value
            ]
        else:
            out[key] = value
    _repair_heads(out)
    if isinstance(out.get("in_channels"), list) and isinstance(
        out.get("depthwise_padding"), list
    ):  # EfficientNet multiplies its channels, and rounds them to eight
        out |= {k: tree[k] for k in ("in_channels", "out_channels")}
        out |= {"width_coefficient": 1.0, "depth_coefficient": 1.0}
        out["hidden_dim"] = 1280
    if depth:
        _cut_layers(out, depth)
    _few_experts(out)
    if is_int(out.get("num_filters")) and isinstance(out.get("depths"), (list, tuple)):
        out |= {"num_filters": 4, "depths": [1] * len(out["depths"])}
    if is_int(out.get("image_embedding_size")) and is_int(out.get("patch_size")):
        out["image_embedding_size"] = out["image_size"] // out["patch_size"]
    return out


def is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(
    key: str,
    value: int,
    divisor: int,
    tokens: dict[int, int],
    limit: int,
    image: int | None,
    tree: Tree,
) -> int:
    if WIDTH.search(key) and not NOT_WIDTH.search(key):
        if value % divisor == 0 and value // divisor >= 4:
            return value // divisor
        return value
    if "vocab_size" in key:
        return min(value, VOCAB)
    if key in ("chunk_size", "mamba_chunk_size", "ssm_chunk_size"):
        return min(value, 16)  # the scan in plain torch is quadratic in it
    if image and re.search(r"(^|_)(image_size|img_size|input_size|crop_size)$", key):
        return _image(value, image, tree)
    if TOKEN.search(key) and not NOT_TOKEN.search(key) and value >= limit:
        return tokens.setdefault(value, limit - 1 - len(tokens))
    return value


def _image(value: int, image: int, tree: Tree) -> int:
    patch = tree.get("patch_size")
    if isinstance(patch, (list, tuple)) and patch:
        patch = patch[-1]
    if not is_int(patch) or patch <= 0:
        patch = 16
    small = max(image // patch, 2) * patch
    return min(value, small)


def _repair_heads(out: Tree) -> None:
    """Heads that do not divide the new width become as many as fit; rotary
    embeddings over two axes want a head of a multiple of four."""
    width = next(
        (
            out[k]
            for k in ("hidden_size", "d_model", "embed_dim", "n_embd", "dim")
            if is_int(out.get(k))
        ),
        None,
    )
    for key in ("num_attention_heads", "num_heads", "n_head", "attention_heads"):
        heads = out.get(key)
        if not width or not is_int(heads) or heads <= 0 or is_int(out.get("head_dim")):
            continue
        if width % heads == 0 and (width // heads) % 4 == 0:
            continue
        fit = [h for h in range(heads, 0, -1) if width % (4 * h) == 0]
        if not fit:
            continue
        kv = out.get("num_key_value_heads")
        if is_int(kv) and (kv == heads or fit[0] % kv):
            out["num_key_value_heads"] = fit[0] if kv == heads else 1
        out[key] = fit[0]


def _cut_layers(out: Tree, depth: int) -> None:
    """The first layer of every kind, and at least `depth`."""
    counts = {
        k: v for k, v in out.items() if is_int(v) and v > depth and DEPTH.search(k)
    }
    for count in set(counts.values()):
        lists = {
            k: v
            for k, v in out.items()
            if isinstance(v, (list, tuple))
            and len(v) == count
            and not INDICES.search(k)
        }
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
        for k, v in lists.items():
            out[k] = [v[i] for i in keep]
        for k in numbered:
            out[k] = list(range(len(keep)))
        for k, v in counts.items():
            if v == count:
                out[k] = len(keep)
    if not counts:
        return
    layers = max(out[k] for k in counts)
    # Settings of single layers, by number: those of the layers that are kept.
    single = out.get("per_layer_config")
    if isinstance(single, dict):
        out["per_layer_config"] = {
            str(keep.index(int(i))): v for i, v in single.items() if int(i) in keep
        }
    indices = {k: v for k, v in out.items() if INDICES.search(k) and v}
    for k, v in indices.items():
        if isinstance(v, (list, tuple)):
            if max(map(abs, v)) >= layers:
                need = max(len(v), layers)
                for c in counts:
                    out[c] = need
                layers = need
                out[k] = list(range(need - len(v), need))
        elif is_int(v) and v >= layers:
            out[k] = layers - 1
        elif is_int(v) and v < -layers:
            out[k] = -1
    if out.get("stage_names"):
        n = layers + 1
        out["stage_names"] = ["stem"] + [f"stage{i}" for i in range(1, n)]
        for k in ("_out_features", "out_features", "_out_indices", "out_indices"):
            out.pop(k, None)
    for k in ("num_kv_shared_layers",):
        if is_int(out.get(k)):
            out[k] = 0
    for k in ("first_k_dense_replace", "num_dense_layers", "moe_layer_start_index"):
        if is_int(out.get(k)) and out[k] >= layers:
            out[k] = layers - 1


def _few_experts(out: Tree) -> None:
    many = False
    for k, v in list(out.items()):
        if is_int(v) and EXPERTS.search(k) and v > 8:
            out[k] = 8
            many = True
    if many:
        for k, v in list(out.items()):
            if is_int(v) and TOP_K.search(k) and v > 2:
                out[k] = 2
    for k in ("n_group", "topk_group", "moe_n_group", "num_expert_group"):
        if is_int(out.get(k)) and out[k] > 1:
            out[k] = 1
