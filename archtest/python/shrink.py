"""Rules that make a config tiny. They work on the plain dictionary of a config,
whole trees at once, so that widths that must agree are divided alike."""

from __future__ import annotations

import re
from typing import Any

Tree = dict[str, Any]

DIVISOR, DEPTH, SIDE, VOCAB = 8, 2, 64, 4096

WIDTH = re.compile(
    "hidden_size|hidden_dim|intermediate|channels|d_model|embed_dim|embedding_size|num_pos_feats"
    "|(num|upsample)_groups$|query_pre_attn_scalar|(^|_)(dims?|embd|inner|units|rank|d_ff|d_kv|width)$"
)
NOT_WIDTH = re.compile("pos_emb_|input_dim$")
LAYERS = re.compile(
    "^(?!conf|num_sparse).*(hidden|encoder|decoder|adapter|spatial|temporal|global)_layers$"
    "|^(num|n|l|x|r)_(layers?|blocks)$|^depth$"
)
EXPERTS = re.compile("experts$")
TOP_K = re.compile("num_experts_per_tok$|moe_topk")
TOKEN = re.compile("_(id|ids|index|idx|type)$")
INDICES = re.compile("out_indices|deepstack_visual_indexes|fullatt_block_indexes|global_attn_indexes")
PICTURE = re.compile("(image|img|input|crop)_size$")


def is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and bool(value)


def shrink(tree: Tree) -> Tree:
    """A copy of the tree with narrow layers, few of them, few experts and a
    small vocabulary."""
    sizes = map(int, re.findall(r"'vocab_size': (\d+)", str(tree)))
    limit = min([VOCAB, *(v for v in sizes if v > 64)])
    moved: dict[int, int] = {}  # token ids that are not in the smallest vocabulary

    def number(key: str, value: int, tree: Tree) -> int:
        if WIDTH.search(key) and not NOT_WIDTH.search(key):
            narrow, rest = divmod(value, DIVISOR)
            return narrow if not rest and narrow >= 4 else value
        if "vocab_size" in key:
            return min(value, VOCAB)
        if key == "max_source_positions" and tree.get("num_mel_bins"):
            return min(value, 50)  # the tower wants sounds of just that length
        if PICTURE.search(key):  # whole patches, two at least
            patch = tree.get("patch_size")
            patch = (patch[-1] if is_list(patch) else patch) or 16
            return min(value, max(SIDE // patch, 2) * patch)
        if TOKEN.search(key) and value >= limit:
            return moved.setdefault(value, limit - 1 - len(moved))
        return value

    def tiny(tree: Tree) -> Tree:
        out = dict(tree)
        for key, value in tree.items():
            if isinstance(value, dict):
                out[key] = tiny(value)
            elif is_int(value):
                out[key] = number(key, value, tree)
            elif is_list(value) and all(map(is_int, value)):
                out[key] = [number(key, v, tree) for v in value]
        _repair_heads(out)
        _cut_layers(out)
        _few_experts(out)
        return out

    return tiny(tree)


def _repair_heads(out: Tree) -> None:
    """Heads that do not divide the new width become as many as fit; rotary
    embeddings over two axes want a head of a multiple of four."""
    width = next((out[k] for k in ("hidden_size", "embed_dim", "n_embd") if is_int(out.get(k))), None)
    if not width or is_int(out.get("head_dim")):
        return
    for key in ("num_attention_heads", "num_heads", "n_head"):
        if is_int(heads := out.get(key)) and heads > 0:
            out[key] = next((h for h in range(heads, 0, -1) if width % (4 * h) == 0), heads)
    if "head_dim" in out and is_int(out.get("num_attention_heads")):
        out["head_dim"] = width // out["num_attention_heads"]


def _cut_layers(out: Tree) -> None:
    """The first layer of every kind, and two at least."""
    counts = {k: v for k, v in out.items() if is_int(v) and v > DEPTH and LAYERS.search(k)}
    for count in set(counts.values()):
        lists = {k: v for k, v in out.items() if is_list(v) and len(v) == count and not INDICES.search(k)}
        numbered = [k for k, v in lists.items() if list(v) == list(range(count))]
        layers = [str(kind) for kind in zip(*(v for k, v in lists.items() if k not in numbered), strict=True)]
        first = {layers.index(kind) for kind in layers}
        rest = [i for i in range(count) if i not in first]
        keep = sorted([*first, *rest[: max(0, DEPTH - len(first))]])
        out |= {k: [v[i] for i in keep] for k, v in lists.items()}
        out |= {k: list(range(len(keep))) for k in numbered}
        out |= {k: len(keep) for k, v in counts.items() if v == count}
    if counts:
        _move_indices(out, list(counts))


def _move_indices(out: Tree, counts: list[str]) -> None:
    """Layers that are named by number become the last ones. There are as many
    layers in the end as such a list names."""
    layers = max(out[k] for k in counts)
    for k in ("first_k_dense_replace", "num_dense_layers", "num_kv_shared_layers"):
        if is_int(out.get(k)):
            out[k] = min(out[k], 0 if "shared" in k else layers - 1)
    for k, v in list(out.items()):
        if INDICES.search(k) and is_list(v) and max(map(abs, v)) >= layers:
            layers = max(len(v), layers)
            out |= dict.fromkeys(counts, layers)
            out[k] = list(range(layers - len(v), layers))


def _few_experts(out: Tree) -> None:
    if any(is_int(v) and EXPERTS.search(k) and v > 8 for k, v in out.items()):
        for k, v in out.items():
            if is_int(v) and (EXPERTS.search(k) or TOP_K.search(k)):
                out[k] = min(v, 8 if EXPERTS.search(k) else 2)
    for k in ("n_group", "topk_group"):
        if is_int(out.get(k)):
            out[k] = min(out[k], 1)
