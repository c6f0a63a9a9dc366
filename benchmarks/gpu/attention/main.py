"""`python -m benchmarks.gpu attention`: checks, tiles, times, the table; called again it goes on where it stopped."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import partial
from typing import Any

import torch

from benchmarks.common.frame import COMPLETE, FAILED, NO_GPU, TIME_OVER, Results, checked
from benchmarks.common.machine import write_json
from benchmarks.gpu import jobs
from benchmarks.gpu.attention import checks, page_checks, report, sparse, timing
from benchmarks.gpu.section import Asked, check, failed, opened
from konspekt.kernels.attention import configs
from konspekt.kernels.attention.configs import TUNED, candidates, gpu_name
from konspekt.kernels.attention.recipe import Variant
from konspekt.kernels.triton.available import architecture

MODULE = "benchmarks.gpu.attention"
CODE = ("kernels/attention", "kernels/paged_attention", "kernels/kv_cache", "kernels/shared", "kernels/triton")
PARTS = ("prefill", "decode", "sparse")
OTHERS_PATIENCE = 45.0  # seconds for the peers that are compiled, or loaded, first


def run(asked: Asked) -> int:
    """0: all is measured; 1: all but what failed its check; 2: no GPU, or no Triton; 4: time is over, call again."""
    results = opened("attention", asked, CODE, PARTS, report.table)
    if results is None:
        return NO_GPU
    # of what matters most the times too, before the rest is so much as compiled: it may take all the time there is
    for quick in (True,) if asked.quick else (True, False):
        code = one_pass(jobs.here(), results, replace(asked, quick=quick))
        if code == TIME_OVER:
            break
    return code


def one_pass(device: torch.device, results: Results, asked: Asked) -> int:
    """What has been done is not done again: every check and case of a quick pass is among those of the whole."""
    if not check(results, plan(device, asked), asked.deadline):
        return TIME_OVER
    broken = {checks.subject(row["check"]) for row in failed(results)}
    if broken:
        print(f"Not timed, since a check of theirs failed: {', '.join(sorted(broken))}", flush=True)
    if asked.check_only:
        return FAILED if broken else COMPLETE
    warm_up(device, asked)
    alone = jobs.Alone()
    try:
        tuned = not asked.tune or find_tiles(device, alone, results, broken, asked)
        if not (tuned and measure(alone, results, broken, asked)):
            return TIME_OVER
    finally:
        alone.end()
    return FAILED if broken else COMPLETE


def plan(device: torch.device, asked: Asked) -> list[jobs.Job]:
    """What is timed first is checked first."""
    small = device.type == "cpu"
    plans = {
        "checks": checks.plan(device, small=small, quick=asked.quick),
        "page_checks": page_checks.plan(small=small, quick=asked.quick),
        "sparse": sparse.plan(device, small=small, quick=asked.quick),
    }
    todo: list[jobs.Job] = [(f"{MODULE}.{module}", name, given) for module, of in plans.items() for name, given in of]
    return todo if small else [*todo, (f"{MODULE}.checks", "graph", {})]


def warm_up(device: torch.device, asked: Asked) -> None:
    """Compile in parallel what will be timed one after the other."""
    todo: list[jobs.Job] = []
    for _, variant, dim, causal in timing.tune_cases(device, quick=asked.quick):
        given = {"variant": variant, "dim": dim, "causal": causal}
        tiles = candidates(architecture(device), variant, dim) if asked.tune else ()
        if asked.tune or dim in (64, 128):
            chosen: list[list[int] | None] = [[t.block_m, t.block_n, t.warps, t.stages] for t in tiles] or [None]
            todo += [(f"{MODULE}.timing", "warm", {**given, "tile": tile}) for tile in chosen]
    for row in jobs.run(todo, asked.deadline):
        if not row["good"]:
            print(row["what"], row["error"])


def find_tiles(device: torch.device, alone: jobs.Alone, results: Results, broken: set[str], asked: Asked) -> bool:
    """The fastest tile of each variant, head_dim and mask, kept as data that launches read. False: time is over."""
    name_of_file = f"{gpu_name(device)}.json"
    tuning = results.held.get("tuning") or {"gpu": gpu_name(device), "tiles": {}, "tops_tried": {}}
    for name, variant, dim, causal in timing.tune_cases(device, quick=asked.quick):
        if name in tuning["tiles"] or name in results.held.get("not_tuned", {}) or variant in broken:
            continue
        if asked.deadline.over:
            return False
        row = in_time(alone, asked, "timing", "tuned", variant=variant, dim=dim, causal=causal)
        print(name, row, flush=True)
        if row.get("tried"):
            tuning["tiles"][name], tuning["tops_tried"][name] = row["tile"], row["tried"]
        else:
            results.keep("not_tuned", results.held.get("not_tuned", {}) | {name: row.get("error", "no tile fits")})
        results.keep("tuning", tuning)
        write_json(TUNED / name_of_file, tuning)
        if asked.out is not None:  # whoever tries it on a borrowed machine gets this folder back, and no other
            write_json(asked.out / f"tuned_{name_of_file}", tuning)
    configs.forget_tuned()
    alone.end()  # the next process reads them too
    return True


def in_time(alone: jobs.Alone, asked: Asked, module: str, function: str, **given: Any) -> dict[str, Any]:
    """What a function says in the process that is kept for times, or its error; twenty seconds at least."""
    told = alone.run((f"{MODULE}.{module}", function, given), max(20.0, min(jobs.PATIENCE, asked.deadline.left)))
    return {"error": told["error"]} if "error" in told else told


def measure(alone: jobs.Alone, results: Results, broken: set[str], asked: Asked) -> bool:
    """Every row that is not there yet, in a process that may die of it. False: time is over."""
    quick, timed = asked.quick, partial(in_time, alone, asked)

    def prefill(case: dict[str, Any]) -> dict[str, Any]:
        sound: list[Variant] = [variant for variant in checks.variants(jobs.here()) if variant not in broken]
        row = timed("timing", "prefill", case=case, sound=sound)
        if "error" in row or results.held.get("peers_lost"):
            return row
        told = alone.run((f"{MODULE}.timing", "others", {"case": case}), OTHERS_PATIENCE)
        if "error" in told:  # once is enough: a compiler that hangs would take the others' time
            results.keep("peers_lost", told["error"])
            return row
        return row | {"tops": row["tops"] | told}

    def decode(case: dict[str, Any]) -> dict[str, Any]:
        checked(f"{case['kind']} pages", f"{case['kind']} pages" not in broken)
        return timed("timing", "decode", case=case, roof=results.held["bandwidth_gb_s"] * 1e9)

    def skipping(case: dict[str, Any]) -> dict[str, Any]:
        for what in (case["variant"], f"sparse {case['variant']}"):
            checked(what, what not in broken)
        return timed("sparse", "measure", case=case)

    if "bandwidth_gb_s" not in results.held:
        results.keep("bandwidth_gb_s", timed("timing", "bandwidth").get("gb_s", 0))
    # most important first, and some of each kind before the rest of any: time may end before the lists do
    first = [("prefill", timing.prefill_cases, prefill, 4), ("decode", timing.decode_cases, decode, 6)]
    every = [(part, cases, run, None) for part, cases, run, _ in first]
    return all(
        results.measure(part, itertools.islice(cases(quick=quick), count), run, asked.deadline)
        for part, cases, run, count in (*first, *every, ("sparse", sparse.cases, skipping, None))
    )
