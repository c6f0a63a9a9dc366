"""Integers with a scale (and a zero point) for each group of columns: what GPTQ, AWQ and compressed-tensors hold.

weight[n, k] = scale[n, group[k]] · (code[n, k] - zero[n, group[k]])
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch

from konspekt.kernels.errors import KernelError


@dataclass(frozen=True, slots=True)
class Grouped:
    """codes uint8 [out, in] below 2^bits; scales [out, groups] float16, bfloat16 or float32; zeros uint8 [out, groups].

    group: int32 [in], the group of each column: in order (k // group_size), or as act-order left it.
    """

    codes: torch.Tensor
    scales: torch.Tensor
    zeros: torch.Tensor
    group: torch.Tensor
    bits: int
    prepared: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)  # arrangements for devices

    def __post_init__(self) -> None:
        out, columns = self.codes.shape
        if tuple(self.zeros.shape) != tuple(self.scales.shape) or len(self.scales) != out:
            raise KernelError(f"scales {tuple(self.scales.shape)} and zeros {tuple(self.zeros.shape)} want {out} rows")
        if tuple(self.group.shape) != (columns,):
            raise KernelError(f"{columns} columns want as many group numbers, got {tuple(self.group.shape)}")
        if columns and not 0 <= int(self.group.min()) <= int(self.group.max()) < self.scales.shape[1]:
            raise KernelError(f"a column's group must lie in 0 … {self.scales.shape[1] - 1}: the file is damaged")

    @property
    def shape(self) -> tuple[int, int]:
        return self.codes.shape[0], self.codes.shape[1]

    @property
    def bits_per_weight(self) -> float:
        """Codes, scales and packed zero points; act-order's group numbers too where columns are out of order."""
        out, columns = self.shape
        total = out * columns * self.bits + self.scales.numel() * (8 * self.scales.element_size() + self.bits)
        return (total + (0 if self.in_order else 32 * columns)) / (out * columns)

    @property
    def in_order(self) -> bool:
        return bool((self.group.diff() >= 0).all())

    def dequantize(self) -> torch.Tensor:
        """float32 [out, in], the product rounded once."""
        group = self.group.long()
        difference = self.codes.double() - self.zeros.double()[:, group]
        return (self.scales.double()[:, group] * difference).float()


def uniform_groups(columns: int, size: int) -> torch.Tensor:
    """int32 [columns]: k // size; size -1 is one group per row."""
    size = columns if size == -1 else size
    if size < 1 or columns % size:
        raise KernelError(f"{columns} columns do not divide into groups of {size}")
    return (torch.arange(columns) // size).to(torch.int32)


def scales_and_zeros(
    weight: torch.Tensor, bits: int, size: int, *, symmetric: bool, shrink: float = 1.0
) -> tuple[torch.Tensor, torch.Tensor]:
    """float32 scales and uint8 zeros [out, groups] that cover each group's range times `shrink`."""
    out, columns = weight.shape
    groups = weight.float().reshape(out, -1, columns if size == -1 else size)
    top = (1 << bits) - 1
    if symmetric:
        reach = groups.abs().amax(-1) * shrink
        scales = (reach / ((top - 1) / 2)).clamp_min(1e-10)
        return scales, torch.full_like(scales, 1 << (bits - 1)).to(torch.uint8)
    low, high = groups.amin(-1).clamp_max(0) * shrink, groups.amax(-1).clamp_min(0) * shrink
    scales = ((high - low) / top).clamp_min(1e-10)
    return scales, (-low / scales).round().clamp(0, top).to(torch.uint8)


def nearest(weight: torch.Tensor, scales: torch.Tensor, zeros: torch.Tensor, bits: int) -> torch.Tensor:
    """Codes uint8 of the shape of `weight`; scales and zeros broadcast against it."""
    return (weight.float() / scales + zeros.float()).round().clamp(0, (1 << bits) - 1).to(torch.uint8)


def quantize_grouped(weight: torch.Tensor, bits: int = 4, size: int = 128, *, symmetric: bool = False) -> Grouped:
    """Round to nearest. weight [out, in]; size: columns per group, -1 for a whole row.

    Raises: KernelError when the columns do not divide into groups.
    """
    group = uniform_groups(weight.shape[1], size)
    scales, zeros = scales_and_zeros(weight, bits, size, symmetric=symmetric)
    kept = scales.half()
    usable = kept.float().clamp_min(torch.finfo(torch.float16).tiny)  # a group of nothing has a scale of nothing
    codes = nearest(weight, usable[:, group.long()], zeros[:, group.long()], bits)
    return Grouped(codes, kept, zeros, group, bits)
