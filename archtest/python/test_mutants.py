"""Bugs as people make them in a library, one at a time: the tests of an architecture see each."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

import torch.nn.functional as F

from hfmodels_harness import levels

Change = Callable[[Any], Any]


def without_residual(_: Any) -> Any:
    return lambda self, hidden, __: self.LayerNorm(self.dropout(self.dense(hidden)))


def without_bias(_: Any) -> Any:
    return lambda self, x: F.layer_norm(x, self.normalized_shape, self.weight, None, self.eps)


def counted(real: Any) -> Any:
    """A loss for which -100 is a token like others."""
    return lambda source, target, *args, **kwargs: real(source, target.clamp(min=0), *args, **kwargs)


def forgetful(real: Any) -> Any:
    """A cache that hands out the newest key only."""

    def update(self: Any, *args: Any, **kwargs: Any) -> Any:
        keys, values = real(self, *args, **kwargs)
        n = args[0].shape[-2]
        return (keys[:, :, -n:], values[:, :, -n:]) if n == 1 else (keys, values)

    return update


def swapped(real: Any) -> Any:
    return lambda q, k, cos, sin, *args, **kwargs: real(q, k, sin, cos, *args, **kwargs)


def unshifted(_: Any) -> Any:
    def loss(logits: Any, labels: Any, vocab_size: int, **__: Any) -> Any:
        return F.cross_entropy(logits.float().view(-1, vocab_size), labels.view(-1))

    return loss


def constant(value: Any) -> Change:
    return lambda _: value


def nothing(_: Any) -> Any:
    return lambda *args, **kwargs: None


def last_token(_: Any) -> Any:
    return lambda self, hidden: self.activation(self.dense(hidden[:, -1]))


def left_on(_: Any) -> Any:
    return lambda self, x: F.dropout(x, self.p, training=True)


def config_with(**wrong: Any) -> Change:
    def init(real: Any) -> Any:
        return lambda self, *args, **kwargs: real(self, *args, **{**wrong, **kwargs})

    return init


def full_window(_: Any) -> Any:
    from transformers.masking_utils import create_causal_mask

    return create_causal_mask


MODELS = "transformers.models."
LOSS = "transformers.loss.loss_utils"
MUTANTS = [
    ("residual lost", "bert", "bert.modeling_bert:BertOutput.forward", without_residual, "answer"),
    ("bias lost that starts as 0", "bert", "torch.nn:LayerNorm.forward", without_bias, "answer"),
    ("mask ignored", "bert", "bert.modeling_bert:create_bidirectional_mask", nothing, "padding"),
    ("another token pooled", "bert", "bert.modeling_bert:BertPooler.forward", last_token, "heads"),
    ("dropout left on", "bert", "torch.nn:Dropout.forward", left_on, "same twice"),
    ("default changed", "bert", "bert:BertConfig.__init__", config_with(layer_norm_eps=1e-5), "defaults"),
    ("cache forgets", "llama", "transformers.cache_utils:DynamicLayer.update", forgetful, "cache"),
    ("rotary swapped", "llama", "llama.modeling_llama:apply_rotary_pos_emb", swapped, "answer"),
    ("labels not shifted", "llama", f"{LOSS}:LOSS_MAPPING.ForCausalLM", unshifted, "loss"),
    ("-100 counts", "llama", f"{LOSS}:fixed_cross_entropy", counted, "loss"),
    (
        "window ignored",
        "mistral",
        "mistral.modeling_mistral:create_sliding_window_causal_mask",
        full_window,
        "answer",
    ),
    ("colours not normalised", "vit", "vit:ViTImageProcessor.image_mean", constant([0.0] * 3), "processed"),
    ("later tokens seen", "llama", "llama.modeling_llama:create_causal_mask", nothing, "causal|padding"),
]


@pytest.mark.parametrize(
    ("arch", "target", "change", "seen"), [m[1:] for m in MUTANTS], ids=[m[0] for m in MUTANTS]
)
def test_mutants(monkeypatch: pytest.MonkeyPatch, arch: str, target: str, change: Change, seen: str) -> None:
    module, path = target.split(":")
    found: Any = importlib.import_module(
        module if module.startswith(("torch", "transf")) else MODELS + module
    )
    *owners, name = path.split(".")
    for owner in owners:
        found = getattr(found, owner)
    if isinstance(found, dict):
        monkeypatch.setitem(found, name, change(found[name]))
    else:
        monkeypatch.setattr(found, name, change(getattr(found, name)))
    tests = vars(importlib.import_module(f"test_hf_{arch}"))
    test = next(c for n, c in tests.items() if n.startswith("Test"))()
    with pytest.raises(Exception, match=f"^({seen})"):
        levels.run("contract", test)
        levels.run("tiny", test)
