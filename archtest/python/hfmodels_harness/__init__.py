"""The per-architecture tests: a base class, and the checks in modules by level.

The three levels are `contract` (the installed library against the catalog),
`tiny` (a real forward pass at a tiny size with random weights) and `hub` (the
pick, opt-in). This file brings no torch, so that tests are collected quickly.
"""

from __future__ import annotations

import functools
import importlib.util
import inspect
import json
import os
import sys
from pathlib import Path
from typing import Any, ClassVar
from unittest import mock

import pytest

if importlib.util.find_spec("torch") is None:  # a run that looks for doctests gets here
    sys.modules.pop(__name__)  # so that each module of the package gets here, in every import mode
    pytest.skip("torch is not installed", allow_module_level=True)

Row = dict[str, Any]
#: The classes that override generated ones, by the file and the name of these: in
#: some import modes of pytest a file that is imported is another module.
OVERRIDING: dict[tuple[str, str], str] = {}


@pytest.mark.filterwarnings("default")  # the libraries' own warnings are not errors here
class ArchTest:
    """The tests of an architecture, a level each.

    A subclass names its architecture. It can override a level, or one of the
    checks of hfmodels_harness by its name and arguments, as
    `def check_padding(self, recipe, model, out)`; or leave a check out, with the
    reason, as `skip = {"padding": "its pooling reads every token"}`.
    """

    __test__: ClassVar[bool] = False
    model_type: ClassVar[str]
    #: The release of transformers that the test was made for.
    made_for: ClassVar[str]
    #: The first release of transformers that knows the architecture.
    since: ClassVar[str | None] = None
    #: The checkpoint that the hub level loads, and what it is asked for.
    pick: ClassVar[str | None] = None
    revision: ClassVar[str | None] = None
    task: ClassVar[str | None] = None
    skip: ClassVar[dict[str, str]] = {}

    def __init_subclass__(cls) -> None:
        cls.__test__ = True
        for base in cls.__mro__[1:]:
            if "model_type" in vars(base):
                OVERRIDING[_named(base)] = f"{cls.__module__}.{cls.__qualname__}"

    @classmethod
    def row(cls) -> Row:
        """What the catalog says of the architecture."""
        return _rows(_data(cls))[0][cls.model_type]

    @classmethod
    def recipe(cls) -> Row:
        """How the architecture is built tiny, and what comes out."""
        none = {"outcome": "none", "reason": "no-recipe", "why": "no recipe"}
        return _rows(_data(cls))[1].get(cls.model_type, none)

    def test_contract(self) -> None:
        _run("contract", self)

    def test_tiny(self) -> None:
        _run("tiny", self)

    def test_hub(self) -> None:
        _run("hub", self)


def _run(level: str, test: ArchTest) -> None:
    if own := OVERRIDING.get(_named(type(test))):  # what it overrides would fail here all the same
        pytest.skip(f"overridden by {own}")
    with mock.patch.dict(os.environ, TOKENIZERS_PARALLELISM="false"):
        from . import levels  # which brings torch, which sets variables

        levels.run(level, test)


def _named(cls: type) -> tuple[str, str]:
    return str(Path(inspect.getfile(cls)).resolve()), cls.__qualname__


def _data(cls: type[ArchTest]) -> Path:
    """The file or folder that holds what is known: test_hf_bert.json beside
    test_hf_bert.py, as `gen tests` writes it, or else the project's."""
    named = next(c for c in cls.__mro__ if "model_type" in vars(c))
    own = Path(inspect.getfile(named)).resolve().with_suffix(".json")
    return own if own.exists() else own.parents[2] / "registrydata"


@functools.cache
def _rows(source: Path) -> tuple[dict[str, Row], dict[str, Row]]:
    """The rows of the catalog and the recipes, by model type."""
    if source.is_dir():
        catalog, recipes = (
            json.loads((source / name).read_text(encoding="utf-8"))
            for name in ("catalog.json", "recipes.json")
        )
    else:
        both = json.loads(source.read_text(encoding="utf-8"))
        catalog, recipes = both["catalog"], both["recipes"]
    serving = {t["name"]: t.get("auto_classes", []) for t in catalog["tasks"]}
    rows = {}
    for arch in catalog["archs"]:
        autos = {a["name"]: a["classes"] for a in arch.get("auto_classes", [])}
        tasks = {t: [name for name in serving[t] if name in autos] for t in arch.get("tasks", [])}
        rows[arch["model_type"]] = {**arch, "auto_classes": autos, "tasks": tasks}
    return rows, {r["model_type"]: r for r in recipes["archs"]}
