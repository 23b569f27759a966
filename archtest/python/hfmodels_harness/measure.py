"""How long a model took, and how much memory."""

from __future__ import annotations

import ctypes
import gc
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .build import Model, Row


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    result = call()
    return result, round(time.perf_counter() - start, 4)


def figures(load: float, first: float, call: Any, model: Model, memory: Memory) -> Row:
    """What was measured. The steady time is the shortest of three further calls, or
    of fewer if they are long."""
    took: list[float] = []
    while len(took) < 3 and sum(took) < 2:
        took.append(timed(call)[1])
    return {
        "load_seconds": load,
        "first_forward_seconds": first,
        "steady_forward_seconds": min(took),
        "parameters": sum(p.numel() for p in model.parameters()),
        **memory.measured(),
    }


class Memory:
    """The most memory that the process held since this was made.

    Linux can start that count anew, so that what earlier tests used is not in
    it; what they left behind is, and is given as the base. Elsewhere nothing
    is measured."""

    def __init__(self) -> None:
        gc.collect()
        self.base = None
        try:
            ctypes.CDLL(None).malloc_trim(0)
            Path("/proc/self/clear_refs").write_text("5")
            self.base = _status("VmRSS")
        except (OSError, AttributeError, TypeError):  # the last: Windows
            pass

    def measured(self) -> Row:
        if self.base is None:
            return {}
        return {"base_memory_bytes": self.base, "peak_memory_bytes": _status("VmHWM")}


def _status(key: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024
    raise OSError(f"/proc/self/status has no {key}")
