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
import pickle
import platform
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "critical")

import torch
import transformers

import search

MEMORY = 10 << 30  # resident, in bytes
Row = dict[str, Any]


def probe_one(arch: Row, override: Row, seconds: int, known: Row | None) -> Row:
    """The row of one type, searched in a child process."""
    with tempfile.TemporaryFile() as answer:
        start = time.monotonic()
        child = os.fork()
        if child == 0:
            _child(arch, override, known, answer)
        end = None
        while not os.waitpid(child, os.WNOHANG)[0]:
            cpu, resident = _usage(child)
            if cpu > seconds or time.monotonic() - start > 10 * seconds:
                end = f"took more than {seconds} s of one core"
            elif resident > MEMORY:
                end = f"took more than {MEMORY >> 30} GiB"
            if end:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                break
            time.sleep(0.02)
        answer.seek(0)
        try:
            row = pickle.load(answer)
        except Exception:
            kind, why = ("too-large", end) if end else ("crash", "the process died")
            row = {"outcome": "none", "reason": kind, "why": why}
    seconds = round(time.monotonic() - start, 2)
    return {**row, "model_type": arch["model_type"], "_seconds": seconds}


def _child(arch: Row, override: Row, known: Row | None, answer: Any) -> None:
    def keep(row: Row) -> None:
        answer.seek(0)
        pickle.dump(row, answer)
        answer.flush()

    try:
        torch.set_num_threads(1)
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        keep(search.search(arch, override, keep, known))
    except BaseException as err:
        why = f"{type(err).__name__}: {err}"[:300]
        keep({"outcome": "none", "reason": "failed", "why": why})
    finally:
        os._exit(0)


def _usage(pid: int) -> tuple[float, int]:
    """Seconds of CPU, which say the same on a busy machine, and resident bytes."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks = int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK"), int(fields[21]) * os.sysconf(
            "SC_PAGE_SIZE"
        )
    except (OSError, IndexError):
        return 0, 0


def canonical(rows: dict[str, Row]) -> str:
    """Sorted keys, sorted rows, one architecture a line."""
    compact = {"sort_keys": True, "separators": (",", ":"), "ensure_ascii": False}
    lines = []
    for name in sorted(rows):
        row = {k: v for k, v in rows[name].items() if not k.startswith("_")}
        lines.append("  " + json.dumps(row, **compact))
    versions = {
        "python": platform.python_version(),
        "torch": torch.__version__.split("+")[0],
        "transformers": transformers.__version__,
    }
    archs, versions = ",\n".join(lines), json.dumps(versions, **compact)
    return f'{{\n "archs":[\n{archs}\n ],\n "schema":1,\n "versions":{versions}\n}}\n'


def arguments() -> argparse.Namespace:
    here = Path(__file__).resolve().parent
    data = here.parent.parent / "registrydata"
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--catalog", type=Path, default=data / "catalog.json")
    p.add_argument("--out", type=Path, default=data / "recipes.json")
    p.add_argument("--overrides", type=Path, default=here / "overrides.json")
    p.add_argument("--only", nargs="+", metavar="TYPE", help="others are kept")
    p.add_argument(
        "--again",
        action="store_true",
        help="run the recipes there are, and search where one no longer holds or a type is new",
    )
    p.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    p.add_argument("--seconds", type=int, default=150, help="of CPU, for one type")
    return p.parse_args()


def selected(types: list[str], rows: dict[str, Row], args: Any) -> list[str]:
    """The types to run. Why there is no recipe does not change by running again."""
    types = [t for t in types if not args.only or t in args.only]
    none = {t for t, r in rows.items() if r["outcome"] == "none" and args.again}
    return [t for t in types if t not in none]


def lost(before: dict[str, Row], rows: dict[str, Row]) -> list[str]:
    """The types whose recipes held before and do not now, if they are more than
    one in fifty: then it is the library that is broken, or the machine."""
    held = [t for t, r in before.items() if r["outcome"] == "ok"]
    gone = [t for t in held if t in rows and rows[t]["outcome"] != "ok"]
    return gone if len(gone) * 50 > len(held) else []


def main() -> int:
    args = arguments()
    catalog = json.loads(args.catalog.read_text())["archs"]
    archs = {a["model_type"]: a for a in catalog if a.get("auto_classes")}
    overrides = json.loads(args.overrides.read_text())
    rows: dict[str, Row] = {}
    if (args.only or args.again) and args.out.exists():
        before = json.loads(args.out.read_text())["archs"]
        rows = {r["model_type"]: r for r in before if r["model_type"] in archs}
    known = dict(rows) if args.again else {}
    todo = selected(list(archs), rows, args)
    torch.set_num_threads(1)
    with concurrent.futures.ProcessPoolExecutor(args.jobs) as pool:
        jobs = [
            pool.submit(
                probe_one, archs[t], overrides.get(t, {}), args.seconds, known.get(t)
            )
            for t in todo
        ]
        for i, done in enumerate(concurrent.futures.as_completed(jobs), 1):
            row = done.result()
            rows[row["model_type"]] = row
            what = row.get("exercised") or row.get("why", "")[:140]
            what = " ".join([what, *row.get("missing", [])])
            outcome = f"{row['model_type']}: {row['outcome']}, {what}"
            print(f"{i}/{len(jobs)} {outcome}, {row['_seconds']} s", file=sys.stderr)
    if gone := lost(known, rows):
        print(
            f"probe: {len(gone)} recipes no longer run, as of {gone[0]}: {rows[gone[0]].get('why', '')}\n"
            f"{args.out} stays as it was. If that is meant, search for all anew: make recipes",
            file=sys.stderr,
        )
        return 1
    # The whole file or, where the program is killed, the one before.
    new = args.out.with_name(args.out.name + ".new")
    new.write_text(canonical(rows), encoding="utf-8")
    new.replace(args.out)
    good = [r for r in rows.values() if r["outcome"] == "ok"]
    full = sum(r["exercised"] == "full" for r in good)
    print(f"{len(good)} of {len(rows)} have a recipe, {full} with their full modality")
    return 0


if __name__ == "__main__":
    sys.exit(main())
