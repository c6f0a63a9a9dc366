"""`python -m benchmarks.gpu linear`: checks, times, the table; called again it goes on where it stopped."""

from __future__ import annotations

from typing import Any

import torch

from benchmarks.common.frame import COMPLETE, FAILED, NO_GPU, TIME_OVER, Results
from benchmarks.gpu import jobs
from benchmarks.gpu.linear import checks, peers, report, timing
from benchmarks.gpu.section import Asked, check, failed, opened

MODULE = "benchmarks.gpu.linear"
CODE = ("kernels/linear", "kernels/hadamard", "kernels/shared", "kernels/triton", "kernels/formats")
SECONDS = 90.0  # for one time, compiled before
GRAPH = "CUDA graphs"


def run(asked: Asked) -> int:
    """0: all is measured; 1: all but what failed its check; 2: no GPU, or no Triton; 4: time is over, call again."""
    results = opened("linear", asked, CODE, ("rows",), report.table)
    if results is None:
        return NO_GPU
    if asked.tune:
        print("The tiles of products are not tuned yet: --tune changes nothing here.")
    todo = plan(jobs.here(), asked)
    if not check(results, todo, asked.deadline):
        return TIME_OVER
    broken = {name_of(row["check"]) for row in failed(results)}
    if broken:
        print(f"Not timed, since their check failed: {', '.join(sorted(broken))}", flush=True)
    sound = [str(given["name"]) for _, _, given in todo if given and given["name"] not in broken]
    if asked.check_only or not sound:
        return FAILED if broken else COMPLETE
    for row in jobs.run([(f"{MODULE}.timing", "warm", {"name": name}) for name in sound], asked.deadline):
        if not row["good"]:
            print(row["what"], row["error"], flush=True)
    alone = jobs.Alone()
    try:
        if "roofs" not in results.held:
            roofs = alone.run((f"{MODULE}.timing", "roofs", {}), SECONDS)
            if "error" in roofs:
                print(f"Neither a copy nor cuBLAS could be timed, so nothing is: {roofs['error']}")
                results.keep("roofs_error", roofs["error"])
                return FAILED
            results.keep("roofs", roofs)
        complete = measure(alone, results, [*sound, *peers.PEERS], asked)
    finally:
        alone.end()
    return TIME_OVER if not complete else FAILED if broken else COMPLETE


def plan(device: torch.device, asked: Asked) -> list[jobs.Job]:
    small = device.type == "cpu"
    todo: list[jobs.Job] = [
        (f"{MODULE}.checks", name, given) for name, given in checks.plan(small=small, quick=asked.quick)
    ]
    return todo if small else [*todo, (f"{MODULE}.checks", "graph", {})]


def name_of(check: str) -> str:
    """The format that a check of `section.check` was of."""
    return check.partition(" name=")[2].partition(" small=")[0] or GRAPH


def measure(alone: jobs.Alone, results: Results, names: list[str], asked: Asked) -> bool:
    """Every case that is not there yet; what a format or peer throws stands in its place. False: time is over."""

    def products(case: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in names:
            lost = results.held.get("lost", [])
            if name in lost:
                continue
            given = {"name": name, "case": case, "held": results.held["roofs"]}
            told = alone.run((f"{MODULE}.timing", "one", given), max(20.0, min(SECONDS, asked.deadline.left)))
            found[name] = told.get("error") or {k: v for k, v in told.items() if k not in ("what", "good")}
            if told.get("dead"):  # took its process with it: once is enough
                results.keep("lost", [*lost, name])
        return {"found": found}

    return results.measure("rows", timing.cases(quick=asked.quick), products, asked.deadline)
