"""The fixture that the per-architecture tests call, and what pytest gets for them.

`--hfmodels-results FILE` writes one JSON document: README.md has its schema.
`--shard i/n` keeps every n-th file, from the i-th (1-based), for a CI matrix.
"""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import json
import os
import platform
import re
import time
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

# Read when the libraries are imported, which another test may do before ours.
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
if os.environ.get("HFMODELS_HUB") != "1":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")

LEVELS = ("contract", "tiny", "hub")
OUTCOMES = ("passed", "skipped", "failed", "error")
SCHEMA = 1


@functools.cache
def load_harness() -> ModuleType:
    """The harness.py of this folder, by its path: another folder of the same run
    may have one too, and whether `import` finds ours hangs on pytest's import
    mode. It brings torch, so nothing that only collects loads it."""
    path = Path(__file__).with_name("harness.py")
    spec = importlib.util.spec_from_file_location("harness", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def harness() -> ModuleType:
    return load_harness()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Any:
    try:
        return (yield)
    except AssertionError as err:
        if isinstance(err, load_harness().OutOfReach):
            item.user_properties.append(("out of reach", True))
        raise


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Each folder has a conftest of its own; what is of the run is added once."""
    if not pluginmanager.has_plugin("hfmodels"):
        pluginmanager.register(Run(), "hfmodels")


class Run:
    """Options, markers, shards, the summary and the results of a run."""

    def pytest_addoption(self, parser: pytest.Parser) -> None:
        parser.addoption(
            "--hfmodels-results", metavar="FILE", help="write results as JSON"
        )
        parser.addoption("--shard", metavar="I/N", help="run the I-th of N parts")

    def pytest_configure(self, config: pytest.Config) -> None:
        for marker in (
            "contract: the row against the library, offline",
            "tiny: a real forward pass, random weights",
            "hub: the pick itself; opt-in, HFMODELS_HUB=1",
        ):
            config.addinivalue_line("markers", marker)
        shard(config)
        path = config.getoption("--hfmodels-results")
        if path and not hasattr(config, "workerinput"):
            config.pluginmanager.register(Results(Path(path)))

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        i, n = shard(config)
        files = sorted({item.path for item in items})
        mine = set(files[i - 1 :: n])
        if others := [x for x in items if x.path not in mine]:
            config.hook.pytest_deselected(items=others)
            items[:] = [x for x in items if x.path in mine]
        for item in items:
            item.user_properties += properties(item)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Counts by family, and why what was skipped was."""
        counts: dict[str, Counter[str]] = {}
        reasons: Counter[str] = Counter()
        archs = set()
        for outcome in OUTCOMES:
            for report in terminalreporter.stats.get(outcome, []):
                told = dict(getattr(report, "user_properties", []))
                if "architecture" not in told:
                    continue
                archs.add(told["architecture"])
                counts.setdefault(told["family"], Counter())[outcome] += 1
                if outcome == "skipped":
                    reasons[kind_of_skip(report, told)] += 1
        if len(archs) < 2:
            return
        write = terminalreporter.write_line
        terminalreporter.section("by family")
        write(f"{'':22}" + "".join(f"{o:>9}" for o in OUTCOMES))
        total = sum(counts.values(), Counter())
        for family, c in [*sorted(counts.items()), ("all", total)]:
            write(f"{family:22}" + "".join(f"{c[o]:>9}" for o in OUTCOMES))
        for why, n in reasons.most_common():
            write(f"skipped {n}: {why}")


def shard(config: pytest.Config) -> tuple[int, int]:
    text = config.getoption("--shard") or "1/1"
    try:
        i, n = (int(part) for part in text.split("/"))
    except ValueError:
        raise pytest.UsageError(f"--shard {text}: want I/N, as 1/4") from None
    if not 1 <= i <= n:
        raise pytest.UsageError(f"--shard {text}: want 1 <= I <= N")
    return i, n


def properties(item: pytest.Item) -> list[tuple[str, Any]]:
    """What the results and the summary say of a generated test."""
    module = getattr(item, "module", None)
    row = getattr(module, "ROW", None)
    level = next((x for x in LEVELS if item.get_closest_marker(x)), None)
    if not row or not level:
        return []
    found = [
        ("architecture", row["model_type"]),
        ("level", level),
        ("family", row["family"]),
    ]
    if level == "hub" and row["pick"]:
        found += [(key, row["pick"].get(key)) for key in ("id", "revision")]
    recipe = getattr(module, "RECIPE", {})
    if level == "tiny" and recipe.get("outcome") == "none":
        found.append(("no recipe", recipe["reason"]))
    return found


def reason(report: pytest.TestReport) -> str:
    """Why a test was skipped or failed."""
    if report.skipped and isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    crash = getattr(report.longrepr, "reprcrash", None)
    return crash.message if crash else str(report.longrepr)[-500:]


def kind_of_skip(report: pytest.TestReport, told: dict[str, Any]) -> str:
    """The reason without what is the architecture's own, so that it can be counted."""
    if "no recipe" in told:
        return f"no recipe, {told['no recipe'].replace('-', ' ')}"
    return re.sub(r"\S*(Config|/)\S* ", "it ", reason(report).split(": ")[0], count=1)


class Results:
    """The document of --hfmodels-results."""

    def __init__(self, path: Path) -> None:
        if path.is_dir() or not path.parent.is_dir():
            raise pytest.UsageError(
                f"--hfmodels-results {path}: want a file in a directory that is there"
            )
        self.path = path
        self.started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.rows: list[dict[str, Any]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        told = dict(report.user_properties)
        ended = report.when == "call" or report.outcome != "passed"
        if "architecture" not in told or not ended or report.when == "teardown":
            return
        row: dict[str, Any] = {
            "architecture": told["architecture"],
            "family": told["family"],
            "level": told["level"],
            "outcome": report.outcome,
            "seconds": round(report.duration, 3),
        }
        if report.outcome != "passed":
            row["reason"] = reason(report)
        for key, name in (("id", "model"), ("revision", "revision")):
            if told.get(key):
                row[name] = told[key]
        if "out of reach" in told:
            row["out_of_reach"] = True
        self.rows.append({**row, **told.get("measured", {})})

    def pytest_sessionfinish(self) -> None:
        self.rows.sort(key=lambda r: (r["architecture"], LEVELS.index(r["level"])))
        document = {
            "schema": SCHEMA,
            "started": self.started,
            "versions": {
                "python": platform.python_version(),
                **{name: version(name) for name in ("torch", "transformers", "pytest")},
            },
            "machine": {
                "system": platform.system(),
                "architecture": platform.machine(),
                "cores": os.cpu_count(),
                "memory_bytes": os.sysconf("SC_PAGE_SIZE")
                * os.sysconf("SC_PHYS_PAGES"),
                "device": "cpu",
            },
            "results": self.rows,
        }
        new = self.path.with_name(self.path.name + ".new")
        new.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")
        new.replace(self.path)


def version(package: str) -> str:
    return importlib.metadata.version(package).split("+")[0]
