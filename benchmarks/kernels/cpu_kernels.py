"""What the C++ kernels reach, as a share of what this machine can do in the same run.

    python -m benchmarks.kernels.cpu_kernels                         Q4_K, Q6_K, Q8_0, Q5_0, Q4_1 (about three minutes)
    python -m benchmarks.kernels.cpu_kernels --formats Q4_K --quick

Every product is checked against the float reference before it is timed; one that is wrong stands as a failure and the
next is measured. Several copies of each matrix are walked in turn, so that decode reads memory and not the cache.
Seconds are processor time over the number of threads, in the probe too: other work on the machine counts for neither.
Called again it goes on from its rows, unless the kernels, the machine or the threads are others.
Results: benchmarks/results/cpu_kernels.{json,md}.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
import torch

from benchmarks.common.frame import (
    COMPLETE,
    FAILED,
    TIME_OVER,
    Deadline,
    Results,
    add_arguments,
    checked,
    median_seconds,
    stamp,
)
from benchmarks.common.machine_probe import Machine, probe
from konspekt import kernels
from konspekt.kernels import functional
from konspekt.kernels.cpu import isa, packed
from konspekt.kernels.formats import FORMATS

SHAPES = ((8960, 1536), (1536, 8960))  # feed-forward of the 1.5B model: [out_features, in_features]
ROWS = (1, 4, 8, 32, 128, 512)
ATTENTIONS = ((1, 1024), (1, 4096), (512, 512), (512, 2048))  # new tokens, tokens in all
CODE = (
    "kernels/cpu",
    "kernels/linear",
    "kernels/paged_attention",
    "kernels/kv_cache",
    "benchmarks/kernels/cpu_kernels.py",
)


@dataclass(frozen=True)
class Row:
    what: str
    rows: int
    milliseconds: float  # median, of one call: processor time over threads
    gigabytes: float  # weights (or cache) read per second
    tera_operations: float
    of_memory: float
    of_int8: float


def weight(name: str, shape: tuple[int, int], seed: int) -> kernels.QuantizedTensor:
    rng, layout = np.random.default_rng(seed), FORMATS[name]
    blocks = rng.integers(0, 256, (shape[0] * shape[1] // layout.block_size, layout.block_bytes), dtype=np.uint8)
    raw = dict(layout.split(blocks))
    for field in ("d", "dmin", "m"):
        if field in raw:
            raw[field] = (rng.random((len(blocks), 1)) * 0.02 + 0.001).astype(np.float16)
    return kernels.QuantizedTensor.from_gguf(layout.join(raw), name, shape)


def check(w: kernels.QuantizedTensor) -> None:
    x = torch.randn(3, w.in_features)
    with kernels.use("reference"):
        want = functional.linear(x, w)
    cosine = torch.nn.functional.cosine_similarity(functional.linear(x, w), want).min()
    w.prepared.pop("float32")
    checked(f"{w.type_name} {w.shape}", bool(cosine >= 0.9995), cosine=float(cosine))


def cases(formats: list[str]) -> Iterator[dict[str, Any]]:
    for name in formats:
        yield from ({"format": name, "shape": list(shape)} for shape in SHAPES)
    yield from ({"new": new, "context": context} for new, context in ATTENTIONS)


def processor() -> float:
    return time.process_time() / kernels.get_threads()


def products(name: str, shape: tuple[int, int], machine: Machine, repeats: int) -> list[Row]:
    found = []
    copies = [weight(name, shape, seed) for seed in range(6)]
    check(copies[0])
    for rows in ROWS:
        x = torch.randn(rows, shape[1])

        def call(x: torch.Tensor = x) -> None:
            for w in copies:
                functional.linear(x, w)

        seconds = median_seconds(call, repeats=repeats if rows < 128 else 3, clock=processor) / len(copies)
        size, work = packed(copies[0]).nbytes, 2.0 * rows * shape[0] * shape[1]
        found.append(row((f"{name} {shape[0]}x{shape[1]}", rows), seconds, (size, work), machine))
    return found


def attention(new: int, context: int, machine: Machine, repeats: int) -> list[Row]:
    cache = kernels.KVCache(1, -(-context // 16), 2, 128)
    batch = kernels.PagedBatch.of([new], [context], [list(range(cache.pages))])
    everything = kernels.PagedBatch.of([context], [context], [list(range(cache.pages))])
    cache.store(0, torch.randn(context, 2, 128), torch.randn(context, 2, 128), everything)
    q = torch.randn(new, 12, 128)
    call = partial(functional.paged_attention, q, cache, 0, batch)
    with kernels.use("reference"):
        want = functional.paged_attention(q, cache, 0, batch)
    cosine = float(torch.nn.functional.cosine_similarity(call(), want, dim=-1).min())
    checked(f"attention of {new} over {context}", cosine >= 0.9995, cosine=cosine)
    seconds = median_seconds(call, repeats=repeats, clock=processor)
    seen = new * (context - (new - 1) / 2)
    amounts = (context * 2 * 2 * 128, 4 * seen * 12 * 128)
    return [row((f"attention over {context}", new), seconds, amounts, machine)]


def row(case: tuple[str, int], seconds: float, amounts: tuple[float, float], machine: Machine) -> Row:
    """case: (what, rows of x); amounts: (bytes, operations) of one call."""
    (what, rows), (memory, compute) = case, (amount / seconds for amount in amounts)
    return Row(
        what,
        rows,
        seconds * 1e3,
        memory / 1e9,
        compute / 1e12,
        memory / machine.memory_bytes,
        compute / machine.int8_ops,
    )


def table(held: dict[str, Any]) -> str:
    machine = Machine(**held["machine_probe"])
    lines = [
        f"{held['isa']}, {held['threads']} threads; the machine, probed in the latest run: "
        f"{machine.int8_ops / 1e12:.2f} TOPS int8, {machine.memory_bytes / 1e9:.1f} GB/s",
        "",
        "| what | rows | ms | GB/s | of memory | TOPS | of int8 |",
        "|---|---|---|---|---|---|---|",
    ]
    rows = [Row(**one) for measured in held["cases"] for one in measured.get("rows", [])]
    lines += [
        f"| {r.what} | {r.rows} | {r.milliseconds:.2f} | {r.gigabytes:.1f} | {r.of_memory:.0%} "
        f"| {r.tera_operations:.3f} | {r.of_int8:.0%} |"
        for r in rows
    ]
    failed = [measured["error"] for measured in held["cases"] if "error" in measured]
    return "\n".join([*lines, *(["", *failed] if failed else [])])


def main() -> int:
    """0: complete; 1: something is wrong and not timed; 4: time is over, call again."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--formats", default="Q4_K,Q6_K,Q8_0,Q5_0,Q4_1")
    parser.add_argument("--threads", type=int, default=kernels.get_threads())
    parser.add_argument("--quick", action="store_true", help="fewer repetitions; nothing is written")
    add_arguments(parser)
    asked = parser.parse_args()
    kernels.set_threads(asked.threads)
    machine, repeats = probe(asked.threads), 3 if asked.quick else 9
    results = Results(
        None if asked.quick else asked.out / "cpu_kernels.json",
        stamp={**stamp(*CODE), "isa": isa(), "threads": asked.threads},
        empty={"cases": []},
        fresh=asked.fresh,
        table=table,
    )
    results.held["machine_probe"] = asdict(machine)

    def one(case: dict[str, Any]) -> dict[str, Any]:
        if "format" in case:
            found = products(case["format"], (case["shape"][0], case["shape"][1]), machine, repeats)
        else:
            found = attention(case["new"], case["context"], machine, repeats)
        return {"rows": [asdict(row) for row in found]}

    complete = results.measure("cases", cases(asked.formats.split(",")), one, Deadline(asked.minutes))
    print(table(results.held))
    if not complete:
        return TIME_OVER
    return FAILED if any("error" in case for case in results.held["cases"]) else COMPLETE


if __name__ == "__main__":
    raise SystemExit(main())
