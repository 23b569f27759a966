"""The hub level: the pick itself, opt-in."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import SkipTest, mock

import torch
import transformers
from transformers.pipelines import get_supported_tasks

from .build import SEED, Recipe, apart, flatten, infer, make_inputs, make_model
from .expect import OutOfReach, expect, same
from .questions import takes

#: Above this a pick is not downloaded, unless HFMODELS_HUB_MAX_BYTES says so.
HUB_MAX_BYTES = 2_000_000_000


def hub(test: Any) -> None:
    """Load the pick at its revision, and have it answer for its task."""
    name, revision, task, row = test.pick, test.revision, test.task, test.row()
    autos = row.get("tasks", {}).get(task)
    for why, skips in (
        ("opt-in: set HFMODELS_HUB=1", os.environ.get("HFMODELS_HUB") != "1"),
        ("no pick", name is None),
        (f"{name} has no proven revision", revision is None),
        (f"no auto class for the task {task}", not autos),
    ):
        if skips:
            raise SkipTest(why)
    limit = os.environ.get("HFMODELS_HUB_MAX_BYTES", str(HUB_MAX_BYTES))
    if not limit.isdecimal():
        raise OutOfReach(f"hub: HFMODELS_HUB_MAX_BYTES={limit}: want a number")
    place = f"{name} at {revision}"
    with asking(place):
        size = hub_bytes(name, revision)
    if not 0 < size <= int(limit):
        raise SkipTest(
            f"{name} has {size or 'an unknown number of'} bytes, HFMODELS_HUB_MAX_BYTES is {limit}"
        )
    with asking(place), whole(place, test.recipe()):
        pipe = answering(task, autos[0], name, revision)
    config = pipe.model.config
    want = row.get("alias_of") or row["model_type"]
    same("hub", f"the type of {name}", config.model_type, want)
    at = getattr(config, "_commit_hash", None) or revision
    same("hub", f"the commit of {name}", at, revision)
    with asking(place), torch.inference_mode():
        QUESTIONS.get(task, lambda _: None)(pipe)


def answering(task: str, auto: str, name: str, revision: str) -> Any:
    """The pipeline of a task, or, where the library has none, the model and what reads text."""
    if task in get_supported_tasks():
        return transformers.pipeline(task, model=name, revision=revision)
    model = getattr(transformers, auto).from_pretrained(name, revision=revision)
    load = transformers.AutoTokenizer.from_pretrained if task in QUESTIONS else lambda *_, **__: None
    return SimpleNamespace(task=task, model=model, tokenizer=load(name, revision=revision))


@contextlib.contextmanager
def whole(place: str, recipe: Recipe) -> Iterator[None]:
    """Fails where a checkpoint lacks a weight that the model needs: the library draws
    it at random, and only warns. Features are the last hidden state, for which a bare
    model needs no pooler."""
    load = transformers.PreTrainedModel.from_pretrained.__func__

    def loading(cls: Any, *args: Any, **options: Any) -> Any:
        with asking(place):  # a pipeline forgets why it could not load them
            model, told = load(cls, *args, **{**options, "output_loading_info": True})
        lost = sorted(name for name in told["missing_keys"] if not name.startswith("pooler."))
        lost = lost and needed(cls.__name__, recipe, lost)
        expect(
            not lost, "hub", f"the checkpoint lacks {len(lost)} of the weights of {cls.__name__}: {lost[:3]}"
        )
        return model

    with mock.patch.object(transformers.PreTrainedModel, "from_pretrained", classmethod(loading)):
        yield


def needed(kind: str, recipe: Recipe, names: list[str]) -> list[str]:
    """Those of the weights of a class that its tiny model does not have, or that are
    trained and change its output. No checkpoint has to hold positions that the class
    computes, a mask that is for training, or a layer that is never called."""
    with contextlib.suppress(Exception), torch.no_grad():  # it may want other inputs than the recipe's
        model = make_model({**recipe, "class": kind})
        inputs = {k: v for k, v in make_inputs(recipe).items() if takes(model, k)}
        own, out = dict(model.named_parameters()), infer(model, recipe, inputs)

        def shows(name: str) -> bool:
            other = {name: torch.randn_like(own[name])}
            return apart(out, flatten(torch.func.functional_call(model, other, (), inputs)))[0] > 0

        return [n for n in names if n not in own or (own[n].requires_grad and shows(n))]
    return names


def hub_bytes(name: str, revision: str) -> int:
    """The size of the weights, 0 if it is unknown."""
    from huggingface_hub import HfApi

    info = HfApi().model_info(name, revision=revision, files_metadata=True)
    sizes: Counter[str] = Counter()
    for f in info.siblings or []:
        sizes[Path(f.rfilename).suffix] += f.size or 0
    return sizes[".safetensors"] or sizes[".bin"]


HUB_MODULES = {"huggingface_hub", "httpx", "httpx2", "httpcore", "httpcore2"}


@contextlib.contextmanager
def asking(place: str) -> Iterator[None]:
    """Tells errors of asking the Hub, and what is not installed, from those of the model."""
    from huggingface_hub.errors import GatedRepoError

    try:
        yield
    except Exception as err:
        cause: BaseException | None = err
        while cause is not None:
            if isinstance(cause, GatedRepoError):
                why = f"{place} is gated: accept its terms on the Hub and set HF_TOKEN"
                raise SkipTest(why) from err
            first = (str(cause).strip() or "no message").splitlines()[0]
            if isinstance(err, ImportError):
                raise SkipTest(f"{place} wants what is not installed: {first}") from err
            if type(cause).__module__.split(".")[0] in HUB_MODULES:
                what = f"{type(cause).__name__}: {first}"
                raise OutOfReach(f"hub: {place} is out of reach: {what}") from err
            cause = cause.__cause__ or cause.__context__
        raise


#: English, Chinese, a protein (ubiquitin) and a molecule (aspirin).
TEXTS = (
    "The capital of France is Paris, and the capital of Germany is Berlin.",
    "法国的首都是巴黎，德国的首都是柏林。",
    "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG",
    "C C ( = O ) O c 1 c c c c c 1 C ( = O ) O",
)
#: The last is for those that fill in one letter.
CAPITALS = {
    "Paris is the capital of {}.": "france",
    "Paris est la capitale de la {}.": "france",
    "巴黎是{}国的首都。": "法",
    "Paris is the capital of {}rance.": "f",
}
#: A word, one like it, and one unlike it.
ALIKE = """cat dog treaty, king queen cement, car truck opinion, river lake salary, doctor nurse bicycle,
bread cheese justice, red blue slowly, Monday Tuesday potato, mother father keyboard, house building whisper,
piano guitar lawyer, France Germany spoon, apple orange government, winter summer engine, soldier army cheese,
table chair weather, fish shark algebra, shirt trousers thunder"""


def prefers_text(pipe: Any) -> str:
    """A text surprises the model less than the same tokens in other orders. Returns
    the text, the first of which the tokenizer knows every token."""
    tokenizer = pipe.tokenizer
    # Where the end of a text stands for what is unknown, too, nothing is: it reads bytes.
    unknown = {tokenizer.unk_token_id} - {tokenizer.eos_token_id}
    for text in TEXTS:
        ids = tokenizer(text, return_tensors="pt")["input_ids"][0]
        if not unknown & set(ids.tolist()):
            break
    else:
        raise SkipTest("the tokenizer does not know the words of any text here")
    special = tokenizer.get_special_tokens_mask(ids.tolist(), already_has_special_tokens=True)
    inner = (torch.tensor(special) == 0).nonzero()[:, 0]
    draw = torch.Generator().manual_seed(SEED)
    orders = [inner] + [inner[torch.randperm(len(inner), generator=draw)] for _ in range(5)]
    real, *others = (surprise(pipe, ids, ids.scatter(0, inner, ids[order]), inner) for order in orders)
    shown = f"{text!r} surprises it by {real:.2f} nats a token, and in another order by {min(others):.2f}"
    expect(real < 0.9 * min(others), "real text", f"{shown}: want a tenth less")
    return text


def surprise(pipe: Any, source: Any, ids: Any, inner: Any) -> float:
    """The loss, in nats a token, of an encoder-decoder that is given the source, of a
    masked language model that is given three quarters, of another given what is before."""
    at, model = torch.arange(len(ids)), pipe.model
    if model.config.is_encoder_decoder:
        logits = model(input_ids=source[None], labels=ids[None]).logits[0]
    elif pipe.task == "fill-mask":
        rows = torch.where(at % 4 == torch.arange(4)[:, None], pipe.tokenizer.mask_token_id, ids)
        logits = model(**{model.main_input_name: rows}).logits[at % 4, at]
    else:
        logits = model(input_ids=ids[None]).logits[0].roll(1, 0)
        inner = inner[inner > 0]
    return torch.nn.functional.cross_entropy(logits[inner].float(), ids[inner]).item()


def fills_mask(pipe: Any) -> None:
    """Prefers text and, where that is of words, knows a capital in one language."""
    if prefers_text(pipe) in TEXTS[:2]:
        told = {q: pipe(q.format(pipe.tokenizer.mask_token), top_k=5) for q in CAPITALS}
        words = {q: [x["token_str"].strip().casefold() for x in told[q]] for q in told}
        right = any(want in words[q] for q, want in CAPITALS.items())
        expect(right, "fill-mask", f"want France among the five best in one language, got {words}")


def knows_likeness(pipe: Any) -> None:
    """A text changes less where a word gives way to one like it than to one unlike it."""
    near = []
    for words in ALIKE.split(","):
        a, b, c = (torch.tensor(pipe(f"They talked about {w}."))[0].mean(0) for w in words.split())
        near.append(bool(torch.cosine_similarity(a, b, 0) > torch.cosine_similarity(a, c, 0)))
    right, n = sum(near), len(near)
    expect(right > 0.7 * n, "likeness", f"{right} of {n} words are nearer to one like them: want 70 %")


def picture(name: str) -> Any:
    """A colour, or a photograph of scikit-learn: china.jpg is of a temple, flower.jpg of a dahlia."""
    from PIL import Image
    from sklearn.datasets import load_sample_image

    drawn = not name.endswith(".jpg")
    return Image.new("RGB", (224, 224), name) if drawn else Image.fromarray(load_sample_image(name))


def asked_for(path: str) -> str:
    """A file on the Hub that the library's own examples ask about."""
    from huggingface_hub import hf_hub_download

    with asking(path):
        return hf_hub_download(*path.rsplit("/", 1), repo_type="dataset")


