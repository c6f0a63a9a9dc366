"""What we are compared with, in the same run: each makes a call and the bytes of its weight, or says why it cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

Made = tuple[Callable[[], Any], int]


def cublas(x: torch.Tensor, n: int) -> Made:
    w = torch.randn(n, x.shape[1], device=x.device, dtype=x.dtype)
    return lambda: torch.nn.functional.linear(x, w), 2 * w.numel()


def torch_int4(x: torch.Tensor, n: int) -> Made:
    """torch's own int4 with a scale and zero point per group of 128 (tinygemm)."""
    k = x.shape[1]
    codes = torch.randint(0, 256, (n, k // 2), dtype=torch.uint8, device=x.device)
    packed = torch._convert_weight_to_int4pack(codes, 8)
    scales = torch.randn(k // 128, n, 2, dtype=x.dtype, device=x.device)
    size = packed.numel() * 4 + scales.numel() * 2
    return lambda: torch._weight_int4pack_mm(x, packed, 128, scales), size


def gemlite_int4(x: torch.Tensor, n: int) -> Made:
    from gemlite.core import DType, GemLiteLinearTriton  # type: ignore[import-not-found]

    k = x.shape[1]
    half = x.half()
    layer = GemLiteLinearTriton(4, 128, k, n, DType.FP16, DType.FP16)
    codes = torch.randint(0, 16, (n, k), dtype=torch.uint8, device=x.device)
    groups = torch.rand(n * k // 128, 1, dtype=torch.float16, device=x.device)
    layer.pack(codes, groups, groups * 8)
    return lambda: layer(half), n * k // 2 + 4 * groups.numel()


PEERS: dict[str, Callable[[torch.Tensor, int], Made]] = {
    "cuBLAS bf16": cublas, "torch int4 g128": torch_int4, "gemlite int4 g128": gemlite_int4,
}  # fmt: skip


def peer(name: str, x: torch.Tensor, n: int) -> Made | str:
    """A call that ran once and its weight's bytes, or the reason why it cannot."""
    try:
        call, size = PEERS[name](x, n)
        call()
        torch.cuda.synchronize()
    except Exception as reason:  # another version's signature, a size that it refuses, a package that is not here
        return f"{type(reason).__name__}: {' '.join(str(reason).split())[:120]}"
    return call, size
