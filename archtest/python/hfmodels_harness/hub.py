"""The hub level: the pick itself, opt-in."""

from __future__ import annotations

import contextlib
import math
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import SkipTest

import torch
import transformers

from .build import SEED, Row, picture
from .expect import OutOfReach, expect, same
from .measure import Memory, figures, timed

#: Above this a pick is not downloaded, unless HFMODELS_HUB_MAX_BYTES says so.
HUB_MAX_BYTES = 2_000_000_000


def hub(test: Any) -> Row:
    """Load the pick at its revision, and have it answer for its task."""
    name, revision, task, row = test.pick, test.revision, test.task, test.row()
    for why, skips in (
        ("opt-in: set HFMODELS_HUB=1", os.environ.get("HFMODELS_HUB") != "1"),
        ("no pick", name is None),
        (f"{name} has no proven revision", revision is None),
        (f"no question for the task {task}", task not in QUESTIONS),
    ):
        if skips:
            raise SkipTest(why)
    limit = os.environ.get("HFMODELS_HUB_MAX_BYTES", str(HUB_MAX_BYTES))
    expect(limit.isdecimal(), f"HFMODELS_HUB_MAX_BYTES={limit}", "want a number")
    with asking(f"{name} at {revision}"):
        size = hub_bytes(name, revision)
    if not 0 < size <= int(limit):
        raise SkipTest(f"{name} has {size} bytes, HFMODELS_HUB_MAX_BYTES is {limit}")
    memory = Memory()
    with asking(f"{name} at {revision}"):
        pipe, load = timed(lambda: transformers.pipeline(task, model=name, revision=revision))
    config = pipe.model.config
    want = row.get("alias_of") or row["model_type"]
    same("hub", f"the type of {name}", config.model_type, want)
    at = getattr(config, "_commit_hash", None) or revision
    same("hub", f"the commit of {name}", at, revision)
    _, first = timed(lambda: ask(pipe, task))
    return figures(load, first, lambda: ask(pipe, task), pipe.model, memory)


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
    """Tells errors of asking the Hub from those of the model."""
    from huggingface_hub.errors import GatedRepoError

    try:
        yield
    except Exception as err:
        cause: BaseException | None = err
        while cause is not None:
            if isinstance(cause, GatedRepoError):
                why = f"{place} is gated: accept its terms on the Hub and set HF_TOKEN"
                raise SkipTest(why) from err
            if type(cause).__module__.split(".")[0] in HUB_MODULES:
                first = (str(cause).strip() or "no message").splitlines()[0]
                what = f"{type(cause).__name__}: {first}"
                raise OutOfReach(f"hub: {place} is out of reach: {what}") from err
            cause = cause.__cause__ or cause.__context__
        raise


def _picture_file(_: Any) -> Any:
    from PIL import Image

    t = picture({"shape": [3, 224, 224]}, torch.Generator().manual_seed(SEED))
    t = ((t - t.min()) / (t.max() - t.min()) * 255).byte()
    return Image.fromarray(t.permute(1, 2, 0).numpy())


def _tone(pipe: Any) -> Any:
    rate = pipe.feature_extractor.sampling_rate
    return torch.sin(2 * math.pi * 440 * torch.arange(2 * rate) / rate).numpy()


OSLO = {"question": "Where does Anna live?", "context": "Anna lives in Oslo and works in a bakery."}
#: What the pipeline of a task is asked.
QUESTIONS: dict[str, Callable[[Any], Any]] = {
    "automatic-speech-recognition": _tone,
    "feature-extraction": lambda _: "A cat sits on the mat.",
    "fill-mask": lambda pipe: f"Paris is the capital of {pipe.tokenizer.mask_token}.",
    "image-classification": _picture_file,
    "image-feature-extraction": _picture_file,
    "object-detection": _picture_file,
    "question-answering": lambda _: OSLO,
    "text-classification": lambda _: "A wonderful film.",
    "text-generation": lambda _: "The capital of France is",
    "token-classification": lambda _: "Angela Merkel lives in Berlin.",
}


def ask(pipe: Any, task: str) -> None:
    """The pipeline answers, with finite numbers, and its own labels."""
    for name, value in _leaves(pipe(QUESTIONS[task](pipe)), task):
        if isinstance(value, float):
            expect(math.isfinite(value), task, f"{name} is {value}")
        elif name in ("label", "entity"):
            labels = pipe.model.config.id2label.values()
            expect(value in labels, task, f"{value} is none of the model's labels")


def _leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for k, v in value.items():
            yield from _leaves(v, k)
    elif isinstance(value, (list, tuple)):
        for v in value:
            yield from _leaves(v, name)
    else:
        yield name, value