def classifies(pipe: Any) -> None:
    """Names what is on two photographs, if the classes are those of ImageNet."""
    for name, wanted in {"china.jpg": "palace monastery", "flower.jpg": "daisy"}.items():
        if any(w in label for label in pipe.model.config.id2label.values() for w in wanted.split()):
            got = [x["label"] for x in pipe(picture(name), top_k=5)]
            right = any(w in label for label in got for w in wanted.split())
            expect(right, "classification", f"want {wanted} among the five best of {name}, got {got}")


def detects(pipe: Any) -> None:
    if "bird" in pipe.model.config.id2label.values():
        got = [x["label"] for x in pipe(asked_for("Narsil/image_dummy/parrots.png"))]
        expect("bird" in got, "detection", f"want a bird, as the picture is of two parrots, got {got}")


def matches(pipe: Any) -> None:
    """The best of three captions is that of the picture."""
    captions = {"a temple": "china.jpg", "a flower": "flower.jpg", "a plain blue background": "blue"}
    every = {"threshold": 0.0} if "detection" in pipe.task else {}
    for want, name in captions.items():
        told = pipe(picture(name), candidate_labels=list(captions), **every)
        best = max(told, key=lambda x: x["score"], default={"label": None})["label"]
        expect(best == want, "caption", f"want {want!r} for {name}, got {best!r}")


