"""What every benchmark here does alike: it refuses to time what is wrong, takes medians after warming up, writes each
row as soon as it is there, and goes on from those rows when it is called again.

Needs the standard library alone, for the machine with the GPU has little more.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import json
import math
import statistics
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.common.machine import hardware, write_json
from benchmarks.common.paths import RESULTS, ROOT

COMPLETE, FAILED, NO_GPU, BROKEN, TIME_OVER = 0, 1, 2, 3, 4  # exit codes; after the last, call again: it goes on
CODE = ("*.py", "*.cpp", "*.h")
Row = dict[str, Any]


class WrongResultError(Exception):
    """What was to be timed does not compute what it should."""


def checked(what: str, good: bool, **numbers: float) -> None:
    """Stand before any clock. Raises: WrongResultError, with the numbers that say how wrong it is."""
    if not good:
        shown = ", ".join(f"{name} {value:.6g}" for name, value in numbers.items())
        raise WrongResultError(f"{what}: wrong, so it is not timed{f' ({shown})' if shown else ''}")


def median_seconds(
    call: Callable[[], object],
    *,
    repeats: int = 9,
    warm_up: int = 1,
    before: Callable[[], object] | None = None,
    clock: Callable[[], float] | None = None,
) -> float:
    """Of one call. warm_up: calls that are not counted; before: waits, say for a GPU, ahead of each counted call.

    clock: seconds; the wall's if not given.
    """
    clock = clock or time.perf_counter
    for _ in range(warm_up):
        call()
    taken = []
    for _ in range(repeats):
        if before is not None:
            before()
        begun = clock()
        call()
        taken.append(clock() - begun)
    return statistics.median(taken)


class Deadline:
    """Nothing new is begun once it has passed; what has begun is finished."""

    def __init__(self, minutes: float = math.inf) -> None:
        self.minutes, self._ends = minutes, time.monotonic() + 60 * minutes

    @property
    def left(self) -> float:
        """Seconds; negative once it has passed."""
        return self._ends - time.monotonic()

    @property
    def over(self) -> bool:
        return self.left <= 0


def said(reason: BaseException) -> str:
    return f"{type(reason).__name__}: {' '.join(str(reason).split())[:200]}"


def attempt(case: Row, run: Callable[[], Row]) -> Row:
    """The case and what it gave; `error` in its place if it raised: one row must not end the others."""
    try:
        return case | run()
    except Exception as reason:  # whatever a kernel or a compiler throws belongs in the table
        return case | {"error": said(reason)}


def fingerprint(*places: str) -> str:
    """Of the code in these files and folders of the repository: rows of other code are not gone on from."""
    roots = [ROOT / place for place in places]
    files = {path for root in roots for kind in CODE for path in (root.rglob(kind) if root.is_dir() else [root])}
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def stamp(*places: str, packages: Iterable[str] = ("torch",)) -> Row:
    """What a row depends on beside its case: the machine, the versions, the code of these places."""
    machine = hardware()
    found = {"machine": f"{machine['cpu']}, {machine['cores']} cores", "python": machine["python"]}
    for name in packages:
        with suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return {**found, "code": fingerprint(*places)}


def measured() -> Row:
    """When and where a row was measured, and how busy that machine was."""
    return {"date": datetime.now(UTC).isoformat(timespec="seconds"), "hardware": hardware()}


class Results:
    """A JSON file that is written after every row, with a table beside it.

    With a `stamp`, what is there is gone on from only if it has the same one. Without, each row says by itself what it
    depends on. path None: nothing is written.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        stamp: Row | None = None,
        empty: Row | None = None,
        fresh: bool = False,
        table: Callable[[Row], str] | None = None,
    ) -> None:
        self.path, self.stamp, self._table = path, stamp, table
        old = {} if path is None or fresh else _read(path, half=stamp is not None)
        same = all(old.get(name) == value for name, value in (stamp or {}).items())
        self.held: Row = {**(stamp or {}), **(empty or {}), **(old if same else {})}

    def write(self) -> None:
        """All of it. A stamped file also says when it was written, and on what."""
        if self.stamp is not None:
            self.held |= measured()
        if self.path is None:
            return
        write_json(self.path, self.held)
        if self._table is not None:
            self.path.with_suffix(".md").write_text(self._table(self.held).rstrip() + "\n", "utf-8")

    def keep(self, part: str, value: Any) -> None:
        self.held[part] = value
        self.write()

    def add(self, part: str, row: Row) -> None:
        """Print the row and put it at the end of a part."""
        print(row, flush=True)
        self.keep(part, [*self.held.get(part, []), row])

    def misses(self, part: str, case: Row) -> bool:
        return not any(case.items() <= row.items() for row in self.held.get(part, []))

    def measure(self, part: str, cases: Iterable[Row], run: Callable[[Row], Row], deadline: Deadline) -> bool:
        """A row for each case that has none, a failure kept as one. False: time was over before all were there."""
        for case in cases:
            if not self.misses(part, case):
                continue
            if deadline.over:
                return False
            self.add(part, attempt(case, partial(run, case)))
        return True


def _read(path: Path, *, half: bool) -> Row:
    """Nothing where there is no file. half: nor where it cannot be read, for all of it can be measured again."""
    try:
        held: Row = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except json.JSONDecodeError:
        if half:
            return {}
        raise
    return held


def add_arguments(parser: argparse.ArgumentParser, *, minutes: float = math.inf) -> None:
    """Those of every benchmark that goes on where it stopped."""
    parser.add_argument("--minutes", type=float, default=minutes, help="begin nothing new after this long")
    parser.add_argument("--fresh", action="store_true", help="forget what was measured before")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results (default: benchmarks/results)")
