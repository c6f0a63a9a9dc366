"""Wall time and processor time, taken together: on a shared machine only the second says what the work itself takes."""

from __future__ import annotations

import time


def clocks() -> tuple[float, float]:
    """Seconds: of the wall clock, and of processor time of all threads of this process."""
    return time.perf_counter(), time.process_time()


def elapsed(name: str, begin: tuple[float, float], end: tuple[float, float]) -> dict[str, float]:
    return {name: end[0] - begin[0], f"processor_{name}": end[1] - begin[1]}
