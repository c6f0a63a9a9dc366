"""`python -m benchmarks.gpu serve`: a small model against the reference, then decoding and prompts of large ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from benchmarks.common.frame import COMPLETE, FAILED, NO_GPU, TIME_OVER, Results
from benchmarks.gpu import jobs
from benchmarks.gpu.section import Asked, check, failed, failures, opened
from benchmarks.gpu.serving import checks, timing
from benchmarks.gpu.serving.models import SEVEN, random_model, real_model
from konspekt.serving.engine.runner import Runner
from konspekt.serving.model.transformer import Transformer

MODULE = "benchmarks.gpu.serving"
BATCHES = (1, 16, 64, 4, 2, 8, 32)


def run(asked: Asked) -> int:
    """0: all is measured; 1: a check failed, nothing is timed; 2: no GPU, or no Triton; 4: time is over, call again."""
    results = opened("serve", asked, ("kernels", "serving"), ("rows",), table)
    if results is None:
        return NO_GPU
    todo: list[jobs.Job] = [(f"{MODULE}.checks", name, given) for name, given in checks.plan(quick=asked.quick)]
    if not check(results, todo, asked.deadline):
        return TIME_OVER
    if failed(results):
        print("A check failed: nothing is timed.")
        return FAILED
    return COMPLETE if asked.check_only else measure(torch.device("cuda", 0), results, asked)


def measure(device: torch.device, results: Results, asked: Asked) -> int:
    """Tiles are the business of `linear` and `attention`: --tune changes nothing here."""
    if "bandwidth_gb_s" not in results.held:
        results.keep("bandwidth_gb_s", round(timing.bandwidth(device) / 1e9))
    roof = results.held["bandwidth_gb_s"] * 1e9
    makers: tuple[Callable[[], Transformer | None], ...] = (
        lambda: real_model(device),
        lambda: random_model(SEVEN, device),
    )
    for make in makers:
        if asked.deadline.over:
            return TIME_OVER
        model = make()
        if model is None:
            print("the file of the 1.5B model was not carried along: data/models")
            continue
        name = model.config.name
        runner = Runner(model, max(BATCHES) * timing.CONTEXT // 16 + timing.PROMPT // 16)
        cases: list[dict[str, Any]] = [
            {"model": name, "batch": 1},
            {"model": name, "prompt": timing.PROMPT},
            {"model": name, "profile": 1},
            *({"model": name, "batch": batch} for batch in BATCHES[1 : 2 if asked.quick else None]),
        ]

        def one(case: dict[str, Any], runner: Runner = runner) -> dict[str, Any]:
            if "profile" in case:
                return timing.profile(runner)
            return timing.decode_speed(runner, case["batch"], roof) if "batch" in case else timing.prompt_speed(runner)

        for case in cases:
            if not results.measure("rows", [case], one, asked.deadline):
                return TIME_OVER
            if not jobs.alive():
                print("that took the GPU from this process: call again, it goes on behind it")
                return TIME_OVER
        del runner, model
        torch.cuda.empty_cache()
    return COMPLETE


def table(held: dict[str, Any]) -> str:
    """Markdown."""
    lines = [f"{held['gpu']}, torch {held['torch']}, Triton {held['triton']}, {held['date']}", ""]
    lines += ["| model | what | tokens a second | ms a step | share of bandwidth |", "|---" * 5 + "|"]
    for row in (row for row in held["rows"] if "tokens_per_second" in row):
        what = f"{row['batch']} sequences" if "batch" in row else f"a prompt of {row['prompt']}"
        share = f"{100 * row['share_of_bandwidth']:.0f} %" if "batch" in row else ""
        lines.append(f"| {row['model']} | {what} | {row['tokens_per_second']} | "
                     f"{row.get('milliseconds_a_step', '')} | {share} |")  # fmt: skip
    for row in (row for row in held["rows"] if "launches" in row):
        lines += ["", f"{row['model']}, one step of one sequence, {row['launches']} launches; microseconds:", ""]
        lines += [f"- {name}: {told['microseconds']} in {told['count']}" for name, told in row["kernels"].items()]
    return "\n".join([*lines, *failures(held, ("rows",))])
