"""Times of products by CUDA events, the L2 cache cleared between runs; shares of what this GPU was measured to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch

from benchmarks.gpu.linear import peers, weights
from konspekt.kernels import functional

Row = dict[str, Any]
# (outputs, columns) of Qwen2.5: Q, K and V together, gate and up together, down
MODELS = {
    "7B": ((37888, 3584), (3584, 18944), (4608, 3584)),
    "1.5B": ((17920, 1536), (1536, 8960), (2048, 1536)),
    "32B": ((55296, 5120), (5120, 27648), (7168, 5120)),
}
BATCHES = (1, 16, 256, 4, 64)


def milliseconds(call: Callable[[], Any]) -> float:
    from triton.testing import do_bench

    return float(do_bench(call, warmup=10, rep=50, return_mode="median"))


def roofs(device: torch.device) -> Row:
    """GB/s of a copy (bytes read and written), tera-operations per second of a large bf16 product of cuBLAS."""
    source = torch.empty(1 << 30, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    copied = 2 * source.numel() / milliseconds(lambda: target.copy_(source)) / 1e6
    a = torch.randn(8192, 8192, device=device, dtype=torch.bfloat16)
    return {"copy_gb_s": round(copied), "bf16_tops": round(2 * 8192**3 / milliseconds(lambda: a @ a.T) / 1e9)}


def cases(*, quick: bool) -> Iterator[Row]:
    """The first shape of each model and every batch before the other shapes."""
    for place in range(1 if quick else 3):
        for model in ("7B",) if quick else MODELS:
            for batch in BATCHES[:3] if quick else BATCHES:
                outputs, columns = MODELS[model][place]
                yield {"model": model, "outputs": outputs, "columns": columns, "batch": batch}


def one(device: torch.device, name: str, case: Row, held: Row) -> Row:
    """Microseconds of a format or peer; shares of the copy's bandwidth (bytes of W, x, y) and of bf16's peak."""
    n, k, m = case["outputs"], case["columns"], case["batch"]
    x = torch.randn(m, k, device=device, dtype=torch.bfloat16)
    if name in peers.PEERS:
        made = peers.peer(name, x, n)
        if isinstance(made, str):
            return {"what": name, "good": False, "error": made}
        call, size = made
        size += 2 * m * k + 2 * m * n
    else:
        w, size = weights.large(name, n, k, device)
        call, size = partial(functional.linear, x, w), size + 2 * m * k + 4 * m * n
    time = milliseconds(call)
    return {"what": name, "good": True, "microseconds": round(time * 1e3, 1),
            "share_of_copy": round(size / time / 1e6 / held["copy_gb_s"], 3),
            "share_of_bf16": round(2 * m * n * k / time / 1e9 / held["bf16_tops"], 3)}  # fmt: skip


def warm(device: torch.device, name: str) -> Row:
    """Compile what will be timed; shapes do not matter, except for being multiples of sixteen."""
    w, _ = weights.large(name, 256, 512, device)
    for batch in BATCHES:
        functional.linear(torch.randn(batch, 512, device=device, dtype=torch.bfloat16), w)
    return {"what": f"compiled {name}", "good": True}
