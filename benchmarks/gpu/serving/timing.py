"""Times of whole steps by the clock, for what the host does between launches is a part of them."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch

from benchmarks.common.frame import median_seconds
from konspekt.kernels import QuantizedTensor
from konspekt.serving.engine.runner import Runner, Step
from konspekt.serving.model.transformer import Transformer

CONTEXT = 1024  # keys of each sequence while decoding
PROMPT = 2048
SHOWN = 20  # kernels of a profile
seconds = partial(median_seconds, repeats=31, warm_up=3, before=torch.cuda.synchronize)  # compiles, captures


def decode_speed(runner: Runner, batch: int, roof: float) -> dict[str, Any]:
    """A token for each of `batch` sequences of CONTEXT keys, with everything the engine does: the inputs copied, the
    graph replayed, the best tokens read back. roof: bytes a second of a copy."""
    step = decoding(batch)
    taken, weights = seconds(lambda: runner.run(step).argmax(-1).tolist()), weight_bytes(runner.model)
    return {
        "context": CONTEXT, "weight_bytes": weights,
        "tokens_per_second": round(batch / taken, 1), "milliseconds_a_step": round(1e3 * taken, 3),
        "share_of_bandwidth": round(weights / taken / roof, 3),
    }  # fmt: skip


def decoding(batch: int) -> Step:
    pages = CONTEXT // 16
    tables = [list(range(i * pages, (i + 1) * pages)) for i in range(batch)]
    return Step([1] * batch, [1] * batch, [CONTEXT] * batch, tables, list(range(batch)))


def prompt_speed(runner: Runner) -> dict[str, Any]:
    """One prompt of PROMPT tokens in one step, launch by launch as the engine does it."""
    ids, pages = [1 + i % 100 for i in range(PROMPT)], list(range(PROMPT // 16))
    step = Step(ids, [PROMPT], [PROMPT], [pages], [PROMPT - 1])
    return {"tokens_per_second": round(PROMPT / seconds(lambda: runner.run(step).argmax(-1).tolist(), repeats=7))}


def profile(runner: Runner) -> dict[str, Any]:
    """Which kernels one decoding step of one sequence launches, and how long each takes: where the time goes."""
    from torch.profiler import ProfilerActivity

    step = decoding(1)
    runner.run(step).argmax(-1).tolist()
    with torch.profiler.profile(activities=[ProfilerActivity.CUDA]) as traced:
        runner.run(step).argmax(-1).tolist()
    rows = [event for event in traced.key_averages() if event.device_type.name == "CUDA"]
    rows.sort(key=lambda event: -event.self_device_time_total)
    return {
        "launches": sum(row.count for row in rows),
        "kernels": {
            row.key[:80]: {"count": row.count, "microseconds": round(row.self_device_time_total, 1)}
            for row in rows[:SHOWN]
        },
    }


def weight_bytes(model: Transformer) -> int:
    """Packed bytes that a decoding step reads: all matrices, of the embedding only a row."""
    matrices = [w for layer in model.decoder.layers for w in layer.matrices]
    return sum(w.nbytes for w in (*matrices, model.output) if isinstance(w, QuantizedTensor))


def bandwidth(device: torch.device) -> float:
    """Bytes a second that a copy on this GPU reads and writes."""
    source = torch.empty(1 << 31, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)

    def copied() -> None:
        target.copy_(source)
        torch.cuda.synchronize()

    return 2 * source.numel() / seconds(copied)