def transcribes(pipe: Any) -> None:
    import librosa

    wave, rate = librosa.load(asked_for("Narsil/asr_dummy/1.flac"), sr=pipe.feature_extractor.sampling_rate)
    text = pipe({"raw": wave, "sampling_rate": rate})["text"]
    expect("dinner" in text.casefold(), "speech", f"want '… there would be stew for dinner …', got {text!r}")


def sees(pipe: Any) -> None:
    """Tells two colours, if it chats."""
    for colour in ("red", "blue") if getattr(pipe.processor, "chat_template", None) else ():
        asked = {"type": "text", "text": "What colour is this? Answer with one word."}
        chat = [{"role": "user", "content": [{"type": "image", "image": picture(colour)}, asked]}]
        text = pipe(text=chat, max_new_tokens=20, return_full_text=False)[0]["generated_text"]
        expect(colour in text.casefold(), "picture", f"want {colour!r} for a picture all of it, got {text!r}")


#: What the pick is asked for its task. For others all that is asked is that it loads, whole.
QUESTIONS: dict[str, Callable[[Any], Any]] = {
    "automatic-speech-recognition": transcribes,
    "feature-extraction": knows_likeness,
    "fill-mask": fills_mask,
    "image-classification": classifies,
    "object-detection": detects,
    **dict.fromkeys(("any-to-any", "image-text-to-text"), sees),
    **dict.fromkeys(("summarization", "text-generation", "text2text-generation"), prefers_text),
    **dict.fromkeys(("zero-shot-image-classification", "zero-shot-object-detection"), matches),
}
