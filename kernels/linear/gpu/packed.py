"""`linear` through Triton with every type of weight: what becomes of x first, then which product.

| weights | up to GEMV_ROWS rows | more |
|---|---|---|
| GGUF, GPTQ, AWQ, compressed-tensors, ParetoQ, MatQuant | x times weights | the same |
| INT8, FP8 with a scale per row | x times weights | x in 8 bits per row, integer or FP8 tensor cores (FP8 from sm_89) |
| QuEST | x rotated and on QuEST's grid, times weights | its codes, integer tensor cores |
| E8P | x rotated, times weights, the result rotated back | the same |
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from konspekt.kernels.errors import BackendUnavailable
from konspekt.kernels.formats.e8p import E8P
from konspekt.kernels.formats.quest import Quest, best_reach
from konspekt.kernels.formats.rowwise import Rowwise
from konspekt.kernels.hadamard import gpu as hadamard
from konspekt.kernels.linear.arrange import Arranged, arranged
from konspekt.kernels.linear.gpu import codes as gpu_codes
from konspekt.kernels.linear.gpu import launch as gpu
from konspekt.kernels.linear.gpu.configs import GEMV_ROWS
from konspekt.kernels.packed import Packed
from konspekt.kernels.tensor import QuantizedTensor
from konspekt.kernels.triton.available import require


@dataclass(frozen=True, slots=True)
class Rows:
    """x as [rows, in_features], and what the weights that share it need of it, each made once."""

    x: torch.Tensor
    made: dict[tuple[Any, ...], Any] = field(default_factory=dict)

    @property
    def few(self) -> bool:
        return len(self.x) <= GEMV_ROWS

    def once(self, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        if key not in self.made:
            self.made[key] = make()
        return self.made[key]


def place(w: Packed, device: torch.device) -> None:
    """The packed bits on `device` now.

    Raises: KernelError for a weight that the GPU kernels do not have, BackendUnavailable without Triton or a GPU.
    """
    require(device)
    if device.type != "cpu" and not torch.cuda.is_available():
        raise BackendUnavailable(f"no GPU for {str(device)!r}: Triton is here, torch finds no CUDA device")
    if isinstance(w, QuantizedTensor):
        gpu.place(w, device)
    else:
        arranged(w, device)


def linear_group(
    x: torch.Tensor, weights: Sequence[Packed], biases: Sequence[torch.Tensor | None]
) -> list[torch.Tensor]:
    """x [..., in_features] on a GPU, of any strides -> float32 [..., out_features] for each weight.

    Raises: BackendUnavailable without Triton or a GPU, KernelError for a weight or a type without a kernel.
    """
    gpu.check(x, next((bias for bias in biases if bias is not None), None))
    rows = Rows(x.reshape(-1, x.shape[-1]))
    results = [_product(rows, w, bias) for w, bias in zip(weights, biases, strict=True)]
    return [y.reshape(*x.shape[:-1], y.shape[-1]) for y in results]


def _product(rows: Rows, w: Packed, bias: torch.Tensor | None) -> torch.Tensor:
    if isinstance(w, QuantizedTensor):
        return gpu.linear(rows.x, w, bias)
    a, x = arranged(w, rows.x.device), rows.x
    if isinstance(w, Quest):
        key = ("quest", w.bits, w.seed)
        if rows.few:
            snapped = rows.once(key, lambda: hadamard.quest_values(x, w.bits, w.seed, best_reach(w.bits)))
            return _launch(snapped, a, w, bias)
        codes = rows.once(key, lambda: gpu_codes.codes_of(x, w))
        return gpu_codes.multiply(codes, a, w.bits, w.shape, bias, odd=True)
    if isinstance(w, Rowwise) and not rows.few and (w.codes.dtype == torch.int8 or gpu_codes.has_fp8(x.device)):
        codes = rows.once((w.codes.dtype,), lambda: gpu_codes.codes_of(x, w))
        return gpu_codes.multiply(codes, a, 8, w.shape, bias, odd=False)
    if isinstance(w, E8P):
        wide = x.float() if rows.few else x  # a rotation of few rows is not rounded
        rotated = rows.once(("e8p", w.seed), lambda: hadamard.in_eights(wide, w.seed))
        y = hadamard.randomised(_launch(rotated, a, w, None), w.seed + 1, inverse=True)
        return y if bias is None else y.add_(bias)
    return _launch(x if a.order is None else x[:, a.order], a, w, bias)


def _launch(x: torch.Tensor, a: Arranged, w: Packed, bias: torch.Tensor | None) -> torch.Tensor:
    return gpu.launch(x, a.planes, a.walk, a.name, w.shape[0], bias, a.group, a.levels)
