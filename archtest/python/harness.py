"""What the per-architecture tests call: build from a recipe, feed, run, compare.

A recipe is data that probe.py found once. Nothing here searches: a recipe that
no longer works fails, with a message that says what differs. The three levels
are `contract` (the installed library against the row), `tiny` (a real forward
pass at a tiny size with random weights) and `hub` (the pick itself, opt-in).
"""

from __future__ import annotations

import importlib
import json
import math
import os
import re
import resource
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
if os.environ.get("HFMODELS_HUB") != "1":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
import transformers

Row = dict[str, Any]
Recipe = dict[str, Any]
Inputs = dict[str, Any]
Outputs = dict[str, torch.Tensor]
#: The fixture that keeps what a level measured.
Record = Callable[[Row], None]

SEED = 0
#: Random weights are small, so differences are; this is float32 noise on a CPU.
TOLERANCE = 1e-4


class Skip(Exception):
    """A level that cannot run, with the reason for the reader."""


# --- inputs -----------------------------------------------------------------


def _ids(spec: Row, g: torch.Generator) -> torch.Tensor:
    """Token ids in [low, high); `place` lays fixed runs [start, token, count]
    over every row (image tokens, an end token)."""
    ids = torch.randint(spec["low"], spec["high"], spec["shape"], generator=g)
    for start, token, count in spec.get("place", []):
        ids[..., start : start + count] = token
    return ids


def _picture(spec: Row, g: torch.Generator) -> torch.Tensor:
    """Normalised pictures or clips: a slanted gradient and some noise, so that
    neither edges nor texture are missing."""
    shape = spec["shape"]
    rows = torch.linspace(-1, 1, shape[-2]).unsqueeze(1)
    columns = torch.linspace(-1, 1, shape[-1]).unsqueeze(0)
    angle = float(torch.rand(1, generator=g)) * math.pi
    gradient = math.cos(angle) * rows + math.sin(angle) * columns
    return gradient + 0.5 * torch.randn(shape, generator=g)


def _wave(spec: Row, g: torch.Generator) -> torch.Tensor:
    """A tone with noise, as from a 16 kHz microphone."""
    shape = spec["shape"]
    pitch = 200 + 400 * float(torch.rand(1, generator=g))
    t = torch.arange(shape[-1]) / 16000
    return 0.5 * torch.sin(2 * math.pi * pitch * t) + 0.05 * torch.randn(
        shape, generator=g
    )


def _boxes(spec: Row, g: torch.Generator) -> torch.Tensor:
    """Boxes x0 <= x1, y0 <= y1 on a page of 1000 by 1000."""
    points = torch.randint(0, 1000, (*spec["shape"][:-1], 2, 2), generator=g)
    return points.sort(dim=-2).values.flatten(-2)


def _patches(spec: Row, g: torch.Generator) -> torch.Tensor:
    """Flattened patches: row and column (from 1), then the pixels."""
    patches = torch.randn(spec["shape"], generator=g)
    side = math.isqrt(spec["shape"][1])
    index = torch.arange(spec["shape"][1])
    patches[..., 0] = 1 + index // side
    patches[..., 1] = 1 + index % side
    return patches


def _runs(spec: Row, _: torch.Generator) -> torch.Tensor:
    """Whole numbers, written as runs [value, count] in row-major order."""
    flat = [v for value, count in spec["runs"] for v in [value] * count]
    return torch.tensor(flat, dtype=_dtype(spec)).reshape(spec["shape"])


def _dtype(spec: Row) -> torch.dtype:
    return getattr(torch, spec.get("dtype", "int64"))


