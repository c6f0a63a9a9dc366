"""`python -m benchmarks.gpu linear`: checks, times, the table; called again it goes on where it stopped."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from benchmarks.common.paths import RESULTS
from benchmarks.gpu import jobs
from benchmarks.gpu.linear import (
    checks,
    peers,
    report,
    timing,
    weights,
)
from konspekt.kernels.triton.available import installed, interpreting

MODULE = "benchmarks.gpu.linear"
SECONDS = 90.0  # for one time, compiled before
COMPLETE, FAILED, NO_GPU, TIME_OVER = 0, 1, 2, 4


def run(*, quick: bool, tune: bool, check_only: bool, fresh: bool = False, minutes: float = 9.0) -> int:
    """0: all is measured; 1: all but what failed its check; 2: no GPU, or no Triton; 4: time is over, call again."""
    device, ends = jobs.here(), time.monotonic() + 60 * minutes
    if not installed() or (device.type == "cpu" and not (check_only and interpreting())):
        print("No GPU or no Triton here. Checks alone: TRITON_INTERPRET=1 python -m benchmarks.gpu linear --check-only")
        return NO_GPU
    if tune:
        print("The tiles of products are not tuned yet: --tune changes nothing here.")
    if device.type == "cpu":
        return FAILED if broken_in(check(device)) else COMPLETE
    path, held = _held(device, fresh=fresh)
    if "checks" not in held:
        _keep(path, held, "checks", check(device))
    broken = broken_in(held["checks"])
    if broken:
        print(f"Not timed, since their check failed: {', '.join(broken)}", flush=True)
    if check_only or len(broken) == len(held["checks"]):
        return FAILED if broken else COMPLETE
    sound = [name for name in weights.NAMES if name not in broken]
    for row in jobs.run([(f"{MODULE}.timing", "warm", {"name": name}) for name in sound]):
        if not row["good"]:
            print(row["what"], row["error"], flush=True)
    alone = jobs.Alone()
    try:
        if "roofs" not in held:
            roofs = alone.run((f"{MODULE}.timing", "roofs", {}))
            if "error" in roofs:
                print(f"Neither a copy nor cuBLAS could be timed, so nothing is: {roofs['error']}")
                return FAILED
            _keep(path, held, "roofs", roofs)
        complete = measure(alone, path, held, [*sound, *peers.PEERS], quick=quick, ends=ends)
    finally:
        alone.end()
    print("complete" if complete else f"{minutes:g} minutes are over: call again, it goes on from here")
    return TIME_OVER if not complete else FAILED if broken else COMPLETE


def measure(alone: jobs.Alone, path: Path, held: dict[str, Any], names: list[str], *, quick: bool, ends: float) -> bool:
    """Every case that is not there yet; what a format or peer throws stands in its place. False: time is over."""
    for case in timing.cases(quick=quick):
        if any(case.items() <= row.items() for row in held["rows"]):
            continue
        if time.monotonic() > ends:
            return False
        row: dict[str, Any] = {**case, "found": {}}
        for name in names:
            if name in held.get("lost", []):
                continue
            given = {"name": name, "case": case, "held": held["roofs"]}
            told = alone.run((f"{MODULE}.timing", "one", given), SECONDS)
            row["found"][name] = told.get("error") or {k: v for k, v in told.items() if k not in ("what", "good")}
            if told.get("dead"):  # took its process with it: once is enough
                _keep(path, held, "lost", [*held.get("lost", []), name])
        print(row, flush=True)
        _keep(path, held, "rows", [*held["rows"], row])
    return True


def broken_in(checked: list[dict[str, Any]]) -> list[str]:
    return [row["name"] for row in checked if not row["good"]]


def check(device: torch.device) -> list[dict[str, Any]]:
    """What every format's check found, printed as it comes."""
    small = device.type == "cpu"
    todo: list[jobs.Job] = [(f"{MODULE}.checks", name, given) for name, given in checks.plan(small=small)]
    todo += [] if small else [(f"{MODULE}.checks", "graph", {})]
    found = []
    for job, row in zip(todo, jobs.run(todo), strict=True):
        row["name"] = job[2].get("name", "CUDA graphs")
        numbers = " ".join(f"{key} {value:.1e}" for key, value in row.items() if isinstance(value, float))
        print("good" if row["good"] else "BAD ", row["name"], row.get("error", numbers), flush=True)
        found.append(row)
    return found


def _held(device: torch.device, *, fresh: bool) -> tuple[Path, dict[str, Any]]:
    """The file of this GPU, and what is in it if it is of these kernels, this torch and this Triton."""
    import triton

    gpu = torch.cuda.get_device_name(device)
    path = RESULTS / f"gpu_linear_{''.join(c if c.isalnum() else '_' for c in gpu)}.json"
    stamp = {"gpu": gpu, "torch": str(torch.__version__), "triton": str(triton.__version__),
             "kernels": jobs.fingerprint("kernels/linear", "kernels/hadamard")}  # fmt: skip
    old = json.loads(path.read_text("utf-8")) if path.exists() and not fresh else {}
    same = all(old.get(name) == value for name, value in stamp.items())
    return path, old if same else {**stamp, "rows": []}


def _keep(path: Path, held: dict[str, Any], part: str, value: Any) -> None:
    held[part], held["date"] = value, datetime.now(UTC).isoformat(timespec="seconds")
    RESULTS.mkdir(exist_ok=True)
    path.write_text(json.dumps(held, indent=1, ensure_ascii=False) + "\n", "utf-8")
    path.with_suffix(".md").write_text(report.table(held), "utf-8")
