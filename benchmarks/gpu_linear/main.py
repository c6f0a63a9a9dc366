"""`python benchmarks/gpu.py linear`: checks, times, the table; called again it goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from benchmarks.gpu_attention import jobs
from benchmarks.gpu_linear import checks, report, timing, weights
from kernels.triton.available import installed, interpreting

RESULTS = Path(__file__).resolve().parents[1] / "results"
MODULE = "benchmarks.gpu_linear"
COMPLETE, FAILED, NO_GPU, TIME_OVER = 0, 1, 2, 4


def run(*, quick: bool, tune: bool, check_only: bool, fresh: bool = False, minutes: float = 9.0) -> int:
    """0: all is measured; 1: a check failed, nothing is timed; 2: no GPU, or no Triton; 4: time is over, call again."""
    device, ends = jobs.here(), time.monotonic() + 60 * minutes
    if not installed() or (device.type == "cpu" and not (check_only and interpreting())):
        print("No GPU or no Triton here. Checks alone: TRITON_INTERPRET=1 python benchmarks/gpu.py linear --check-only")
        return NO_GPU
    if tune:
        print("The tiles of products are not tuned yet: --tune changes nothing here.")
    if device.type == "cpu":
        return COMPLETE if check(device) is not None else FAILED
    path, held = _held(device, fresh=fresh)
    if "checks" not in held:
        found = check(device)
        if found is None:
            print("A check failed: nothing is timed.")
            return FAILED
        _keep(path, held, "checks", found)
    if check_only:
        return COMPLETE
    for row in jobs.run([(f"{MODULE}.timing", "warm", {"name": name}) for name in weights.NAMES]):
        if not row["good"]:
            print(row["what"], row["error"])
    if "roofs" not in held:
        _keep(path, held, "roofs", timing.roofs(device))
    for case in timing.cases(quick=quick):
        if any(case.items() <= row.items() for row in held["rows"]):
            continue
        if time.monotonic() > ends:
            print(f"{minutes:g} minutes are over: call again, it goes on from here")
            return TIME_OVER
        row = timing.measure(device, case, held["roofs"])
        print(row, flush=True)
        _keep(path, held, "rows", [*held["rows"], row])
    return COMPLETE


def check(device: torch.device) -> list[dict[str, Any]] | None:
    """What every format's check found, printed as it comes; None when one failed."""
    small = device.type == "cpu"
    todo: list[jobs.Job] = [(f"{MODULE}.checks", name, given) for name, given in checks.plan(small=small)]
    todo += [] if small else [(f"{MODULE}.checks", "graph", {})]
    found = []
    for row in jobs.run(todo):
        numbers = " ".join(f"{key} {value:.1e}" for key, value in row.items() if isinstance(value, float))
        print("good" if row["good"] else "BAD ", row["what"], row.get("error", numbers), flush=True)
        found.append(row)
    return found if all(row["good"] for row in found) else None


def _held(device: torch.device, *, fresh: bool) -> tuple[Path, dict[str, Any]]:
    """The file of this GPU, and what is in it if it is of these kernels, this torch and this Triton."""
    import triton

    gpu = torch.cuda.get_device_name(device)
    path = RESULTS / f"gpu_linear_{''.join(c if c.isalnum() else '_' for c in gpu)}.json"
    root = Path(__file__).resolve().parents[2] / "kernels"
    sources = sorted(p for folder in ("linear", "hadamard") for p in (root / folder).glob("*.py"))
    stamp = {"gpu": gpu, "torch": str(torch.__version__), "triton": str(triton.__version__),
             "kernels": hashlib.sha256(b"".join(p.read_bytes() for p in sources)).hexdigest()[:12]}  # fmt: skip
    old = json.loads(path.read_text("utf-8")) if path.exists() and not fresh else {}
    same = all(old.get(name) == value for name, value in stamp.items())
    return path, old if same else {**stamp, "rows": []}


def _keep(path: Path, held: dict[str, Any], part: str, value: Any) -> None:
    held[part], held["date"] = value, datetime.now(UTC).isoformat(timespec="seconds")
    RESULTS.mkdir(exist_ok=True)
    path.write_text(json.dumps(held, indent=1, ensure_ascii=False) + "\n", "utf-8")
    path.with_suffix(".md").write_text(report.table(held), "utf-8")
