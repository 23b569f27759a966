"""What a model is asked: with other inputs, in steps, through its other classes and its processors."""

from __future__ import annotations

import contextlib
import copy
import inspect
import math
import re
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
import transformers

from .build import (
    Inputs,
    Model,
    Outputs,
    Recipe,
    Row,
    answer,
    floats,
    infer,
    make_inputs,
    make_model,
    nudge,
    parts,
)

Question = Callable[[], Outputs]
PADDED = 3
#: What a cache is and was called.
CACHES = ("cache", "past_key_values", "cache_params", "state")
#: What goes along with the text, and may not be cut where the text is.
MEDIA = {"pixel_values", "pixel_values_videos", "input_features", "input_values", "mm_token_type_ids", "bbox"}


def takes(model: Model, name: str) -> bool:
    return name in inspect.signature(model.forward).parameters


def setting(model: Model, name: str) -> Any:
    """A value of the config, that of its text part before others."""
    config = model.config
    with contextlib.suppress(ValueError):  # it has two text parts
        config = config.get_text_config()
    for part in (config, *parts(model.config)):
        if (value := vars(part).get(name)) is not None:
            return value
    return None


def cut(inputs: Inputs, start: int, end: int, length: int) -> Inputs:
    """What is as long as the text, from one place to another."""
    return {
        k: v[:, start:end] if torch.is_tensor(v) and v.dim() > 1 and v.shape[1] == length else v
        for k, v in inputs.items()
    }


def hidden(model: Model, inputs: Inputs, at: slice) -> Inputs:
    """The inputs with padding in some places of the first sample."""
    mask = torch.ones_like(inputs["attention_mask"])
    mask[0, at] = 0
    inputs = {**inputs, "attention_mask": mask}
    if "input_ids" in inputs:
        inputs["input_ids"] = inputs["input_ids"].clone()
        inputs["input_ids"][0, at] = setting(model, "pad_token_id") or 0
    return inputs


def text(inputs: Inputs) -> bool:
    """Whether a model is fed text alone, with a mask."""
    ids, mask = inputs.get("input_ids"), inputs.get("attention_mask")
    return ids is not None and ids.dim() == 2 and not MEDIA & inputs.keys() and mask is not None