KINDS: dict[str, Callable[[Row, torch.Generator], Any]] = {
    "ids": _ids,
    "picture": _picture,
    "wave": _wave,
    "boxes": _boxes,
    "patches": _patches,
    "runs": _runs,
    "normal": lambda s, g: torch.randn(s["shape"], generator=g),
    "uniform": lambda s, g: torch.rand(s["shape"], generator=g),
    "full": lambda s, g: torch.full(s["shape"], s["value"], dtype=_dtype(s)),
    "values": lambda s, g: torch.tensor(s["values"], dtype=_dtype(s)),
    "constant": lambda s, g: s["value"],
    "list": lambda s, g: [KINDS[i["kind"]](i, g) for i in s["items"]],
}
#: The kinds whose content changes with the seed.
VARYING = {"ids", "picture", "wave", "boxes", "patches", "normal", "uniform", "list"}


def make_inputs(recipe: Recipe, seed: int = SEED) -> Inputs:
    """The arguments of forward. Each input has its own random stream, named
    after it, so that adding one does not change another."""
    inputs = {}
    for spec in recipe["inputs"]:
        g = torch.Generator().manual_seed(
            zlib.crc32(spec["name"].encode()) + 7919 * seed
        )
        inputs[spec["name"]] = KINDS[spec["kind"]](spec, g)
    return inputs


# --- building ---------------------------------------------------------------


def model_class(name: str) -> type:
    """A model class, also one that transformers does not export at its top:
    then the recipe names it with its module, as bert.modeling_bert:BertModel."""
    if ":" in name:
        module, name = name.split(":")
        return getattr(importlib.import_module(f"transformers.models.{module}"), name)
    return getattr(transformers, name)


def make_config(recipe: Recipe) -> transformers.PreTrainedConfig:
    config = transformers.AutoConfig.for_model(recipe["model_type"], **recipe["config"])
    # The fused kernels want widths that a tiny model does not have.
    config._experts_implementation = "eager"
    return config


def make_model(recipe: Recipe) -> torch.nn.Module:
    """The model with random weights: the same ones every time."""
    torch.manual_seed(SEED)
    model = model_class(recipe["class"])(make_config(recipe)).eval().float()
    # Where the class's own initial weights are so small that an input is lost
    # in the rounding, they are drawn wider.
    if recipe.get("weights") == "wide":
        for p in model.parameters():
            if p.dim() > 1:
                torch.nn.init.normal_(p, std=(2 / p[0].numel()) ** 0.5)
    # Codebooks that training would fill start as zeros: one code for everything.
    if "randomize" in recipe:
        for name, t in model.state_dict().items():
            if re.search(recipe["randomize"], name) and t.is_floating_point():
                t.normal_()
    return model


def run(model: torch.nn.Module, recipe: Recipe, inputs: Inputs) -> Any:
    torch.manual_seed(SEED)  # for models that draw noise in forward
    method = getattr(model, recipe.get("method", "forward"))
    return method(**{k: _clone(v) for k, v in inputs.items()})


def _clone(value: Any) -> Any:
    """Some models write into their inputs."""
    if isinstance(value, torch.Tensor):
        return value.clone()
    if isinstance(value, list):
        return [_clone(v) for v in value]
    return value


def flatten(output: Any, prefix: str = "") -> Outputs:
    """The tensors of an output by path: logits, hidden_states.0, …

    Caches are left out: they are state, not an answer."""
    found: Outputs = {}
    for name, value in _items(output):
        path = f"{prefix}.{name}" if prefix else name
        if isinstance(value, torch.Tensor):
            found[path] = value
        elif isinstance(value, (list, tuple, dict)):
            found.update(flatten(value, path))
    return found


