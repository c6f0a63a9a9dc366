"""What the C++ kernels reach, as a share of what this machine can do in the same run.

    python -m benchmarks.kernels.cpu_kernels                         Q4_K, Q6_K, Q8_0, Q5_0, Q4_1 (about three minutes)
    python -m benchmarks.kernels.cpu_kernels --formats Q4_K --quick

Every product is checked against the float reference before it is timed. Several copies of each matrix are walked in
turn, so that decode reads memory and not the cache. Results: benchmarks/results/cpu_kernels.{json,md}.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
import torch

from benchmarks.common.machine_probe import Machine, probe
from benchmarks.common.paths import RESULTS
from konspekt import kernels
from konspekt.kernels import functional
from konspekt.kernels.cpu import isa, packed
from konspekt.kernels.formats import FORMATS

SHAPES = ((8960, 1536), (1536, 8960))  # feed-forward of the 1.5B model: [out_features, in_features]
ROWS = (1, 4, 8, 32, 128, 512)


@dataclass(frozen=True)
class Row:
    what: str
    rows: int
    milliseconds: float  # median, of one call
    gigabytes: float  # weights (or cache) read a second
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


def median_seconds(call: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def check(w: kernels.QuantizedTensor) -> None:
    x = torch.randn(3, w.in_features)
    with kernels.use("reference"):
        want = functional.linear(x, w)
    cosine = torch.nn.functional.cosine_similarity(functional.linear(x, w), want).min()
    w.prepared.pop("float32")
    if cosine < 0.9995:
        raise SystemExit(f"{w.type_name} {w.shape}: wrong result, cosine {cosine:.5f}")


def products(name: str, machine: Machine, repeats: int) -> list[Row]:
    found = []
    for shape in SHAPES:
        copies = [weight(name, shape, seed) for seed in range(6)]
        check(copies[0])
        for rows in ROWS:
            x = torch.randn(rows, shape[1])

            def call(x: torch.Tensor = x, copies: list[kernels.QuantizedTensor] = copies) -> None:
                for w in copies:
                    functional.linear(x, w)

            call()
            seconds = median_seconds(call, repeats if rows < 128 else 3) / len(copies)
            size, work = packed(copies[0]).nbytes, 2.0 * rows * shape[0] * shape[1]
            found.append(row((f"{name} {shape[0]}x{shape[1]}", rows), seconds, (size, work), machine))
    return found


def attention(machine: Machine, repeats: int) -> list[Row]:
    found = []
    for new, context in ((1, 1024), (1, 4096), (512, 512), (512, 2048)):
        cache = kernels.KVCache(1, -(-context // 16), 2, 128)
        batch = kernels.PagedBatch.of([new], [context], [list(range(cache.pages))])
        everything = kernels.PagedBatch.of([context], [context], [list(range(cache.pages))])
        cache.store(0, torch.randn(context, 2, 128), torch.randn(context, 2, 128), everything)
        q = torch.randn(new, 12, 128)
        seconds = median_seconds(partial(functional.paged_attention, q, cache, 0, batch), repeats)
        seen = new * (context - (new - 1) / 2)
        found.append(
            row((f"attention over {context}", new), seconds, (context * 2 * 2 * 128, 4 * seen * 12 * 128), machine)
        )
    return found


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


def table(rows: list[Row], machine: Machine) -> str:
    lines = [
        f"{isa()}, {kernels.get_threads()} threads; the machine in the same run: "
        f"{machine.int8_ops / 1e12:.2f} TOPS int8, {machine.memory_bytes / 1e9:.1f} GB/s",
        "",
        "| what | rows | ms | GB/s | of memory | TOPS | of int8 |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r.what} | {r.rows} | {r.milliseconds:.2f} | {r.gigabytes:.1f} | {r.of_memory:.0%} "
        f"| {r.tera_operations:.3f} | {r.of_int8:.0%} |"
        for r in rows
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--formats", default="Q4_K,Q6_K,Q8_0,Q5_0,Q4_1")
    parser.add_argument("--threads", type=int, default=kernels.get_threads())
    parser.add_argument("--quick", action="store_true", help="fewer repetitions; nothing is written")
    chosen = parser.parse_args()
    kernels.set_threads(chosen.threads)
    machine, repeats = probe(chosen.threads), 3 if chosen.quick else 9
    found = [r for name in chosen.formats.split(",") for r in products(name, machine, repeats)]
    found += attention(machine, repeats)
    text = table(found, machine)
    print(text)
    if not chosen.quick:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "cpu_kernels.md").write_text(text + "\n")
        data = {"machine": asdict(machine), "isa": isa(), "threads": chosen.threads, "rows": [asdict(r) for r in found]}
        (RESULTS / "cpu_kernels.json").write_text(json.dumps(data, indent=1) + "\n")


if __name__ == "__main__":
    main()