def questions(model: Model, recipe: Recipe, names: Iterable[str], noise: float = 0) -> dict[str, Question]:
    """What can be asked of a model, and of the classes that are named. A question that
    makes no sense for it raises an error, and is then not in the recipe."""
    inputs, settings = make_inputs(recipe), inspect.signature(model.forward).parameters
    ids = inputs.get("input_ids")

    def ask(**more: Any) -> Question:
        return lambda: infer(model, recipe, {**inputs, **more})

    found = {"the inputs": ask()}
    for i, run in enumerate(recipe.get("also", [])):
        found[f"further inputs {i + 1}"] = lambda run=run: infer(model, {**recipe, **run, "outputs": {}})
    hiding = masks(model, inputs)
    found |= {f"{name} hides a part": ask(**{name: mask}) for name, mask in hiding.items()}
    if aim := targets(model, inputs):
        found["labels"] = ask(**aim)
        if setting(model, "output_router_logits") is not None:
            found["router logits"] = ask(**aim, output_router_logits=True)
    for name, p in settings.items():
        if "bool" in str(p.annotation) and name not in inputs and not re.search(USUAL, name):
            found[f"{name} is {not p.default}"] = ask(**{name: not p.default})
    if "pixel_values" in inputs:
        pixels = inputs["pixel_values"]
        more = {"interpolate_pos_encoding": True} if takes(model, "interpolate_pos_encoding") else {}
        found["a wide picture"] = ask(
            **more, pixel_values=torch.cat([pixels, pixels[..., : pixels.shape[-1] // 2]], -1)
        )
    if ids is not None and ids.dim() == 2:
        odd = (2 * torch.arange(ids.shape[1]) + 1).expand(ids.shape)
        for name, value in (("position_ids", odd), ("token_type_ids", odd // 2 % 2)):
            if takes(model, name) and name not in inputs:
                found[f"odd {name}"] = ask(**{name: value})
        end = setting(model, "eos_token_id")
        if isinstance(end, int):
            found["an end token"] = ask(input_ids=torch.cat([ids[:, :-2], ids[:, -2:] * 0 + end], 1))
    left: Inputs = {}
    if text(inputs):
        left = hidden(model, inputs, slice(0, PADDED))
        found["left padding"] = lambda: shown(infer(model, recipe, left), left["attention_mask"])
        if takes(model, "inputs_embeds"):
            embed = model.get_input_embeddings
            found["embeddings"] = lambda: ask(input_ids=None, inputs_embeds=embed()(ids).detach())()
    states = ask(output_hidden_states=True)
    found["hidden states"] = lambda: {n: t for n, t in states().items() if "hidden_states" in n}
    if takes(model, "logits_to_keep"):
        found["the last logits"] = ask(logits_to_keep=1)
    if takes(model, "use_cache"):
        found["step by step"] = lambda: stepwise(model, recipe)
    if any(vars(p).get("rope_parameters") for p in parts(model.config)):
        for kind, rope in ROPES.items():
            more = {**recipe, "rope": {"rope_type": kind, **rope}}
            found[f"{kind} positions"] = lambda more=more: infer(nudge(make_model(more), noise), recipe)
    found["other attention"] = lambda: otherwise(
        model, recipe, {**inputs, **{k: m for k, m in hiding.items() if k == "attention_mask"}}
    )
    if getattr(model, "can_generate", bool)():
        for name, how in WAYS.items():
            found[name] = lambda how=how: generate(model, inputs, **how)
        if left and not model.config.is_encoder_decoder:
            found["generation after padding"] = lambda: generate(model, left)
    found["what is saved"] = lambda: saved(model)
    return found | {name: lambda name=name: by_class(name, recipe, noise) for name in names}


#: Questions that have the answer of another, whatever the weights are. The search
#: notes where the library as it is says something else.
ALIKE = {
    "step by step": ("the inputs",),
    "other attention": ("attention_mask hides a part", "the inputs"),
    "embeddings": ("the inputs",),
    "beam search": ("beam search without a cache",),
}
WAYS: dict[str, Row] = {
    "generation": {"tokens": 3},
    "beam search": {"tokens": 6, "num_beams": 3, "use_cache": True},
    "beam search without a cache": {"tokens": 6, "num_beams": 3, "use_cache": False},
}
#: Settings of what is returned, not of what is computed.
USUAL = "return_|output_(attentions|hidden_states)|cache"
#: Stretched positions, strong enough to show in a short text.
ROPES: dict[str, Row] = {
    "linear": {"factor": 4.0},
    "yarn": {"factor": 4.0, "original_max_position_embeddings": 64, "mscale": 0.7, "mscale_all_dim": 1.0},
    "llama3": {"factor": 4.0, "original_max_position_embeddings": 16, "low_freq_factor": 1.0},
}
ROPES["llama3"]["high_freq_factor"] = 4.0
#: Masks, but those that say what is to be filled in.
MASK = re.compile("mask|padding|observed")
NOT_MASK = re.compile("head_mask|mask_(time|labels|feature)|masked|causal|(prompt|input)_masks|cross_attn")


def masks(model: Model, inputs: Inputs) -> dict[str, torch.Tensor]:
    """Masks that hide the last quarter of the first sample, and of pictures the half,
    of those that the model takes and that hide nothing in the recipe."""
    found = {}
    for name in inspect.signature(model.forward).parameters:
        if not MASK.search(name) or NOT_MASK.search(name):
            continue
        of = inputs.get(MASKED.get(name, ""))
        mask = inputs.get(name, None if of is None else torch.ones_like(of, dtype=torch.int64))
        if name == "pixel_mask" and name not in inputs and mask is not None:
            mask = mask[:, 0]
        if torch.is_tensor(mask) and mask.dim() > 1 and bool((mask == mask.flatten()[0]).all()):
            mask, shows = mask.clone(), mask.flatten()[0]
            along = 1 if mask.dim() == 2 or name == "past_observed_mask" else -1
            n = mask.shape[along] // 2 if name == "pixel_mask" else max(1, mask.shape[along] // 4)
            mask[:1].narrow(along, mask.shape[along] - n, n).fill_(not shows)
            if name == "pixel_mask":
                mask[1:, -n:] = not shows
            found[name] = mask
    return found


#: What a mask is as large as, where the recipe feeds none.
MASKED = {
    "pixel_mask": "pixel_values",
    "past_observed_mask": "past_values",
    "attention_mask": "input_values",
    "padding_mask": "input_values",
    "decoder_attention_mask": "decoder_input_ids",
}


def shown(out: Outputs, mask: torch.Tensor) -> Outputs:
    """Without what stands at hidden places, where anything may come out."""
    return {
        n: t * mask.reshape(*mask.shape, *[1] * (t.dim() - 2)).to(t.dtype) if t.shape[:2] == mask.shape else t
        for n, t in floats(out).items()
    }


def saved(model: Model) -> Outputs:
    """The weights as they are written, by name: that they can be read again does not show that
    others can."""
    from safetensors.torch import load_file

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        model.save_pretrained(folder)
        files = sorted(Path(folder).glob("*.safetensors"))
        tensors = {n: t for file in files for n, t in floats(load_file(file)).items()}
        return {"weights": torch.tensor([answer(n, t)[0] for n, t in sorted(tensors.items())])}


def stepwise(model: Model, recipe: Recipe) -> Outputs:
    """The answer to the inputs in three steps, with a cache between them."""
    inputs = make_inputs(recipe)
    key = "decoder_input_ids" if "decoder_input_ids" in inputs else "input_ids"
    n = inputs[key].shape[1]
    ids, state, got = inputs.pop(key), {}, []
    inputs.pop(key.replace("input_ids", "attention_mask"), None)
    for start, end in ((0, n - 2), (n - 2, n - 1), (n - 1, n)):
        some = cut(inputs, start, end, n) if key == "input_ids" else inputs
        with torch.no_grad():
            out = model(**{**some, key: ids[:, start:end], "use_cache": True, **state})
        held = next(k for k in CACHES if getattr(out, k, None) is not None)
        state = {("cache" if takes(model, "cache") else held): getattr(out, held)}
        got.append(out["logits" if "logits" in out else "last_hidden_state"])
        if got[0].dim() < 3:
            raise ValueError("its answer is not one for each token")
        if got[0].shape[1] > n - 2:  # what it puts before the text is in the cache
            inputs = {}
    return {"logits" if "logits" in out else "last_hidden_state": torch.cat(got, 1)}


def otherwise(model: Model, recipe: Recipe, inputs: Inputs) -> Outputs:
    """With attention written out instead of fused, or the other way round."""
    other = copy.deepcopy(model)
    other.set_attn_implementation("sdpa" if model.config._attn_implementation == "eager" else "eager")
    return infer(other, recipe, inputs)


def targets(model: Model, inputs: Inputs) -> Inputs:
    """What a class computes its loss from: for text the tokens themselves, some of
    them -100, which stands for no label. Nothing where that is not known."""
    found = {n: torch.arange(2) + k for n, k in PLACES.items() if takes(model, n)}
    if takes(model, "return_loss"):
        found["return_loss"] = True
    if takes(model, "labels") and (labels := make_labels(model, inputs)) is not None:
        found["labels"] = labels
    return found


#: Labels that are a number for each sample, and the first of them.
PLACES = {"start_positions": 1, "end_positions": 3, "next_sentence_label": 0, "sentence_order_label": 0}


def make_labels(model: Model, inputs: Inputs) -> Any:
    name, g = type(model).__name__, torch.Generator().manual_seed(5)
    classes, batch = model.config.num_labels, 2

    def some(high: int, *shape: int) -> torch.Tensor:
        return torch.randint(0, high, shape, generator=g)

    if "ObjectDetection" in name:
        boxes = torch.tensor([[0.3, 0.4, 0.2, 0.3], [0.6, 0.5, 0.3, 0.2]])
        return [{"class_labels": torch.tensor([0, 1]), "boxes": boxes} for _ in range(batch)]
    if re.search("(Sequence|Image|Audio|Video)Classification|MultipleChoice|NextSentence", name):
        return torch.arange(batch) % classes
    if "Segmentation" in name and "pixel_values" in inputs:
        pixels = some(classes, batch, *inputs["pixel_values"].shape[-2:])
        pixels[:, :4] = 255
        return pixels
    if "CTC" in name:
        labels = some(20, batch, 7)
        labels[:, -2:] = -100
        return labels
    ids = inputs.get("decoder_input_ids", inputs.get("input_ids"))
    if ids is None:
        return None
    ids = some(classes, *ids.shape) if "TokenClassification" in name else ids.clone()
    ids[:, -1] = ids[:, 2] = -100
    return ids


def generate(model: Model, inputs: Inputs, tokens: int = 3, **how: Any) -> Outputs:
    no = ("use_cache", "decoder_input_ids", "decoder_attention_mask")
    inputs = {k: v for k, v in inputs.items() if k not in no}
    if model.config.is_encoder_decoder and model.generation_config.decoder_start_token_id is None:
        inputs["decoder_start_token_id"] = 0
    torch.manual_seed(0)
    inputs |= {"max_new_tokens": tokens, "min_new_tokens": tokens, "do_sample": False, "num_beams": 1, **how}
    with torch.no_grad():
        try:
            out = model.generate(**inputs, return_dict_in_generate=True, output_logits=True)
        except (TypeError, ValueError):  # a method of its own
            out = model.generate(**inputs)
    found = {"tokens": (out if torch.is_tensor(out) else next(iter(out.values()))).double()}
    # The same token may come out though the numbers behind it are others.
    return found | ({"logits": torch.stack(out.logits)} if getattr(out, "logits", None) else {})


PICTURES = ("ImageProcessor", "VideoProcessor")


def by_class(name: str, recipe: Recipe, noise: float) -> Outputs:
    if name.endswith((*PICTURES, "FeatureExtractor")):
        return processed(name)
    return head(name, recipe, noise)


def head(name: str, recipe: Recipe, noise: float) -> Outputs:
    """What another class of the architecture makes of the recipe's inputs, the
    last of them hidden, and of labels if it takes some. The recipe says where a
    class is built or fed otherwise."""
    own = recipe.get("classes", {}).get(name, {})
    recipe = {**recipe, "class": name, **own, "config": recipe["config"] | own.get("config", {})}
    if "SequenceClassification" in name:
        # It reads the last token that is not padding, or the end token.
        recipe["config"].setdefault("pad_token_id", 4)
    model = nudge(make_model(recipe), noise)
    whole = {k: v for k, v in make_inputs(recipe).items() if takes(model, k)}
    inputs = whole
    if text(inputs) and takes(model, "attention_mask"):
        inputs = hidden(model, inputs, slice(-3, None))
        end = setting(model, "eos_token_id")
        if "SequenceClassification" in name and isinstance(end, int):
            ids = inputs["input_ids"]
            ids[ids == end] = 5
            ids[:, [2, 5]] = end
            # What the decoder reads is made from the same tokens.
            inputs = {k: v for k, v in inputs.items() if not k.startswith("decoder_")}
    inputs = inputs | masks(model, inputs)
    if "MultipleChoice" in name:
        inputs = {
            k: torch.stack([v, v.roll(1, -1)], 1) if torch.is_tensor(v) else v for k, v in inputs.items()
        }
    # Its labels may be of another kind, and what is hidden may have to be there.
    errors = []
    for some in (inputs, whole):
        for aim in (targets, lambda *_: {}):
            try:
                return floats(infer(model, recipe, some | aim(model, some)))
            except Exception as err:
                errors.append(err)
    raise errors[0]


def processed(name: str) -> Outputs:
    """What a processor makes, with its defaults, of two pictures, a clip or a tone."""
    import numpy as np

    first = (np.indices((80, 96)).sum(0)[..., None] * np.array([1, 2, 3]) % 255).astype("uint8")
    second = (np.indices((90, 70)).prod(0)[..., None] * np.array([3, 1, 2]) % 255).astype("uint8")
    of = getattr(transformers, name)()
    if name.endswith("ImageProcessor"):
        made = of([first, second], return_tensors="pt")
    elif name.endswith("VideoProcessor"):
        clip = np.stack([np.roll(first, 9 * i, 1) for i in range(8)])
        made = of(videos=[clip], do_sample_frames=False, return_tensors="pt")
    else:
        rate = getattr(of, "sampling_rate", 16000)
        t = np.arange(rate) / rate
        wave = (0.5 * np.sin(2 * math.pi * 440 * t) + 0.1 * np.sin(2 * math.pi * 3000 * t)).astype("float32")
        made = of(wave, sampling_rate=rate, return_tensors="pt")
    found = {k: v.double() for k, v in made.items() if torch.is_tensor(v)}
    # A colour that is shifted as a whole hardly shows in a weighed sum of many pixels.
    means = {k: v.mean(tuple(range(v.dim() - 3)) + (-1, -2)) for k, v in found.items() if v.dim() > 3}
    return found | {f"{k}: colours": v for k, v in means.items()}
