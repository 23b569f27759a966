"""Options and markers for who runs many of the per-architecture tests, which need neither:
`PYTHONPATH=FOLDER pytest -p hfmodels_pytest FOLDER`, where FOLDER is that of this file.

`--hfmodels-results FILE` writes one JSON document: README.md has its schema.
`--hfmodels-shard i/n` keeps every n-th file, from the i-th (1-based), for a CI matrix.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
import time
from pathlib import Path
from typing import Any

import pytest

LEVELS = ("contract", "tiny", "hub")


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """What is of the run is added once, whatever brings this file in."""
    if not pluginmanager.has_plugin("hfmodels"):
        pluginmanager.register(Run(), "hfmodels")


class Run:
    """Options, markers, shards and the results of a run."""

    rows: list[dict[str, Any]]

    def pytest_addoption(self, parser: pytest.Parser) -> None:
        parser.addoption("--hfmodels-results", metavar="FILE", help="write outcomes")
        parser.addoption("--hfmodels-shard", metavar="I/N", help="run the I-th of N parts")

    def pytest_configure(self, config: pytest.Config) -> None:
        for marker in (
            "contract: the catalog against the library, offline",
            "tiny: a real forward pass, random weights",
            "hub: the pick itself; opt-in, HFMODELS_HUB=1",
        ):
            config.addinivalue_line("markers", marker)
        shard(config)
        self.rows = []
        self.started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.path = config.getoption("--hfmodels-results")
        path = Path(self.path or "results.json")
        if path.is_dir() or not path.parent.is_dir():
            want = "want a file in a directory that exists"
            raise pytest.UsageError(f"--hfmodels-results {path}: {want}")

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """The level is a marker, too."""
        level = item.name.removeprefix("test_")
        if level in LEVELS and hasattr(getattr(item, "cls", None), "model_type"):
            item.add_marker(level)
            item.user_properties += properties(item.cls, level)

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[Any]) -> None:
        i, n = shard(config)
        files = sorted({item.path for item in items})
        mine = set(files[i - 1 :: n])
        if others := [x for x in items if x.path not in mine]:
            config.hook.pytest_deselected(items=others)
            items[:] = [x for x in items if x.path in mine]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        told = dict(report.user_properties)
        ended = report.when == "call" or report.outcome != "passed"
        if "architecture" not in told or not ended or report.when == "teardown":
            return
        row = {k: told[k] for k in ("architecture", "family", "level")}
        row |= {"outcome": report.outcome, "seconds": round(report.duration, 3)}
        if report.outcome != "passed":
            row["reason"] = reason(report)
            if row["reason"].split(": ")[0].endswith("OutOfReach"):
                row["out_of_reach"] = True
        self.rows.append({**row, **told.get("pick", {})})

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not self.path or hasattr(session.config, "workerinput"):
            return
        self.rows.sort(key=lambda r: (r["architecture"], LEVELS.index(r["level"])))
        sysconf = getattr(os, "sysconf", lambda name: 0)  # Windows has none
        memory = sysconf("SC_PAGE_SIZE") * sysconf("SC_PHYS_PAGES")
        versions = {"python": platform.python_version()}
        for library in importlib.metadata.distributions():
            if library.name in ("torch", "transformers", "pytest"):
                versions[library.name] = library.version.split("+")[0]
        document = {
            "schema": 1,
            "started": self.started,
            "versions": versions,
            "machine": {
                "system": platform.system(),
                "architecture": platform.machine(),
                "cores": os.cpu_count(),
                **({"memory_bytes": memory} if memory else {}),
                "device": "cpu",
            },
            "results": self.rows,
        }
        new = Path(self.path + ".new")
        new.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")
        new.replace(self.path)


def shard(config: pytest.Config) -> tuple[int, int]:
    text = config.getoption("--hfmodels-shard") or "1/1"
    found = re.fullmatch(r"([0-9]+)/([0-9]+)", text)
    i, n = map(int, found.groups()) if found else (0, 0)
    if not 1 <= i <= n:
        raise pytest.UsageError(f"--hfmodels-shard {text}: want I/N, as 1/4, with 1 <= I <= N")
    return i, n


def properties(test: Any, level: str) -> list[tuple[str, Any]]:
    """What the results say of a generated test."""
    of = {"architecture": test.model_type, "family": test.row()["family"], "level": level}
    pick = {"model": test.pick, "revision": test.revision} if level == "hub" else {}
    return [*of.items(), ("pick", {k: v for k, v in pick.items() if v})]


def reason(report: pytest.TestReport) -> str:
    """Why a test was skipped or failed."""
    if report.skipped and isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    crash = getattr(report.longrepr, "reprcrash", None)
    return crash.message if crash else str(report.longrepr)[-500:]
