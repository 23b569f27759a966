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


def probe_one(arch: Row, override: Row, known: Row | None) -> Row:
    """The row of one type, searched in a child process."""
    with tempfile.TemporaryFile() as answer:
        child = os.fork()
        if child == 0:
            _child(arch, override, known, answer)
        _, status = os.waitpid(child, 0)
        answer.seek(0)
        if found := answer.read():
            return json.loads(found)
    kind, why = "crash", "the process died"
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
        kind, why = "too-large", f"took more than {SECONDS} s of one core"
    return {"model_type": arch["model_type"], "outcome": "none", "reason": kind, "why": why}


def _child(arch: Row, override: Row, known: Row | None, answer: Any) -> None:
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        answer.write(json.dumps(search.search(arch, override, known)).encode())
        answer.flush()
    finally:
        os._exit(0)


def canonical(rows: dict[str, Row]) -> str:
    """Sorted keys, sorted rows, one architecture a line."""

    def compact(value: Any) -> str:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

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
    rows: dict[str, Row] = {}
    if (args.only or args.again) and OUT.exists():
        before = json.loads(OUT.read_text())["archs"]
        rows = {r["model_type"]: r for r in before if r["model_type"] in archs}
    known = dict(rows) if args.again else {}
    # A type without a recipe stays without one: running it again has the same result.
    none = {t for t, r in known.items() if r["outcome"] == "none"}
    todo = [t for t in args.only or archs if t in archs and t not in none]
    torch.set_num_threads(1)
    # What was found is kept at once, so that a run that was ended goes on with the rest.
    part = OUT.with_name(OUT.name + ".part")
    if part.exists():
        rows |= {r["model_type"]: r for r in map(json.loads, part.read_text().splitlines())}
        todo = [
            t for t in todo if t not in {json.loads(x)["model_type"] for x in part.read_text().splitlines()}
        ]
    with part.open("a") as kept, concurrent.futures.ProcessPoolExecutor() as pool:
        work = [(archs[t], overrides.get(t, {}), known.get(t)) for t in todo]
        jobs = [pool.submit(probe_one, *of_type) for of_type in work]
        for i, done in enumerate(concurrent.futures.as_completed(jobs), 1):
            row = done.result()
            rows[row["model_type"]] = row
            print(json.dumps(row), file=kept, flush=True)
            what = row.get("exercised") or row["why"][:140]
            print(f"{i}/{len(jobs)} {row['model_type']}: {what}", file=sys.stderr)
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
