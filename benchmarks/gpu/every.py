"""`python -m benchmarks.gpu all`: every part within the time of one loan of a GPU, whatever becomes of any of them.

Each part is a process of its own: it may crash, hang or lose the GPU, and the next begins afresh. A part gets its share
of the time that is left, so what an early end spares goes to the others; those that did not come to their end go on
from their rows as long as there is time. What became of each stands in gpu_all.json, written after every part, what
they said in gpu_all.log, their tables in gpu_all.md: eight files at most, for who lends a GPU may hand back no more.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.common.frame import BROKEN, COMPLETE, FAILED, NO_GPU, TIME_OVER, Results, measured
from benchmarks.common.paths import RESULTS, ROOT
from benchmarks.gpu.section import Asked

SHARES = {"attention": 4, "linear": 3, "serve": 3}  # the most important first
GRACE = 35.0  # seconds that a part may take to finish what it began in time
LEAST = 5.0  # seconds: with less left, nothing is begun
MEANING = {
    COMPLETE: "complete", FAILED: "a check failed, what it is about is not timed", NO_GPU: "no GPU or no Triton",
    TIME_OVER: "time was over",
}  # fmt: skip
Command = Callable[[str, Asked, float], list[str]]  # part, what was asked, its minutes


def command(part: str, asked: Asked, minutes: float) -> list[str]:
    given = [sys.executable, "-m", "benchmarks.gpu", part, "--minutes", f"{minutes:.3f}"]
    for name in ("quick", "tune", "check_only", "fresh"):
        given += [f"--{name.replace('_', '-')}"] if getattr(asked, name) else []
    return given + (["--out", str(asked.out)] if asked.out else [])


def run(asked: Asked, *, shares: Mapping[str, float] = SHARES, command: Command = command) -> int:
    """0: all is measured; 1: a check failed or a part broke; 2: no part can run here; 4: time is over, call again."""
    folder, deadline = asked.out or RESULTS, asked.deadline
    folder.mkdir(parents=True, exist_ok=True)
    told = Results(folder / "gpu_all.json", fresh=True, empty={**measured(), "parts": {}})
    pending = list(shares)
    for part in pending:
        told.held["parts"][part] = {"exit": TIME_OVER, "said": "not begun: time was over", "seconds": 0.0}
    told.write()
    begun: set[str] = set()
    while pending and deadline.left > LEAST:
        for place, part in enumerate(waiting := list(pending)):
            if deadline.left <= LEAST:
                break
            seconds = deadline.left * shares[part] / sum(shares[other] for other in waiting[place:])
            before = told.held["parts"][part]["seconds"]
            asked_now = _going_on(asked) if part in begun else asked
            begun.add(part)
            row = one(part, command(part, asked_now, seconds / 60), seconds + GRACE, folder / "gpu_all.log")
            _gather_tables(folder, list(shares))
            told.held["parts"][part] = {**row, "seconds": round(before + row["seconds"], 1)}
            told.write()
            print(f"{part}: {row['said']} ({row['seconds']} s)\n{row['tail']}", flush=True)
            if row["exit"] != TIME_OVER:
                pending.remove(part)
    return verdict([part["exit"] for part in told.held["parts"].values()])


def _gather_tables(folder: Path, parts: list[str]) -> None:
    """Into one file, each part's own is taken away; a part that is gone on from writes its whole table again."""
    page = folder / "gpu_all.md"
    told = dict(line.split("\n", 1) for line in _read(page).split("\n# ") if "\n" in line)
    for part in parts:
        for path in folder.glob(f"gpu_{part}_*.md"):
            told[path.stem] = path.read_text("utf-8")
            path.unlink()
    page.write_text("".join(f"\n# {name}\n{text.rstrip()}\n" for name, text in told.items()), "utf-8")


def _read(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""


def verdict(exits: list[int]) -> int:
    if all(code == NO_GPU for code in exits):
        return NO_GPU
    if any(code not in (COMPLETE, TIME_OVER, NO_GPU) for code in exits):
        return FAILED
    return TIME_OVER if TIME_OVER in exits else NO_GPU if NO_GPU in exits else COMPLETE


def _going_on(asked: Asked) -> Asked:
    """From the rows of the round before, which --fresh would forget."""
    return Asked(asked.quick, asked.tune, asked.check_only, False, asked.deadline, asked.out)


def one(part: str, given: list[str], patience: float, log: Path) -> dict[str, Any]:
    """Run a part, its output appended to `log`. patience: seconds until it and all that it started are killed."""
    begun = time.monotonic()
    with log.open("ab") as written:
        written.write(f"{part}:\n".encode())
        written.flush()
        at = written.tell()
        process = subprocess.Popen(
            given, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=written, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            code, said = process.wait(patience), ""
        except subprocess.TimeoutExpired:
            code, said = BROKEN, f"did not come back after {patience:.0f} s and was killed"
        finally:
            _kill(process)
    tail = log.read_bytes()[at:].decode("utf-8", "replace").splitlines()[-12:]
    if not said:
        last = tail[-1] if tail else "it said nothing"
        said = MEANING.get(code) or f"broke with exit code {code}: {last}"
    return {"exit": code, "said": said, "seconds": round(time.monotonic() - begun, 1), "tail": "\n".join(tail)}


def _kill(process: subprocess.Popen[bytes]) -> None:
    """And its workers, which hang in a kernel where it does."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
