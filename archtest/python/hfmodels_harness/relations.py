"""What holds between two runs of a model, whatever its weights are.

Each function is a relation: it returns what two ways of asking the same gave,
or None where the question makes no sense. Its docstring is what it means, said
where it fails. The recipe names those that hold for the unmutated library.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F

from .build import Inputs, Model, Outputs, Recipe, apart, floats, infer, make_inputs, parts
from .expect import expect

Pair = tuple[Outputs, Outputs] | None
PADDED = 3
#: What a cache was called before it was called that.
CACHES = ("past_key_values", "cache_params")
#: What goes along with the text, and may not be cut where the text is.
MEDIA = {"pixel_values", "pixel_values_videos", "input_features", "input_values", "mm_token_type_ids", "bbox"}


def takes(model: Model, name: str) -> bool:
    return name in inspect.signature(model.forward).parameters


def setting(model: Model, name: str) -> Any:
    """A value of the config, that of its text part before others."""
    for part in (model.config.get_text_config(), *parts(model.config)):
        if (value := vars(part).get(name)) is not None:
            return value
    return None


def cut(inputs: Inputs, start: int, end: int, length: int) -> Inputs:
    """What is as long as the text, from one place to another."""
    return {
        k: v[:, start:end] if torch.is_tensor(v) and v.dim() > 1 and v.shape[1] == length else v
        for k, v in inputs.items()
    }


def masked(inputs: Inputs, at: slice) -> Inputs:
    mask = torch.ones_like(inputs["attention_mask"])
    mask[0, at] = 0
    return {**inputs, "attention_mask": mask}


def text(recipe: Recipe) -> tuple[Inputs, int] | None:
    """The inputs and the length of the text, of a model that is fed text alone."""
    inputs = make_inputs(recipe)
    ids, mask = inputs.get("input_ids"), inputs.get("attention_mask")
    if ids is None or ids.dim() != 2 or MEDIA & inputs.keys():
        return None
    return None if mask is None or mask.shape != ids.shape else (inputs, ids.shape[1])


def right_padding(model: Model, recipe: Recipe) -> Pair:
    """Padding at the end, hidden by the attention mask, changes nothing before it."""
    if (of := text(recipe)) is None:
        return None
    inputs, n = of
    short = n - PADDED
    ids = inputs["input_ids"].clone()
    ids[:, short:] = setting(model, "pad_token_id") or 0
    mask = torch.ones_like(ids)
    mask[:, short:] = 0
    padded = infer(model, recipe, {**inputs, "input_ids": ids, "attention_mask": mask})
    return cut(floats(padded), 0, short, n), floats(infer(model, recipe, cut(inputs, 0, short, n)))


def cache(model: Model, recipe: Recipe) -> Pair:
    """Step by step with the key-value cache the model says what it says in one pass without."""
    inputs = make_inputs(recipe)
    key = "decoder_input_ids" if "decoder_input_ids" in inputs else "input_ids"
    if key not in inputs or inputs[key].dim() != 2 or not takes(model, "use_cache"):
        return None
    if key == "input_ids" and ("causal" not in recipe or MEDIA & inputs.keys()):
        return None
    n = inputs[key].shape[1]
    ids, state = inputs.pop(key), {}
    inputs.pop("attention_mask" if key == "input_ids" else "decoder_attention_mask", None)
    with torch.no_grad():
        want = model(**{**inputs, key: ids, "use_cache": False})
        got = []
        for start, end in ((0, n - 2), (n - 2, n - 1), (n - 1, n)):
            some = cut(inputs, start, end, n) if key == "input_ids" else inputs
            out = model(**{**some, key: ids[:, start:end], "use_cache": True, **state})
            held = [k for k in ("cache", *CACHES) if getattr(out, k, None) is not None][:1]
            state = {("cache" if takes(model, "cache") else k): getattr(out, k) for k in held}
            if not state:
                return None
            got.append(out["logits" if "logits" in out else "last_hidden_state"])
    name = "logits" if "logits" in want else "last_hidden_state"
    return {name: torch.cat(got, 1)}, {name: want[name]}


def beams(model: Model, recipe: Recipe) -> Pair:
    """Beam search with the cache finds what it finds without."""
    if "generates" not in recipe:
        return None
    found = [generate(model, recipe, num_beams=3, use_cache=c, tokens=6) for c in (True, False)]
    return {"tokens": found[0]}, {"tokens": found[1]}


def attention(model: Model, recipe: Recipe) -> Pair:
    """Attention written out gives what the fused kernel gives, under padding, too."""
    now = model.config._attn_implementation
    other = copy.deepcopy(model)
    try:
        other.set_attn_implementation("sdpa" if now == "eager" else "eager")
    except ValueError:  # the class has one only
        return None
    inputs = make_inputs(recipe)
    mask = inputs.get("attention_mask")
    runs = [inputs]
    if torch.is_tensor(mask) and mask.dim() == 2 and bool(mask.all()):
        runs.append(masked(inputs, slice(-PADDED, None)))
    of = [[floats(infer(m, recipe, i)) for i in runs] for m in (other, model)]
    return tuple({f"{n} ({i})": t for i, o in enumerate(outs) for n, t in o.items()} for outs in of)


def alone(model: Model, recipe: Recipe) -> Pair:
    """The first of a batch alone gives what it gives beside the second."""
    inputs = make_inputs(recipe)
    tensors = [v for v in inputs.values() if torch.is_tensor(v) and v.dim()]
    if any(isinstance(v, list) for v in inputs.values()) or {v.shape[0] for v in tensors} != {2}:
        return None
    first = {k: v[:1] if torch.is_tensor(v) and v.dim() else v for k, v in inputs.items()}
    both = {n: t[:1] for n, t in floats(infer(model, recipe)).items() if t.dim() and t.shape[0] == 2}
    one = floats(infer(model, recipe, first))
    return {n: t for n, t in one.items() if n in both and t.shape == both[n].shape}, both


def keep(model: Model, recipe: Recipe) -> Pair:
    """The logits of the last place, asked for alone, are the last of all logits."""
    if not takes(model, "logits_to_keep") or "logits" not in recipe["outputs"]:
        return None
    inputs = make_inputs(recipe)
    last = infer(model, recipe, {**inputs, "logits_to_keep": 1})["logits"]
    return {"logits": last}, {"logits": infer(model, recipe, inputs)["logits"][:, -1:]}


def loss(model: Model, recipe: Recipe) -> Pair:
    """The loss is the cross entropy of logits and labels, and -100 counts for nothing."""
    inputs = make_inputs(recipe)
    labels = make_labels(model, recipe, inputs)
    name = type(model).__name__
    kind = next((k for k in KNOWN if name.endswith(k)), None)
    if not torch.is_tensor(labels) or kind is None:
        return None
    out = infer(model, recipe, {**inputs, "labels": labels})
    # What a decoder alone says in a place is the next token.
    shift = int(kind in GENERATIVE and not model.config.is_encoder_decoder)
    logits = out["logits"].float()
    if labels.dim() > 1:
        logits, labels = logits[:, : logits.shape[1] - shift], labels[:, shift:]
    want = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), labels.reshape(-1), ignore_index=-100)
    return {"loss": out["loss"]}, {"loss": want}


#: The classes whose loss is a plain cross entropy.
GENERATIVE = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")
KNOWN = (*GENERATIVE, "ForMaskedLM", "ForTokenClassification", "ForSequenceClassification")
KNOWN += ("ForImageClassification",)


def make_labels(model: Model, recipe: Recipe, inputs: Inputs) -> Any:
    """Labels that fit to a class, or None: for text the tokens themselves, some of
    them -100, which stands for no label."""
    if not takes(model, "labels"):
        return None
    name, g = type(model).__name__, torch.Generator().manual_seed(5)
    classes, batch = model.config.num_labels, 2

    def some(high: int, *shape: int) -> torch.Tensor:
        return torch.randint(0, high, shape, generator=g)

    if "ObjectDetection" in name:
        boxes = torch.tensor([[0.3, 0.4, 0.2, 0.3], [0.6, 0.5, 0.3, 0.2]])
        return [{"class_labels": torch.tensor([0, 1]), "boxes": boxes} for _ in range(batch)]
    if any(k in name for k in ("SequenceClassification", "ImageClassification", "AudioClassification")):
        return torch.arange(batch) % classes
    if any(k in name for k in ("VideoClassification", "MultipleChoice", "NextSentence")):
        return torch.arange(batch) % (1 if "MultipleChoice" in name else classes)
    if "Segmentation" in name and "pixel_values" in inputs:
        pixels = some(classes, batch, *inputs["pixel_values"].shape[-2:])
        pixels[:, :4] = 255
        return pixels
    if "CTC" in name:
        return 2 + some(18, batch, 5)
    ids = inputs.get("decoder_input_ids", inputs.get("input_ids"))
    if ids is None:
        return None
    ids = some(classes, *ids.shape) if "TokenClassification" in name else ids.clone()
    ids[:, -1] = ids[:, 2] = -100
    return ids


def generate(model: Model, recipe: Recipe, tokens: int = 3, **how: Any) -> torch.Tensor:
    no = ("use_cache", "decoder_input_ids", "decoder_attention_mask")
    inputs = {k: v for k, v in make_inputs(recipe).items() if k not in no}
    settings = model.generation_config
    if model.config.is_encoder_decoder and settings.decoder_start_token_id is None:
        inputs["decoder_start_token_id"] = 0
    torch.manual_seed(0)
    inputs |= {"max_new_tokens": tokens, "min_new_tokens": tokens, "do_sample": False, "num_beams": 1, **how}
    with torch.no_grad():
        out = model.generate(**inputs)
    return out if isinstance(out, torch.Tensor) else next(iter(out.values()))


RELATIONS: tuple[Callable[[Model, Recipe], Pair], ...]
RELATIONS = (right_padding, cache, beams, attention, alone, keep, loss)
#: Two ways of rounding the same differ by less, as a part of an output's size.
NEAR = 1e-3


def checked(relation: Callable[[Model, Recipe], Pair]) -> Callable[..., None]:
    """The relation as a check, for the recipes that say it holds."""
    name = relation.__name__

    def check(recipe: Recipe, model: Model, _: Outputs) -> None:
        if name not in recipe.get("holds", []):
            return
        pair = relation(model, recipe)
        expect(pair is not None, name, "does not apply any more, and did when the recipe was made")
        d, where = apart(*pair)
        means = relation.__doc__.rstrip(".")
        expect(d <= NEAR, name, f"{means}: here {where} differs by {d:.2g} of its size, {NEAR} are rounding")

    check.__name__ = f"check_{name}"
    return check
