"""Bugs as people make them in a library, one at a time: the tests of an architecture see each."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

import torch.nn.functional as F
from transformers.masking_utils import create_causal_mask

from hfmodels_harness import levels


def forgetful(real: Any) -> Any:
    """A cache that hands out the newest key only."""

    def update(self: Any, *args: Any, **kwargs: Any) -> Any:
        n = args[0].shape[-2]
        keys, values = real(self, *args, **kwargs)
        return (keys[:, :, -n:], values[:, :, -n:]) if n == 1 else (keys, values)

    return update


def without_bias(_: Any) -> Any:
    return lambda self, x: F.layer_norm(x, self.normalized_shape, self.weight, None, self.eps)


def unshifted(_: Any) -> Any:
    return lambda logits, labels, vocab_size, **__: F.cross_entropy(
        logits.view(-1, vocab_size), labels.view(-1)
    )


def counted(real: Any) -> Any:
    return lambda source, target, *args, **kwargs: real(source, target.clamp(min=0), *args, **kwargs)


def swapped(real: Any) -> Any:
    return lambda q, k, cos, sin, *args, **kwargs: real(q, k, sin, cos, *args, **kwargs)


def config_with(**wrong: Any) -> Callable[[Any], Any]:
    return lambda real: lambda self, *args, **kwargs: real(self, *args, **{**wrong, **kwargs})


def without_residual(_: Any) -> Any:
    return lambda self, hidden, __: self.LayerNorm(self.dense(hidden))


def imprecise(_: Any) -> Any:
    return lambda self, x: self.weight * x * (x.pow(2).mean(-1, True) + self.variance_epsilon).rsqrt()


def instead(value: Any) -> Callable[[Any], Any]:
    return lambda _: value


def unmasked(*_: Any, **__: Any) -> None:
    return None


def last_token(self: Any, hidden: Any) -> Any:
    return self.activation(self.dense(hidden[:, -1]))


def left_on(self: Any, x: Any) -> Any:
    return F.dropout(x, self.p, training=True)


LOSS = "transformers.loss.loss_utils"
BERT, LLAMA = "bert.modeling_bert", "llama.modeling_llama"
#: What is wrong, the architecture, what is changed and how, and the check that sees it.
MUTANTS = {
    "residual lost": ("bert", f"{BERT}:BertOutput.forward", without_residual, "answers: .*the inputs"),
    "bias lost that starts as 0": ("bert", "torch.nn:LayerNorm.forward", without_bias, "answers"),
    "mask ignored": ("bert", f"{BERT}:create_bidirectional_mask", instead(unmasked), "answers: .*hides"),
    "another token pooled": ("bert", f"{BERT}:BertPooler.forward", instead(last_token), "answers: .*BertFor"),
    "dropout left on": ("bert", "torch.nn:Dropout.forward", instead(left_on), "same twice"),
    "default changed": ("bert", "bert:BertConfig.__init__", config_with(layer_norm_eps=1e-5), "defaults"),
    "cache forgets": ("llama", "transformers.cache_utils:DynamicLayer.update", forgetful, "answers"),
    "rotary swapped": ("llama", f"{LLAMA}:apply_rotary_pos_emb", swapped, "answers"),
    "labels not shifted": ("llama", f"{LOSS}:LOSS_MAPPING.ForCausalLM", unshifted, "answers: .*labels"),
    "-100 counts": ("llama", f"{LOSS}:fixed_cross_entropy", counted, "answers: .*labels"),
    "later tokens seen": ("llama", f"{LLAMA}:create_causal_mask", instead(unmasked), "answers"),
    "norm in bfloat16": ("llama", f"{LLAMA}:LlamaRMSNorm.forward", imprecise, "precision"),
    "window ignored": (
        "mistral",
        "mistral.modeling_mistral:create_sliding_window_causal_mask",
        instead(create_causal_mask),
        "answers",
    ),
    "colours not normalised": (
        "vit",
        "vit:ViTImageProcessor.image_mean",
        instead([0.0] * 3),
        "answers: .*ViTIm",
    ),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_mutants(monkeypatch: pytest.MonkeyPatch, mutant: str) -> None:
    arch, target, change, seen = MUTANTS[mutant]
    module, path = target.split(":")
    prefix = "" if module.startswith("t") else "transformers.models."
    found: Any = importlib.import_module(prefix + module)
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
