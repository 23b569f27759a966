"""Search, for each architecture, how it is built tiny, fed and what comes out.

    python probe.py --catalog ../../registrydata/catalog.json --out ../../registrydata/recipes.json

Every type runs in a process of its own, with limits, forked from one that has
torch and transformers loaded. What is found is frozen as explicit data and
counts only after the harness, which searches nothing, has replayed it. A run
that is stopped goes on where it was (--cache).
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
import traceback
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "critical")

import torch
import transformers

import search

SCHEMA = 1
SECONDS = 150
MEMORY = 10 << 30  # resident, in bytes


Job = tuple[dict[str, Any], dict[str, Any], int, dict[str, Any] | None]


def probe_one(job: Job) -> dict:
    """The row of one type, searched in a child process."""
    arch, override, seconds, known = job
    with tempfile.TemporaryFile() as answer:
        start = time.monotonic()
        child = os.fork()
        if child == 0:
            _child(arch, override, known, answer)
        peak = 0
        end = None
        while True:
            pid, _status = os.waitpid(child, os.WNOHANG)
            if pid:
                break
            peak = max(peak, _resident(child))
            if _cpu(child) > seconds or time.monotonic() - start > 10 * seconds:
                end = f"took more than {seconds} s of one core"
            elif peak > MEMORY:
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
            row = {
                "outcome": "none",
                "reason": "too-large" if end else "crash",
                "why": end or "the process died",
            }
    row["model_type"] = arch["model_type"]
    row["_seconds"] = round(time.monotonic() - start, 2)
    return row


def _child(arch: dict, override: dict, known: dict | None, answer: Any) -> None:
    try:
        torch.set_num_threads(1)
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1)
        os.dup2(sink, 2)

        def keep(row: dict) -> None:
            answer.seek(0)
            pickle.dump(row, answer)
            answer.flush()

        try:
            row = search.search(arch, override, keep, known)
        except BaseException as err:
            row = {
                "outcome": "none",
                "reason": "failed",
                "why": f"{type(err).__name__}: {err}"[:300],
                "_trace": traceback.format_exc()[-3000:],
            }
        keep(row)
    finally:
        os._exit(0)


def _resident(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm") as f:
            return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _cpu(pid: int) -> float:
    """Seconds of CPU, which say the same on a busy machine."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError):
        return 0


def versions() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "torch": torch.__version__.split("+")[0],
        "transformers": transformers.__version__,
    }


def put(path: Path, text: str) -> None:
    """The whole file or, where the program is killed, the one before."""
    new = path.with_name(path.name + ".new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def canonical(rows: dict[str, dict]) -> str:
    """Sorted keys, sorted rows, one architecture a line."""

    def line(value: dict) -> str:
        return json.dumps(
            value, sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )

    archs = [
        "  " + line({k: v for k, v in rows[name].items() if not k.startswith("_")})
        for name in sorted(rows)
    ]
    return (
        '{\n "archs":[\n'
        + ",\n".join(archs)
        + f'\n ],\n "schema":{SCHEMA},\n "versions":{line(versions())}\n}}\n'
    )


def arguments() -> argparse.Namespace:
    here = Path(__file__).resolve().parent
    data = here.parent.parent / "registrydata"
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--catalog", type=Path, default=data / "catalog.json")
    p.add_argument("--out", type=Path, default=data / "recipes.json")
    p.add_argument("--overrides", type=Path, default=here / "overrides.json")
    p.add_argument(
        "--cache", type=Path, help="checkpoint file, for a run that is stopped"
    )
    p.add_argument(
        "--only", nargs="+", metavar="TYPE", help="only these; others are kept"
    )
    p.add_argument("--missing", action="store_true", help="only types without a recipe")
    p.add_argument(
        "--again",
        action="store_true",
        help="run the recipes there are anew, and search where one does not hold or a type is new",
    )
    p.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    p.add_argument(
        "--seconds", type=int, default=SECONDS, help="limit of CPU for one type"
    )
    return p.parse_args()


def selected(types: list[str], outcomes: dict[str, str], args: Any) -> list[str]:
    """The types to run, by what became of each before."""
    if args.only:
        types = [t for t in types if t in args.only]
    elif args.missing:
        types = [t for t in types if outcomes.get(t) != "ok"]
    if args.again:  # why there is none does not change by running it again
        types = [t for t in types if outcomes.get(t) != "none"]
    return types


def lost(before: dict[str, dict], rows: dict[str, dict]) -> list[str]:
    """The types whose recipes held before and do not now, if they are more than
    one in fifty: then it is the library that is broken, or the machine."""
    held = [t for t, r in before.items() if r["outcome"] == "ok"]
    gone = [t for t in held if t in rows and rows[t]["outcome"] != "ok"]
    return gone if len(gone) * 50 > len(held) else []


def main() -> int:
    args = arguments()
    archs = {
        a["model_type"]: a
        for a in json.loads(args.catalog.read_text())["archs"]
        if a.get("auto_classes")
    }
    overrides = json.loads(args.overrides.read_text())
    rows: dict[str, dict] = {}
    if (args.only or args.missing or args.again) and args.out.exists():
        before = json.loads(args.out.read_text())["archs"]
        rows = {r["model_type"]: r for r in before if r["model_type"] in archs}
    todo = selected(list(archs), {t: r["outcome"] for t, r in rows.items()}, args)
    known = dict(rows) if args.again else {}
    if args.cache and args.cache.exists():
        lines = map(json.loads, args.cache.read_text().splitlines())
        had = {row["model_type"]: row for row in lines}
        rows |= had
        todo = [t for t in todo if t not in had]

    jobs: list[Job] = [
        (archs[t], overrides.get(t, {}), args.seconds, known.get(t)) for t in todo
    ]
    start = time.monotonic()
    torch.set_num_threads(1)
    with concurrent.futures.ProcessPoolExecutor(args.jobs) as pool:
        running = [pool.submit(probe_one, job) for job in jobs]
        for i, done in enumerate(concurrent.futures.as_completed(running), 1):
            row = done.result()
            rows[row["model_type"]] = row
            if args.cache:
                with args.cache.open("a") as f:
                    f.write(json.dumps(row, sort_keys=True) + "\n")
            what = row.get("exercised") or row.get("why", "")[:140]
            if "missing" in row:
                what = f"part, without {', '.join(row['missing'])}"
            print(
                f"{i}/{len(jobs)} {row['model_type']}: {row['outcome']} {what!r} {row['_seconds']} s",
                file=sys.stderr,
                flush=True,
            )
    if gone := lost(known, rows):
        print(
            f"probe: {len(gone)} recipes no longer run, as of {gone[0]}: {rows[gone[0]].get('why', '')}\n"
            f"{args.out} stays as it was. If that is meant, search for all anew: make recipes",
            file=sys.stderr,
        )
        return 1
    put(args.out, canonical(rows))
    good = [r for r in rows.values() if r["outcome"] == "ok"]
    full = [r for r in good if r["exercised"] == "full"]
    print(
        f"{len(good)} of {len(rows)} have a recipe, {len(full)} with their full modality; "
        f"{time.monotonic() - start:.0f} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
