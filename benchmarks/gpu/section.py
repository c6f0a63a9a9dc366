"""What the parts of this benchmark share: whether they can run here, where their rows go, checks before clocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from benchmarks.common.frame import Deadline, Results, fingerprint
from benchmarks.common.paths import RESULTS
from benchmarks.gpu import jobs
from konspekt.kernels.attention.configs import gpu_name
from konspekt.kernels.triton.available import installed, interpreting

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """out None: benchmarks/results; without a GPU, nowhere."""

    quick: bool = False
    tune: bool = False
    check_only: bool = False
    fresh: bool = False
    deadline: Deadline = field(default_factory=Deadline)
    out: Path | None = None


def opened(
    name: str, asked: Asked, code: tuple[str, ...], parts: tuple[str, ...], table: Callable[[Row], str]
) -> Results | None:
    """The rows of this GPU, these versions and this code. None where neither a GPU nor the interpreter can run it."""
    device = jobs.here()
    if not installed() or (device.type == "cpu" and not (asked.check_only and interpreting())):
        print(
            f"No GPU or no Triton here. Checks alone: TRITON_INTERPRET=1 python -m benchmarks.gpu {name} --check-only"
        )
        return None
    import triton

    gpu = torch.cuda.get_device_name(device) if device.type == "cuda" else "none: Triton's interpreter"
    stamp = {"gpu": gpu, "torch": str(torch.__version__), "triton": str(triton.__version__),
             "kernels": fingerprint(*code, "benchmarks/gpu")}  # fmt: skip
    folder = asked.out or (RESULTS if device.type == "cuda" else None)
    path = None if folder is None else folder / f"gpu_{name}_{gpu_name(device)}.json"
    empty: Row = {part: [] for part in ("checks", *parts)}
    return Results(path, stamp=stamp, empty=empty, fresh=asked.fresh, table=table)


def check(results: Results, todo: list[jobs.Job], deadline: Deadline) -> bool:
    """Every check that has not been done, kept as it comes, failed ones too. False: time was over before the last."""
    missing = [job for job in todo if results.misses("checks", {"check": key(job)})]
    done = 0
    for job, row in zip(missing, jobs.run(missing, deadline), strict=False):
        numbers = " ".join(f"{key} {value:.2g}" for key, value in row.items() if isinstance(value, float))
        print("good" if row["good"] else "BAD ", row["what"], row.get("error", numbers), flush=True)
        results.keep("checks", [*results.held["checks"], {"check": key(job), **row}])
        done += 1
    return done == len(missing)


def failed(results: Results) -> list[Row]:
    return [row for row in results.held["checks"] if not row["good"]]


def failures(held: Row, parts: tuple[str, ...]) -> list[str]:
    """Lines for a table: what failed its check, and what could not be timed."""
    rows = [
        row for part in ("checks", *parts) for row in held.get(part, []) if "error" in row or not row.get("good", 1)
    ]
    if not rows:
        return []
    return ["", "Failed:", "", *(f"- {row.get('what') or _case(row)}: {_reason(row)}" for row in rows)]


def _case(row: Row) -> str:
    return ", ".join(f"{key} {value}" for key, value in row.items() if key != "error")


def _reason(row: Row) -> str:
    numbers = ", ".join(f"{key} {value:.2g}" for key, value in row.items() if isinstance(value, float))
    return str(row.get("error") or f"out of bounds ({numbers})")


def key(job: jobs.Job) -> str:
    """The name of a check among the rows."""
    module, function, given = job
    return " ".join([module.removeprefix("benchmarks.gpu."), function, *(f"{k}={v}" for k, v in given.items())])
