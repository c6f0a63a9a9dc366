"""`python -m benchmarks.gpu attention`: checks, tiles, times, the table; called again it goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import time
from datetime import UTC, datetime
from typing import Any

import torch

from benchmarks.common.paths import RESULTS, ROOT
from benchmarks.gpu import jobs
from benchmarks.gpu.attention import (
    checks,
    page_checks,
    report,
    sparse,
    timing,
)
from konspekt.kernels.attention import configs
from konspekt.kernels.attention.configs import TUNED, candidates, gpu_name
from konspekt.kernels.triton.available import architecture, installed, interpreting

MODULE = "benchmarks.gpu.attention"
COMPLETE, FAILED, NO_GPU, TIME_OVER = 0, 1, 2, 4


def run(*, quick: bool, tune: bool, check_only: bool, fresh: bool = False, minutes: float = 9.0) -> int:
    """0: all is measured; 1: a check failed, nothing is timed; 2: no GPU, or no Triton; 4: time is over, call again."""
    device = jobs.here()
    if not installed() or (device.type == "cpu" and not (check_only and interpreting())):
        print(
            "No GPU or no Triton here. Checks alone: TRITON_INTERPRET=1 python -m benchmarks.gpu attention --check-only"
        )
        return NO_GPU
    if device.type == "cpu":
        return COMPLETE if check(device) else FAILED
    state = State(device, fresh=fresh, ends=time.monotonic() + 60 * minutes)
    if "checks" not in state.held and not check(device, state):
        print("A check failed: nothing is timed.")
        return FAILED
    if check_only:
        return COMPLETE
    warm_up(device, quick=quick, tune=tune)
    complete = (not tune or find_tiles(device, state, quick=quick)) and measure(device, state, quick=quick)
    print("complete" if complete else f"{minutes:g} minutes are over: call again, it goes on from here")
    return COMPLETE if complete else TIME_OVER


class State:
    """What was measured on this GPU by these kernels, in a file that is written after every row."""

    def __init__(self, device: torch.device, *, fresh: bool, ends: float) -> None:
        self.path, self.ends = RESULTS / f"gpu_attention_{gpu_name(device)}.json", ends
        import triton

        stamp = {"gpu": torch.cuda.get_device_name(device), "torch": str(torch.__version__),
                 "triton": str(triton.__version__), "kernels": source_hash()}  # fmt: skip
        old = json.loads(self.path.read_text("utf-8")) if self.path.exists() and not fresh else {}
        same = all(old.get(name) == value for name, value in stamp.items())
        self.held: dict[str, Any] = old if same else {**stamp, "prefill": [], "decode": [], "sparse": []}

    @property
    def over(self) -> bool:
        return time.monotonic() > self.ends

    def keep(self, part: str, value: Any) -> None:
        self.held[part] = value
        self.held["date"] = datetime.now(UTC).isoformat(timespec="seconds")
        RESULTS.mkdir(exist_ok=True)
        self.path.write_text(json.dumps(self.held, indent=1, ensure_ascii=False) + "\n", "utf-8")
        self.path.with_suffix(".md").write_text(report.table(self.held), "utf-8")

    def misses(self, part: str, case: dict[str, Any]) -> bool:
        return not any(case.items() <= row.items() for row in self.held[part])

    def add(self, part: str, row: dict[str, Any]) -> None:
        print(row, flush=True)
        self.keep(part, [*self.held[part], row])


def source_hash() -> str:
    """Of all kernels that run here: rows of other sources are measured again."""
    root = ROOT / "kernels"
    folders = ("attention", "paged_attention", "kv_cache")
    paths = sorted(path for folder in folders for path in (root / folder).glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:12]


def check(device: torch.device, state: State | None = None) -> bool:
    """Every kernel against its reference; what it found is printed and kept."""
    small = device.type == "cpu"
    plans = {"checks": checks.plan(device, small=small), "page_checks": page_checks.plan(small=small)}
    plans["sparse"] = sparse.plan(device, small=small)
    todo = [(f"{MODULE}.{module}", name, given) for module, plan in plans.items() for name, given in plan]
    todo += [] if small else [(f"{MODULE}.checks", "graph", {})]
    found = []
    for row in jobs.run(todo):
        numbers = " ".join(f"{key} {value:.6f}" for key, value in row.items() if isinstance(value, float))
        print("good" if row["good"] else "BAD ", row["what"], row.get("error", numbers), flush=True)
        found.append(row)
    good = all(row["good"] for row in found)
    if state is not None and good:
        state.keep("checks", found)
    return good


def warm_up(device: torch.device, *, quick: bool, tune: bool) -> None:
    """Compile in parallel what will be timed one after the other."""
    todo: list[jobs.Job] = []
    for _, variant, dim, causal in timing.tune_cases(device, quick=quick):
        given = {"variant": variant, "dim": dim, "causal": causal}
        tiles = candidates(architecture(device), variant, dim) if tune else ()
        if tune or dim in (64, 128):
            chosen: list[list[int] | None] = [[t.block_m, t.block_n, t.warps, t.stages] for t in tiles] or [None]
            todo += [(f"{MODULE}.timing", "warm", {**given, "tile": tile}) for tile in chosen]
    for row in jobs.run(todo):
        if not row["good"]:
            print(row["what"], row["error"])


def find_tiles(device: torch.device, state: State, *, quick: bool) -> bool:
    """The fastest tile of each variant, head_dim and mask, kept as data that launches read. False: time is over."""
    path = TUNED / f"{gpu_name(device)}.json"
    tuning = state.held.get("tuning") or {"gpu": gpu_name(device), "tiles": {}, "tops_tried": {}}
    for name, variant, dim, causal in timing.tune_cases(device, quick=quick):
        if state.over:
            return False
        if name in tuning["tiles"]:
            continue
        tile, tried = timing.tune(device, variant, dim, causal)
        print(name, tried, flush=True)
        if tried:
            tuning["tiles"][name], tuning["tops_tried"][name] = tile, tried
        state.keep("tuning", tuning)
        TUNED.mkdir(exist_ok=True)
        path.write_text(json.dumps(tuning, indent=1) + "\n", "utf-8")
    configs.forget_tuned()
    return True


def measure(device: torch.device, state: State, *, quick: bool) -> bool:
    """Every row that is not there yet. False: time is over."""
    for case in timing.prefill_cases(quick=quick):
        if state.over:
            return False
        if state.misses("prefill", case):
            state.add("prefill", timing.prefill(device, case))
    if "bandwidth_gb_s" not in state.held:
        state.keep("bandwidth_gb_s", round(timing.bandwidth(device) / 1e9))
    for case in timing.decode_cases(quick=quick):
        if state.over:
            return False
        if state.misses("decode", case):
            state.add("decode", timing.decode(device, case, state.held["bandwidth_gb_s"] * 1e9))
    for case in sparse.cases(quick=quick):
        if state.over:
            return False
        if state.misses("sparse", case):
            state.add("sparse", sparse.measure(device, case))
    return True
