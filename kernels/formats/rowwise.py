"""INT8 and FP8 (E4M3) weights with one scale per row: the plain baseline of eight bits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import torch

from konspekt.kernels.errors import KernelError

LARGEST = {"int8": 127.0, "fp8": 448.0}


@dataclass(frozen=True, slots=True)
class Rowwise:
    """weight[n, k] = scales[n] · codes[n, k]; codes int8 or float8_e4m3fn [out, in], scales float32 [out]."""

    codes: torch.Tensor
    scales: torch.Tensor
    prepared: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)  # arrangements for devices

    @property
    def shape(self) -> tuple[int, int]:
        return self.codes.shape[0], self.codes.shape[1]

    @property
    def bits_per_weight(self) -> float:
        return 8 + 32 / self.shape[1]

    def dequantize(self) -> torch.Tensor:
        """float32 [out, in]."""
        return (self.codes.double() * self.scales.double()[:, None]).float()


def quantize_rows(x: torch.Tensor, kind: Literal["int8", "fp8"]) -> Rowwise:
    """Round to nearest, half to even; the largest of a row becomes 127 or 448. Weights, or activations token by token.

    Raises: KernelError for numbers that are not finite.
    """
    if not bool(torch.isfinite(x).all()):
        raise KernelError("a matrix with infinities or NaN cannot be quantised")
    x = x.float()
    scales = (x.abs().amax(-1) / LARGEST[kind]).clamp_min(torch.finfo(torch.float32).tiny)
    y = x / scales[:, None]
    codes = y.round().clamp(-127, 127).to(torch.int8) if kind == "int8" else y.clamp(-448, 448).to(torch.float8_e4m3fn)
    return Rowwise(codes, scales)


def product(x: Rowwise, w: Rowwise) -> torch.Tensor:
    """x · Wᵀ with both in 8 bits (W8A8): exact sums of products of codes, scaled once. float32 [rows, out]."""
    sums = x.codes.double() @ w.codes.double().T
    return (sums * x.scales.double()[:, None] * w.scales.double()).float()
