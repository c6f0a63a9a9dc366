"""MatQuant: one 8-bit tensor whose top bits are the 4-bit and the 2-bit model (arXiv 2502.06786).

Kept as three matrices of bits: the top two of each code, the next two, the low four. Two bits per weight are read for
the 2-bit model, four for the 4-bit one, eight for all: precision is chosen at load, or per layer, from one file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import torch

from konspekt.kernels.errors import KernelError
from konspekt.kernels.formats.grouped import nearest, scales_and_zeros
from konspekt.kernels.formats.words import pack_bytes, unpack_bytes

Precision = Literal[2, 4, 8]


def slice_bits(codes: torch.Tensor, bits: int, *, rounded: bool = False) -> torch.Tensor:
    """The top `bits` of 8-bit codes, back in their place: uint8.

    rounded: to the nearest instead of down (the paper's S(q, r), clamped to 2^r - 1); better alone, not nested.
    """
    step = 1 << (8 - bits)
    wide = codes.to(torch.int32) + (step // 2 if rounded and bits < 8 else 0)
    return ((wide // step).clamp_max((1 << bits) - 1) * step).to(torch.uint8)


@dataclass(frozen=True, slots=True)
class MatQuant:
    """weight = scale · (code - zero). top, middle: uint8 [out, in/4]; low: uint8 [out, in/2] (or None: not loaded).

    scales float32 [out], zeros uint8 [out]: the 8-bit model's, at every precision.
    """

    top: torch.Tensor
    middle: torch.Tensor | None
    low: torch.Tensor | None
    scales: torch.Tensor
    zeros: torch.Tensor
    prepared: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)  # arrangements for devices

    @property
    def shape(self) -> tuple[int, int]:
        return self.top.shape[0], 4 * self.top.shape[1]

    @property
    def precision(self) -> Precision:
        return 2 if self.middle is None else 4 if self.low is None else 8

    @property
    def bits_per_weight(self) -> float:
        return self.precision + 40 / self.shape[1]

    def at(self, precision: Precision) -> MatQuant:
        """The model of fewer bits: the same tensors, the lower ones left out.

        Raises: KernelError when those bits were not loaded.
        """
        if precision > self.precision:
            raise KernelError(f"{self.precision} bits were loaded, {precision} were asked for")
        low = self.low if precision == 8 else None
        middle = None if precision == 2 else self.middle
        return MatQuant(self.top, middle, low, self.scales, self.zeros, self.prepared)  # a device holds each bit once

    def codes(self) -> torch.Tensor:
        """uint8 [out, in]: 8-bit codes, zero in the bits that are not here."""
        codes = unpack_bytes(self.top, 2).to(torch.int32) << 6
        if self.middle is not None:
            codes += unpack_bytes(self.middle, 2).to(torch.int32) << 4
        if self.low is not None:
            codes += unpack_bytes(self.low, 4).to(torch.int32)
        return codes.to(torch.uint8)

    def dequantize(self) -> torch.Tensor:
        """float32 [out, in]. Cut codes stand for the middle of what they were cut from."""
        middle = ((1 << (8 - self.precision)) - 1) / 2
        centred = self.codes().double() + middle - self.zeros.double()[:, None]
        return (self.scales.double()[:, None] * centred).float()


def from_codes(codes: torch.Tensor, scales: torch.Tensor, zeros: torch.Tensor) -> MatQuant:
    """codes uint8 [out, in], in a multiple of four."""
    return MatQuant(
        pack_bytes(codes >> 6, 2), pack_bytes((codes >> 4) & 3, 2), pack_bytes(codes & 15, 4), scales, zeros
    )


def quantize_matquant(weight: torch.Tensor) -> MatQuant:
    """Round to nearest in eight bits, one scale per row. (The paper trains the three precisions together.)"""
    scales, zeros = scales_and_zeros(weight, 8, -1, symmetric=False)
    return from_codes(nearest(weight, scales, zeros, 8), scales[:, 0], zeros[:, 0])
