"""Markers, results and sharding for the per-architecture tests.

`--hfmodels-results FILE` writes one JSON document: README.md has its schema.
`--shard i/n` keeps every n-th file, from the i-th (1-based), for a CI matrix.
"""

from __future__ import annotations

import json
import os
import platform
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

import harness

LEVELS = ("contract", "tiny", "hub")
SCHEMA = 1


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--hfmodels-results", metavar="FILE", help="write results as JSON")
    parser.addoption("--shard", metavar="I/N", help="run the I-th of N parts")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "contract: the row against the library, offline")
    config.addinivalue_line("markers", "tiny: a real forward pass, random weights")
    config.addinivalue_line("markers", "hub: the pick itself; opt-in, HFMODELS_HUB=1")
    shard(config)
    if "PYTEST_XDIST_WORKER" in os.environ:
        torch.set_num_threads(1)
    if config.getoption("--hfmodels-results") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Results(config))


def shard(config: pytest.Config) -> tuple[int, int]:
    text = config.getoption("--shard") or "1/1"
    try:
        i, n = (int(part) for part in text.split("/"))
    except ValueError:
        raise pytest.UsageError(f"--shard {text}: want I/N, as 1/4") from None
    if not 1 <= i <= n:
        raise pytest.UsageError(f"--shard {text}: want 1 <= I <= N")
    return i, n


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    i, n = shard(config)
    if n > 1:
        files = sorted({item.path for item in items})
        mine = set(files[i - 1 :: n])
        config.hook.pytest_deselected(items=[x for x in items if x.path not in mine])
        items[:] = [x for x in items if x.path in mine]
    for item in items:
        row = getattr(getattr(item, "module", None), "ROW", None)
        level = next((x for x in LEVELS if item.get_closest_marker(x)), None)
        if row and level:
            item.user_properties.append(("architecture", row["model_type"]))
            item.user_properties.append(("level", level))
            item.user_properties.append(("family", row["family"]))
            if level == "hub" and row["pick"]:
                for key in ("id", "revision"):
                    item.user_properties.append((key, row["pick"].get(key)))
            recipe = getattr(item.module, "RECIPE", {})
            if level == "tiny" and recipe.get("outcome") == "none":
                item.user_properties.append(("no recipe", recipe["reason"]))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Any:
    """A harness that says Skip skips, with its reason."""
    try:
        return (yield)
    except harness.Skip as skip:
        pytest.skip(str(skip))
    except harness.OutOfReach:
        item.user_properties.append(("out of reach", True))
        raise


@pytest.fixture
def record(request: pytest.FixtureRequest) -> harness.Record:
    """Keeps what a level measured for the results file."""

    def keep(measured: dict[str, Any]) -> None:
        request.node.user_properties.append(("measured", measured))

    return keep


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Counts by family, and why what was skipped was."""
    counts: dict[str, Counter[str]] = {}
    reasons: Counter[str] = Counter()
    archs = set()
    for outcome in OUTCOMES:
        for report in terminalreporter.stats.get(outcome, []):
            properties = dict(getattr(report, "user_properties", []))
            if "architecture" not in properties:
                continue
            archs.add(properties["architecture"])
            counts.setdefault(properties["family"], Counter())[outcome] += 1
            if outcome == "skipped":
                reasons[skip_reason(report, properties)] += 1
    if len(archs) < 2:
        return
    write = terminalreporter.write_line
    terminalreporter.section("by family")
    write(f"{'':22}" + "".join(f"{o:>9}" for o in OUTCOMES))
    counts["all"] = sum((Counter(c) for c in counts.values()), Counter())
    for family, c in sorted(counts.items(), key=lambda f: (f[0] == "all", f[0])):
        write(f"{family:22}" + "".join(f"{c[o]:>9}" for o in OUTCOMES))
    for why, n in reasons.most_common():
        write(f"skipped {n}: {why}")


OUTCOMES = ("passed", "skipped", "failed", "error")


def skip_reason(report: pytest.TestReport, properties: dict[str, Any]) -> str:
    """The reason without what is the architecture's own, so that it can be counted."""
    if "no recipe" in properties:
        return f"no recipe, {properties['no recipe'].replace('-', ' ')}"
    text = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else ""
    text = text.removeprefix("Skipped: ")
    return re.sub(r"\S*(Config|/)\S* ", "it ", text.split(": ")[0], count=1)


class Results:
    def __init__(self, config: pytest.Config) -> None:
        self.path = Path(config.getoption("--hfmodels-results"))
        if self.path.is_dir() or not self.path.parent.is_dir():
            raise pytest.UsageError(
                f"--hfmodels-results {self.path}: want a file in a directory that is there"
            )
        self.started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.rows: list[dict[str, Any]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        properties = dict(report.user_properties)
        told = report.when == "call" or report.outcome != "passed"
        if "architecture" not in properties or not told or report.when == "teardown":
            return
        row: dict[str, Any] = {
            "architecture": properties["architecture"],
            "family": properties["family"],
            "level": properties["level"],
            "outcome": report.outcome,
            "seconds": round(report.duration, 3),
        }
        if report.skipped and isinstance(report.longrepr, tuple):
            row["reason"] = str(report.longrepr[2]).removeprefix("Skipped: ")
        elif report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            row["reason"] = crash.message if crash else str(report.longrepr)[-500:]
        for key, name in (("id", "model"), ("revision", "revision")):
            if properties.get(key):
                row[name] = properties[key]
        if "out of reach" in properties:
            row["out_of_reach"] = True
        row.update(properties.get("measured", {}))
        self.rows.append(row)

    def pytest_sessionfinish(self) -> None:
        self.rows.sort(key=lambda r: (r["architecture"], LEVELS.index(r["level"])))
        document = {
            "schema": SCHEMA,
            "started": self.started,
            "versions": {
                "python": platform.python_version(),
                "torch": torch.__version__.split("+")[0],
                "transformers": transformers.__version__,
                "pytest": pytest.__version__,
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
