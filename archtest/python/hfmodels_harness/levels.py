"""Running a level of an architecture, so that the rest of the process does not notice."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any
from unittest import SkipTest, mock

import torch
import transformers

from .contract import contract
from .expect import OutOfReach, age, releases
from .hub import hub
from .tiny import tiny

LEVELS = {"contract": contract, "tiny": tiny, "hub": hub}


def run(level: str, test: Any) -> None:
    """Runs a level of an architecture. Where the test was made for another
    release, its failure begins with both."""
    found = transformers.__version__
    releases.set((test.made_for, found))
    if age() < 0 and (lacks := missing(test)):
        first = lacks == test.model_type and test.since or test.made_for
        raise SkipTest(f"transformers >= {first}: {found} has no {lacks}")
    try:
        with _left_as_it_was(offline=level != "hub"):
            LEVELS[level](test)
    except SkipTest:
        raise
    except Exception as err:
        if not age():
            raise
        kind = "" if isinstance(err, AssertionError) else f"{type(err).__name__}: "
        told = f"made for {test.made_for}, found {found}: {kind}{err}"
        raise (OutOfReach if isinstance(err, OutOfReach) else AssertionError)(told) from err


def missing(test: Any) -> str:
    """The model type or the class that the library does not have."""
    if test.model_type not in transformers.models.auto.configuration_auto.CONFIG_MAPPING_NAMES:
        return test.model_type
    name = test.recipe().get("class", "PreTrainedModel")
    return "" if hasattr(transformers, name) else name


@contextlib.contextmanager
def _left_as_it_was(offline: bool) -> Iterator[None]:
    """The random state, torch's threads and the switch that keeps the libraries
    from asking the Hub are afterwards as they were before."""
    threads = torch.get_num_threads()
    switch = mock.patch("huggingface_hub.constants.HF_HUB_OFFLINE", offline)
    with torch.random.fork_rng(devices=[]), switch if offline else contextlib.nullcontext():
        if "PYTEST_XDIST_WORKER" in os.environ:
            torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
