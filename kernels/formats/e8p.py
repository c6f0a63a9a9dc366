"""Matrices in QuIP#'s lattice codebooks: 2 bits by E8P, 3 by E8P and E81, 4 by E8P twice (`e8_codebooks`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch

from konspekt.kernels.errors import KernelError
from konspekt.kernels.formats.e8_codebooks import (
    absolute_values,
    nearest,
    nearest_short,
    points,
    short_points,
)
from konspekt.kernels.hadamard import randomised

# root mean square of N(0, s^2) coordinates with the least error: 1 / s; found by search (tests hold it to be the best)
SCALE = 1.03
RESIDUAL = 3.45  # the second codebook is finer by this (4 bits)
RESIDUAL_SHORT = 1.98  # the same for E81 (3 bits)


@dataclass(frozen=True, slots=True)
class E8P:
    """In rotated coordinates: value = scale · (point(codes) + second point / RESIDUAL or RESIDUAL_SHORT).

    codes: int16 bits [out, in/8]; residual [out, in/8]: None (2 bits per weight), uint8 of E81 (3), int16 bits of E8P
    (4); scales float32 [out].
    """

    codes: torch.Tensor
    residual: torch.Tensor | None
    scales: torch.Tensor
    seed: int
    prepared: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)  # arrangements for devices

    @property
    def shape(self) -> tuple[int, int]:
        return self.codes.shape[0], 8 * self.codes.shape[1]

    @property
    def bits(self) -> int:
        return 2 if self.residual is None else 2 + self.residual.element_size()

    @property
    def bits_per_weight(self) -> float:
        return self.bits + 32 / self.shape[1]

    def rotated(self) -> torch.Tensor:
        """float32 [out, in], still rotated."""
        return values(self.codes, self.residual).flatten(-2) * self.scales[:, None]

    def dequantize(self) -> torch.Tensor:
        """float32 [out, in], rotated back along both sides."""
        columns = randomised(self.rotated(), self.seed, inverse=True)
        return randomised(columns.T.contiguous(), self.seed + 1, inverse=True).T.contiguous()


def values(codes: torch.Tensor, residual: torch.Tensor | None) -> torch.Tensor:
    """float32 [..., 8] of codes and residual as `E8P` keeps them, without the scale."""
    y = points(codes.to(torch.int32) & 0xFFFF)
    if residual is None:
        return y
    if residual.dtype == torch.uint8:
        return y + short_points()[residual.long()] / RESIDUAL_SHORT
    return y + points(residual.to(torch.int32) & 0xFFFF) / RESIDUAL


def _as_int16(codes: torch.Tensor) -> torch.Tensor:
    return torch.where(codes >= 1 << 15, codes - (1 << 16), codes).to(torch.int16)


def round_eights(x: torch.Tensor, bits: int) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Codes and residual [n] of the values near x [n, 8], the coarse point first, then the fine one."""
    codes = nearest(x)
    if bits == 2:
        return _as_int16(codes), None
    left = x - points(codes)
    if bits == 3:
        return _as_int16(codes), nearest_short(left * RESIDUAL_SHORT)
    return _as_int16(codes), _as_int16(nearest(left * RESIDUAL))


def rotate(weight: torch.Tensor, seed: int) -> torch.Tensor:
    """float32 [out, in], rotated along both sides: what is left looks normal (incoherence)."""
    return randomised(randomised(weight.float().T.contiguous(), seed + 1).T.contiguous(), seed)


def check_e8p(bits: int, columns: int) -> None:
    """Raises: KernelError for other bits than 2, 3, 4, or columns that are no multiple of eight."""
    if bits not in {2, 3, 4} or columns % 8:
        raise KernelError(f"E8P takes 2, 3 or 4 bits and columns in eights, got {bits} bits and {columns} columns")


def quantize_e8p(weight: torch.Tensor, bits: int = 2, seed: int = 0) -> E8P:
    """Rotate both sides, scale each row to the codebook, take nearest points. bits: 2, 3 or 4.

    Raises: KernelError for other bits, or columns that are no multiple of eight.
    """
    out, columns = weight.shape
    check_e8p(bits, columns)
    y = rotate(weight, seed)
    scales = row_scales(y)
    codes, residual = round_eights((y / scales[:, None]).reshape(-1, 8), bits)
    return E8P(codes.reshape(out, -1), None if residual is None else residual.reshape(out, -1), scales, seed)


def row_scales(rotated: torch.Tensor) -> torch.Tensor:
    """float32 [out]: by which a row of rotated weights is divided to suit the codebook."""
    return (rotated.square().mean(1).sqrt() / SCALE).clamp_min(1e-20)


__all__ = [
    "E8P",
    "RESIDUAL",
    "RESIDUAL_SHORT",
    "SCALE",
    "absolute_values",
    "check_e8p",
    "nearest",
    "nearest_short",
    "points",
    "quantize_e8p",
    "rotate",
    "round_eights",
    "row_scales",
    "short_points",
    "values",
]
