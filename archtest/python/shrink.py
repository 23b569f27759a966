"""Rules that make a config tiny. They work on the plain dictionary of a config,
whole trees at once, so that widths that must agree are divided alike."""

from __future__ import annotations

import dataclasses
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
TOKEN = re.compile(r"(_id|_ids|_index|_idx|_type)$")
NOT_TOKEN = re.compile(r"layer|feature|label|lang|num_")
INDICES = re.compile(
    r"out_indices|deepstack_visual_indexes|vision_feature_layer|fullatt_block_indexes"
    r"|full_attention_layers|global_attn_indexes|select_layers?"
)
SIDE = re.compile(r"(^|_)(image_size|img_size|input_size|crop_size)$")
VOCAB = 4096


def shrink(tree: Tree, divisor: int, depth: int | None, image: int | None) -> Tree:
    """A copy of the tree with narrow layers, few of them, few experts and a
    small vocabulary. depth None and image None leave those as they are."""
    sizes = map(int, re.findall(r"'vocab_size': (\d+)", str(tree)))
    limit = min([VOCAB, *(v for v in sizes if v > 64)])
    return _Shrink(divisor, depth, image, limit).tree(tree)


def is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


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
        return out

    def number(self, key: str, value: int, tree: Tree) -> int:
        if WIDTH.search(key) and not NOT_WIDTH.search(key):
            narrow, rest = divmod(value, self.divisor)
            return narrow if not rest and narrow >= 4 else value
        if "vocab_size" in key:
            return min(value, VOCAB)
        if key == "max_source_positions" and tree.get("num_mel_bins"):
            return min(value, 50)  # the tower wants sounds of just that length
        if self.image and SIDE.search(key):  # whole patches, two at least
            patch = tree.get("patch_size")
            patch = patch[-1] if is_list(patch) else patch
            patch = patch if is_int(patch) and patch > 0 else 16
            return min(value, max(self.image // patch, 2) * patch)
        if TOKEN.search(key) and not NOT_TOKEN.search(key) and value >= self.limit:
            return self.tokens.setdefault(value, self.limit - 1 - len(self.tokens))
        return value


def _repair_heads(out: Tree) -> None:
    """Heads that do not divide the new width become as many as fit; rotary
    embeddings over two axes want a head of a multiple of four."""
    widths = ("hidden_size", "d_model", "embed_dim", "n_embd", "dim")
    width = next((out[k] for k in widths if is_int(out.get(k))), None)
    if not width or is_int(out.get("head_dim")):
        return
    for key in ("num_attention_heads", "num_heads", "n_head", "attention_heads"):
        heads = out.get(key)
        if not is_int(heads) or heads < 1 or width % (4 * heads) == 0:
            continue
        out[key] = next((h for h in range(heads, 0, -1) if width % (4 * h) == 0), heads)
    if "head_dim" in out and is_int(out.get("num_attention_heads")):
        out["head_dim"] = width // out["num_attention_heads"]


def _cut_layers(out: Tree, depth: int) -> None:
    """The first layer of every kind, and at least `depth`."""
    counts = {k: v for k, v in out.items() if is_int(v) and v > depth and DEPTH.search(k)}
    for count in set(counts.values()):
        lists = {k: v for k, v in out.items() if is_list(v) and len(v) == count}
        kinds = {k: v for k, v in lists.items() if not INDICES.search(k)}
        numbered = [k for k, v in kinds.items() if list(v) == list(range(count))]
        kinds = {k: v for k, v in kinds.items() if k not in numbered}
        layers = [str(kind) for kind in zip(*kinds.values(), strict=True)]
        first = {layers.index(kind) for kind in layers}
        extra = [i for i in range(count) if i not in first]
        keep = sorted([*first, *extra[: max(0, depth - len(first))]])
        out |= {k: [v[i] for i in keep] for k, v in kinds.items()}
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
        if not INDICES.search(k) or not v:
            continue
        if is_list(v) and max(map(abs, v)) >= layers:
            layers = max(len(v), layers)
            out |= dict.fromkeys(counts, layers)
            out[k] = list(range(layers - len(v), layers))
        elif is_int(v) and not -layers <= v < layers:
            out[k] = layers - 1 if v > 0 else -1


def _few_experts(out: Tree) -> None:
    if any(is_int(v) and EXPERTS.search(k) and v > 8 for k, v in out.items()):
        for k, v in out.items():
            if is_int(v) and (EXPERTS.search(k) or TOP_K.search(k)):
                out[k] = min(v, 8 if EXPERTS.search(k) else 2)
    for k in ("n_group", "topk_group"):
        if is_int(out.get(k)):
            out[k] = min(out[k], 1)