def _items(output: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(output, torch.Tensor):
        yield "0", output
    elif isinstance(output, dict):
        yield from (
            (str(k), v)
            for k, v in output.items()
            if k not in ("past_key_values", "cache_params", "mems", "rnn_state")
        )
    elif isinstance(output, (list, tuple)):
        yield from ((str(i), v) for i, v in enumerate(output))


def shapes(outputs: Outputs) -> dict[str, list[int]]:
    return {name: list(t.shape) for name, t in outputs.items()}


def floats(outputs: Outputs) -> Outputs:
    return {n: t for n, t in outputs.items() if t.is_floating_point()}


def difference(a: Outputs, b: Outputs) -> float:
    """The largest absolute difference of the outputs that both have; shapes
    that differ are infinitely far apart."""
    worst = 0.0
    for name in a.keys() & b.keys():
        if a[name].shape != b[name].shape:
            return math.inf
        if a[name].numel():
            d = (a[name].double() - b[name].double()).abs()
            worst = max(worst, float(torch.nan_to_num(d, nan=0.0).max()))
    return worst


def _forward(model: torch.nn.Module, recipe: Recipe, seed: int = SEED) -> Outputs:
    with torch.no_grad():
        return flatten(run(model, recipe, make_inputs(recipe, seed)))


# --- the tiny level ---------------------------------------------------------


def check_shapes(recipe: Recipe, out: Outputs) -> None:
    got, want = shapes(out), recipe["outputs"]
    assert (
        got == want
    ), f"output shapes: {recipe['class']} returns {got}, recipe says {want}"


def check_parameters(recipe: Recipe, model: torch.nn.Module) -> None:
    got, want = sum(p.numel() for p in model.parameters()), recipe["parameters"]
    assert got == want, f"parameters: {recipe['class']} has {got}, recipe says {want}"


def check_finite(recipe: Recipe, out: Outputs) -> None:
    for name, t in floats(out).items():
        # Minus infinity is how a model says "masked"; the recipe names where.
        bad = (~torch.isfinite(t)).sum().item()
        assert bad == 0 or name in recipe.get(
            "infinite", []
        ), f"finite: {bad} of {t.numel()} values of {name} are not"
        assert not torch.isnan(t).any(), f"finite: {name} has NaN"


def check_dtype(recipe: Recipe, out: Outputs) -> None:
    want = recipe.get("dtype", "float32")
    for name, t in floats(out).items():
        got = str(t.dtype).removeprefix("torch.")
        assert got == want, f"dtype: {name} is {got}, not {want}"


def check_repeats(recipe: Recipe, model: torch.nn.Module, out: Outputs) -> None:
    d = difference(out, _forward(model, recipe))
    assert d == 0, f"same twice: a second run of the same input differs by {d}"


def check_answers(recipe: Recipe, model: torch.nn.Module, out: Outputs) -> None:
    """Every part of the input that was exercised has to matter."""
    other = make_inputs(recipe, SEED + 1)
    with torch.no_grad():
        changed = flatten(run(model, recipe, other))
    assert difference(out, changed) > 0, "different input: the output is the same"
    for name in recipe.get("matters", []):
        inputs = make_inputs(recipe)
        inputs[name] = other[name]
        with torch.no_grad():
            changed = flatten(run(model, recipe, inputs))
        assert (
            difference(out, changed) > 0
        ), f"different input: another {name} gives the same output"


PADDED = 3


def check_padding(recipe: Recipe, model: torch.nn.Module) -> None:
    """What the attention mask hides must not reach what it shows, and has to
    reach it when the mask hides nothing."""
    inputs = make_inputs(recipe)
    ids, mask = inputs["input_ids"], torch.ones_like(inputs["attention_mask"])
    changed = ids.clone()
    changed[:, :PADDED] = make_inputs(recipe, SEED + 1)["input_ids"][:, :PADDED]
    padded = mask.clone()
    padded[:, :PADDED] = 0
    length = ids.shape[1]

    def seen(ids: torch.Tensor, mask: torch.Tensor) -> Outputs:
        with torch.no_grad():
            out = flatten(
                run(model, recipe, {**inputs, "input_ids": ids, "attention_mask": mask})
            )
        return {
            n: t[:, PADDED:] if t.dim() > 1 and t.shape[1] == length else t
            for n, t in floats(out).items()
            if n in recipe["padding"]
        }

    d = difference(seen(ids, padded), seen(changed, padded))
    assert d <= TOLERANCE, f"padding: masked tokens change the output by {d}"
    d = difference(seen(ids, mask), seen(changed, mask))
    assert d > 0, "padding: the same tokens change nothing when they are not masked"


def check_gradient(recipe: Recipe, model: torch.nn.Module) -> None:
    """A gradient reaches the embeddings, and as many tensors as it did when
    the recipe was made: a layer whose output is lost gets none."""
    want = recipe["gradient"]
    model.zero_grad(set_to_none=True)
    with torch.enable_grad():
        loss(flatten(run(model, recipe, make_inputs(recipe)))).backward()
    named = dict(model.named_parameters())
    g = named[want["parameter"]].grad
    assert (
        g is not None and torch.isfinite(g).all()
    ), f"gradient: {want['parameter']} has none that is finite"
    assert g.abs().sum() > 0, f"gradient: that of {want['parameter']} is zero"
    reached = count_reached(model)
    model.zero_grad(set_to_none=True)
    assert (
        reached >= want["reached"]
    ), f"gradient: reaches {reached} of {len(named)} tensors, recipe says {want['reached']}"


def loss(out: Outputs) -> torch.Tensor:
    """A weighted sum of the outputs; equal weights would cancel behind a norm."""
    total = torch.zeros(())
    for name, t in floats(out).items():
        if t.requires_grad and t.numel():
            g = torch.Generator().manual_seed(zlib.crc32(name.encode()))
            weights = torch.randn(t.shape, generator=g)
            total = total + (torch.nan_to_num(t, posinf=0, neginf=0) * weights).sum()
    return total


def count_reached(model: torch.nn.Module) -> int:
    return sum(
        p.grad is not None and bool(p.grad.abs().sum() > 0) for p in model.parameters()
    )


def check_reload(
    recipe: Recipe, model: torch.nn.Module, out: Outputs, folder: Path
) -> None:
    model.save_pretrained(folder)
    weights = sorted(p.name for p in folder.glob("*.safetensors"))
    assert weights, f"reload: {recipe['class']} saved no safetensors file"
    again = type(model).from_pretrained(folder, dtype=torch.float32).eval()
    again.config._experts_implementation = "eager"
    assert (
        again.config.model_type == model.config.model_type
    ), f"reload: saved as {model.config.model_type}, loaded as {again.config.model_type}"
    d = difference(out, _forward(again, recipe))
    assert d <= 1e-5, f"reload: the loaded model's output differs by {d}"


def generate(model: torch.nn.Module, recipe: Recipe) -> torch.Tensor:
    inputs = {
        k: v
        for k, v in make_inputs(recipe).items()
        if k not in ("use_cache", "decoder_input_ids", "decoder_attention_mask")
    }
    more: Row = {}
    settings = model.generation_config
    if model.config.is_encoder_decoder and settings.decoder_start_token_id is None:
        more["decoder_start_token_id"] = 0
    torch.manual_seed(SEED)
    with torch.no_grad():
        out = model.generate(
            **inputs,
            max_new_tokens=3,
            min_new_tokens=3,
            do_sample=False,
            num_beams=1,
            **more,
        )
    return out if isinstance(out, torch.Tensor) else next(iter(flatten(out).values()))


def check_generation(recipe: Recipe, model: torch.nn.Module) -> None:
    got, want = list(generate(model, recipe).shape), recipe["generates"]
    assert got == want, f"generation: shape {got}, recipe says {want}"


def tiny(recipe: Recipe, folder: Path) -> Row:
    """Everything at the tiny level; returns what was measured."""
    start = time.perf_counter()
    model = make_model(recipe)
    built = time.perf_counter()
    check_parameters(recipe, model)
    out = _forward(model, recipe)
    ran = time.perf_counter()
    excused = recipe.get("except", {})
    check_shapes(recipe, out)
    check_finite(recipe, out)
    check_dtype(recipe, out)
    check_repeats(recipe, model, out)
    check_answers(recipe, model, out)
    if "padding" in recipe:
        check_padding(recipe, model)
    if "generates" in recipe:
        check_generation(recipe, model)
    if "gradient" not in excused:
        check_gradient(recipe, model)
    if "reload" not in excused:
        check_reload(recipe, model, out, folder)
    return {
        "load_seconds": round(built - start, 4),
        "forward_seconds": round(ran - built, 4),
        "parameters": recipe["parameters"],
        "peak_memory_bytes": peak_memory(),
    }


def peak_memory() -> int:
    """Of the whole process so far, in bytes (Linux counts kilobytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


# --- the contract level -----------------------------------------------------


def contract(row: Row, recipe: Recipe, folder: Path) -> None:
    """The row against the installed library."""
    check_config_class(row)
    check_auto_classes(row)
    check_tasks(row)
    check_preprocessors(row)
    check_round_trip(row, recipe, folder)


def check_config_class(row: Row) -> None:
    names = transformers.models.auto.configuration_auto.CONFIG_MAPPING_NAMES
    got = names.get(row["model_type"])
    assert (
        got == row["config_class"]
    ), f"config class: {row['model_type']} is {got} in transformers, {row['config_class']} in the row"


def check_auto_classes(row: Row) -> None:
    for auto, want in row["auto_classes"].items():
        cls = getattr(transformers, auto, None) or getattr(
            transformers.models.auto.modeling_auto, auto, None
        )
        assert cls is not None, f"auto classes: transformers has no {auto}"
        got = cls._model_mapping._model_mapping.get(row["model_type"], ())
        got = [got] if isinstance(got, str) else list(got)
        assert (
            got == want
        ), f"auto classes: {auto} builds {got} for {row['model_type']}, the row says {want}"


def check_tasks(row: Row) -> None:
    """Each task of the row is served by an auto class that the row has, and
    where transformers has a pipeline for it, that is the pipeline's."""
    from transformers.pipelines import PIPELINE_REGISTRY

    for task, autos in row["tasks"].items():
        assert autos, f"tasks: no auto class serves {task}"
        for auto in autos:
            assert auto in row["auto_classes"], f"tasks: {task} wants {auto}"
        pipeline = PIPELINE_REGISTRY.supported_tasks.get(task)
        if pipeline:
            known = {c.__name__ for c in pipeline["pt"]}
            assert known & set(
                autos
            ), f"tasks: the {task} pipeline uses {sorted(known)}, not {autos}"


def check_preprocessors(row: Row) -> None:
    for kind in (
        "tokenizer",
        "processor",
        "image_processor",
        "video_processor",
        "feature_extractor",
    ):
        name = row.get(kind)
        assert name is None or hasattr(
            transformers, name
        ), f"{kind}: transformers has no {name}"


def check_round_trip(row: Row, recipe: Recipe, folder: Path) -> None:
    """A config that is saved comes back as the same class and content."""
    try:
        config = transformers.AutoConfig.for_model(row["model_type"])
    except Exception as err:  # some classes cannot be built from defaults
        if recipe.get("outcome") != "ok":
            raise Skip(f"{row['config_class']} has no usable defaults: {err}") from err
        config = make_config(recipe)
    name = type(config).__name__
    want = row.get("alias_of") or row["model_type"]
    assert (
        config.model_type == want
    ), f"model type: {name} declares {config.model_type}, the row says {want}"
    if not row.get("alias_of"):
        assert (
            name == row["config_class"]
        ), f"config class: built {name}, the row says {row['config_class']}"
    config.save_pretrained(folder)
    again = transformers.AutoConfig.from_pretrained(folder)
    assert type(again) is type(
        config
    ), f"round trip: saved {name}, loaded {type(again).__name__}"
    assert again.to_dict() == config.to_dict() or not differing(
        config.to_dict(), again.to_dict()
    ), f"round trip: {differing(config.to_dict(), again.to_dict())} changed"


#: What saving adds, of itself.
BOOKKEEPING = {"_name_or_path", "transformers_version", "architectures", "dtype"}


def differing(a: Row, b: Row) -> list[str]:
    def text(v: Any) -> str:
        return json.dumps(v, sort_keys=True, default=str)

    out = []
    for k in sorted(a.keys() | b.keys()):
        if k in BOOKKEEPING or a.get(k) is None:
            continue  # loading may fill what was left open; it may lose nothing
        if isinstance(a.get(k), dict) and isinstance(b.get(k), dict):
            out += [f"{k}.{x}" for x in differing(_keyed(a[k]), _keyed(b[k]))]
        elif text(a.get(k)) != text(b.get(k)):
            out.append(str(k))
    return out


def _keyed(d: Row) -> Row:
    return {str(k): v for k, v in d.items()}


# --- the hub level ----------------------------------------------------------

#: Above this a pick is not downloaded, unless HFMODELS_HUB_MAX_BYTES says so.
HUB_MAX_BYTES = 2_000_000_000


def hub(row: Row) -> Row:
    """Load the pick at its revision and judge its answer for its task."""
    if os.environ.get("HFMODELS_HUB") != "1":
        raise Skip("opt-in: set HFMODELS_HUB=1")
    pick = row["pick"]
    if pick is None:
        raise Skip(f"no pick: {row.get('status', 'none')}")
    if not pick.get("revision"):
        raise Skip(f"{pick['id']} has no proven revision")
    task = pick.get("task")
    if task not in HUB_CHECKS:
        raise Skip(f"no check of the output for the task {task}")
    limit = int(os.environ.get("HFMODELS_HUB_MAX_BYTES", HUB_MAX_BYTES))
    size = hub_bytes(pick)
    if size > limit:
        raise Skip(f"{pick['id']} has {size} bytes, HFMODELS_HUB_MAX_BYTES is {limit}")
    start = time.perf_counter()
    pipe = transformers.pipeline(task, model=pick["id"], revision=pick["revision"])
    loaded = time.perf_counter()
    got = pipe.model.config.model_type
    want = row.get("alias_of") or row["model_type"]
    assert got == want, f"hub: {pick['id']} is a {got}, not a {want}"
    HUB_CHECKS[task](pipe)
    return {
        "model": pick["id"],
        "revision": pick["revision"],
        "load_seconds": round(loaded - start, 3),
        "forward_seconds": round(time.perf_counter() - loaded, 3),
        "parameters": sum(p.numel() for p in pipe.model.parameters()),
        "peak_memory_bytes": peak_memory(),
    }


def hub_bytes(pick: Row) -> int:
    """The size of the weights, asked of the Hub where the row does not know."""
    if pick.get("bytes"):
        return pick["bytes"]
    from huggingface_hub import HfApi

    info = HfApi().model_info(
        pick["id"], revision=pick["revision"], files_metadata=True
    )
    sizes: dict[str, int] = {}
    for f in info.siblings or []:
        suffix = Path(f.rfilename).suffix
        sizes[suffix] = sizes.get(suffix, 0) + (f.size or 0)
    size = sizes.get(".safetensors") or sizes.get(".bin") or 0
    if not size and pick.get("parameters"):
        size = 4 * pick["parameters"]  # at most four bytes each
    if not size:
        raise Skip(f"{pick['id']} is of unknown size")
    return size


def _hub_fill_mask(pipe: Any) -> None:
    tokenizer = pipe.tokenizer
    if tokenizer.unk_token_id in tokenizer("Paris", add_special_tokens=False).input_ids:
        # Not a model of words. The others on the Hub read molecules.
        best = pipe(f"C C ( = O ) {tokenizer.mask_token}")[0]
        chance = 1 / len(tokenizer)
        assert (
            best["score"] > 5 * chance
        ), f"fill-mask: {best['token_str']!r} at {best['score']:.4f}, chance is {chance:.4f}"
        return
    text = f"Paris is the capital of {tokenizer.mask_token}."
    words = [a["token_str"].strip().lower() for a in pipe(text, top_k=20)]
    assert any(
        w.isalpha() and len(w) > 1 for w in words
    ), f"fill-mask: no word among {words}"


def _hub_labels(pipe: Any, answers: Any) -> None:
    labels = set(pipe.model.config.id2label.values())
    for a in answers:
        got = a.get("label") or a.get("entity")
        assert got in labels, f"labels: {got} is none of the model's own"
        assert 0 <= a["score"] <= 1, f"labels: score {a['score']} of {got}"


def _hub_text_classification(pipe: Any) -> None:
    _hub_labels(pipe, pipe(["A wonderful film.", "A dreadful film."]))


def _hub_token_classification(pipe: Any) -> None:
    _hub_labels(pipe, pipe("Angela Merkel lives in Berlin."))


def _hub_feature_extraction(pipe: Any) -> None:
    def embed(text: str) -> torch.Tensor:
        return torch.tensor(pipe(text)[0]).mean(dim=0)

    def like(a: str, b: str) -> float:
        return float(torch.cosine_similarity(embed(a), embed(b), dim=0))

    near = like("A cat sits on the mat.", "A kitten is sitting on a rug.")
    far = like("A cat sits on the mat.", "Interest rates rose again in March.")
    assert (
        near > far
    ), f"feature-extraction: like sentences at {near:.3f}, others at {far:.3f}"


def _hub_text_generation(pipe: Any) -> None:
    prompt = "The capital of France is"
    text = pipe(prompt, max_new_tokens=5, do_sample=False)[0]["generated_text"]
    assert (
        text.startswith(prompt) and text[len(prompt) :].strip()
    ), f"text-generation: {text!r} does not go on from the prompt"


def _hub_question_answering(pipe: Any) -> None:
    text = "Anna lives in Oslo and works in a bakery."
    answer = pipe(question="Where does Anna live?", context=text)["answer"]
    assert "Oslo" in answer, f"question-answering: {answer!r}"


def _hub_picture() -> Any:
    from PIL import Image

    spec = {"shape": [3, 224, 224]}
    t = _picture(spec, torch.Generator().manual_seed(SEED))
    t = ((t - t.min()) / (t.max() - t.min()) * 255).byte()
    return Image.fromarray(t.permute(1, 2, 0).numpy())


def _hub_image_classification(pipe: Any) -> None:
    _hub_labels(pipe, pipe(_hub_picture()))


def _hub_image_features(pipe: Any) -> None:
    t = torch.tensor(pipe(_hub_picture()))
    assert torch.isfinite(t).all(), "image-feature-extraction: not finite"
    assert t.std() > 0, "image-feature-extraction: all the same"


def _hub_object_detection(pipe: Any) -> None:
    _hub_labels(pipe, pipe(_hub_picture(), threshold=0.0)[:5])


def _hub_speech_recognition(pipe: Any) -> None:
    rate = pipe.feature_extractor.sampling_rate
    tone = torch.sin(2 * math.pi * 440 * torch.arange(2 * rate) / rate).numpy()
    words = pipe(tone)["text"].split()
    assert len(words) <= 3, f"speech recognition: a tone became {' '.join(words)!r}"


HUB_CHECKS: dict[str, Callable[[Any], None]] = {
    "fill-mask": _hub_fill_mask,
    "text-classification": _hub_text_classification,
    "token-classification": _hub_token_classification,
    "feature-extraction": _hub_feature_extraction,
    "sentence-similarity": _hub_feature_extraction,
    "text-generation": _hub_text_generation,
    "question-answering": _hub_question_answering,
    "image-classification": _hub_image_classification,
    "image-feature-extraction": _hub_image_features,
    "object-detection": _hub_object_detection,
    "automatic-speech-recognition": _hub_speech_recognition,
}
