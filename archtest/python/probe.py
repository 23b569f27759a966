"""Search, for each architecture, how it is built tiny, fed and what comes out.

    python probe.py [--only TYPE...] [--again]

Every type runs in a process of its own, with limits, forked from one that has
torch and transformers loaded. What is found is frozen as explicit data and
counts only after the harness, which searches nothing, has replayed it.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import os
import platform
import resource
import signal
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "critical")

import torch
import transformers

import search

OVERRIDES = Path(__file__).resolve().with_name("overrides.json")
DATA = OVERRIDES.parents[2] / "registrydata"
OUT = DATA / "recipes.json"
SECONDS = 400  # of CPU for one type, which say the same on a busy machine
MEMORY = 10 << 30
Row = dict[str, Any]


def alone(ask: Callable[[], Any]) -> Any:
    """What comes out in a process of its own, with limits, or a row that says how that ended."""
    with tempfile.TemporaryFile() as answer:
        child = os.fork()
        if child == 0:
            try:
                resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
                resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
                sink = os.open(os.devnull, os.O_WRONLY)
                os.dup2(sink, 1)
                os.dup2(sink, 2)
                answer.write(json.dumps(ask()).encode())
                answer.flush()
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        answer.seek(0)
        if found := answer.read():
            return json.loads(found)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
        return {"reason": "too-large", "why": f"took more than {SECONDS} s of one core"}
    return {"reason": "crash", "why": "the process died"}


def probe_one(arch: Row, override: Row, before: Row, again: bool) -> tuple[Row, str]:
    """The row of a type, and what there is to say of it. A recipe of before stays where
    nothing is found instead and it still runs."""
    found = alone(lambda: search.search(arch, override, before if again and before else None))
    row = {"model_type": arch["model_type"], "outcome": "none", **found}
    if row["outcome"] == "ok":
        return row, row["exercised"]
    stays = before.get("outcome") == "ok" and "none" not in override
    if stays and alone(lambda: search.stands(before)) is True:
        return before, f"the recipe of before stays, as a search finds none: {row['why']}"
    return row, row["why"]


def canonical(rows: dict[str, Row]) -> str:
    """Sorted keys, sorted rows, one architecture a line."""
    compact = partial(json.dumps, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    archs = ",\n".join("  " + compact(rows[name]) for name in sorted(rows))
    versions = {
        "python": platform.python_version(),
        "torch": torch.__version__.split("+")[0],
        "transformers": transformers.__version__,
    }
    rest = f'"schema":1,\n "versions":{compact(versions)}'
    return f'{{\n "archs":[\n{archs}\n ],\n {rest}\n}}\n'


def lost(before: dict[str, Row], rows: dict[str, Row]) -> list[str]:
    """The types whose recipes held before and do not now, if they are more than
    one in fifty: then it is the library that is broken, or the machine."""
    held = [t for t, r in before.items() if r["outcome"] == "ok"]
    gone = [t for t in held if t in rows and rows[t]["outcome"] != "ok"]
    return gone if len(gone) * 50 > len(held) else []


def main() -> str | None:
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--only", nargs="+", metavar="TYPE", help="others are kept")
    again = "run the recipes there are; search where one fails or a type is new"
    p.add_argument("--again", action="store_true", help=again)
    args = p.parse_args()
    catalog = json.loads((DATA / "catalog.json").read_text())["archs"]
    archs = {a["model_type"]: a for a in catalog if a.get("auto_classes")}
    overrides = json.loads(OVERRIDES.read_text())
    before: dict[str, Row] = {}
    if OUT.exists():
        before = {r["model_type"]: r for r in json.loads(OUT.read_text())["archs"]}
    rows = {t: r for t, r in before.items() if t in archs} if args.only or args.again else {}
    known = dict(rows) if args.again else {}
    # A type without a recipe stays without one: running it again has the same result.
    ready = {t for t, r in known.items() if r["outcome"] == "none"}
    torch.set_num_threads(1)
    # What was found is kept at once, so that a run that was ended goes on with the rest.
    part = OUT.with_name(OUT.name + ".part")
    done = list(map(json.loads, part.read_text().splitlines())) if part.exists() else []
    rows |= {r["model_type"]: r for r in done}
    ready |= {r["model_type"] for r in done}
    todo = [t for t in args.only or archs if t in archs and t not in ready]
    with part.open("a") as kept, concurrent.futures.ProcessPoolExecutor() as pool:
        work = [(archs[t], overrides.get(t, {}), before.get(t, {}), args.again) for t in todo]
        jobs = [pool.submit(probe_one, *of_type) for of_type in work]
        for i, job in enumerate(concurrent.futures.as_completed(jobs), 1):
            row, said = job.result()
            rows[row["model_type"]] = row
            print(json.dumps(row), file=kept, flush=True)
            print(f"{i}/{len(jobs)} {row['model_type']}: {said[:200]}", file=sys.stderr)
    if gone := lost(known, rows):
        return (
            f"probe: {len(gone)} recipes no longer run, such as that of {gone[0]}: "
            f"{rows[gone[0]]['why']}\n{OUT} is unchanged. If the recipes "
            "are to go, search for all of them again: make recipes"
        )
    # The whole file or, where the program is killed, the one before.
    new = OUT.with_name(OUT.name + ".new")
    new.write_text(canonical(rows), encoding="utf-8")
    new.replace(OUT)
    part.unlink()
    good = [r for r in rows.values() if r["outcome"] == "ok"]
    full = sum(r["exercised"] == "full" for r in good)
    print(f"{len(good)} of {len(rows)} have a recipe, {full} with their full modality")
    return None


if __name__ == "__main__":
    sys.exit(main())
