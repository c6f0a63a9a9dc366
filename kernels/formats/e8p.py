"""QuIP#'s E8P codebook: eight weights are a point of the E8 lattice moved by a quarter (arXiv 2402.04396).

There are 2^16 points.

A code of 16 bits is 8 bits of which absolute values, 7 signs and 1 shift of +1/4 or -1/4 in all coordinates. The eighth
sign is the one that makes the sum of coordinates even, which is what the lattice asks. So a table of 256 x 8 small
numbers, 1 KB, is all that a kernel needs to keep on chip.

Absolute values: the 227 vectors of half-odd coordinates with squared length up to 10, and 29 of the 56 with 12. Which
29, and in which order, is ours: files of the authors' own tool number them differently.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product as tuples

import torch

from kernels.errors import KernelError
from kernels.hadamard import randomised

AT_ONCE = 1 << 13  # vectors quantised together: 2 x 256 candidates each, 17 MB a float32 table of them


@cache
def absolute_values() -> torch.Tensor:
    """float32 [256, 8]: 1/2, 3/2, 5/2 …; by length, then in order."""
    found = [v for v in tuples((1, 3, 5), repeat=8) if sum(i * i for i in v) <= 40]  # doubled: 4 · 10
    twelve = [v for v in tuples((1, 3), repeat=8) if sum(i * i for i in v) == 48]
    found.sort(key=lambda v: (sum(i * i for i in v), v))
    return torch.tensor(found + sorted(twelve)[:29], dtype=torch.float32) / 2


@cache
def _odd() -> torch.Tensor:
    """bool [256]: with all signs plus, the sum is odd: then an odd number of signs is minus."""
    return absolute_values().sum(1).remainder(2) == 1


def points(codes: torch.Tensor) -> torch.Tensor:
    """float32 [..., 8] of codes 0 … 65535 (any integer type wide enough)."""
    codes = codes.to(torch.int64)
    row, sign, shift = codes >> 8, (codes >> 1) & 127, codes & 1
    minus = (sign[..., None] >> torch.arange(7)) & 1
    last = (minus.sum(-1) + _odd()[row]) & 1
    signs = 1 - 2 * torch.cat([minus, last[..., None]], -1).float()
    return absolute_values()[row] * signs + (0.25 - 0.5 * shift.float())[..., None]


def nearest(x: torch.Tensor) -> torch.Tensor:
    """int32 [n]: the code of the nearest point to each row of x [n, 8].

    For each shift and each row of absolute values the best signs are those of x; if their parity is wrong, the sign
    whose change costs least is changed. So 512 candidates are compared, not 65536.
    """
    return torch.cat([_nearest(piece) for piece in torch.split(x.float(), AT_ONCE)]) if len(x) else x.new_zeros(0).int()


def _nearest(x: torch.Tensor) -> torch.Tensor:
    table, odd = absolute_values(), _odd()
    best = torch.full((len(x),), float("inf"))
    codes = torch.zeros(len(x), dtype=torch.int64)
    for shift in (0, 1):
        y = x - (0.25 - 0.5 * shift)
        size, minus = y.abs(), (y < 0).long()
        wrong = ((minus.sum(1)[:, None] + odd[None, :]) & 1).bool()  # [n, 256]
        dots = size @ table.T
        cheapest = (size[:, None, :] * table).amin(-1)  # what one changed sign takes from the dot product, halved
        distance = table.square().sum(1) - 2 * (dots - 2 * cheapest * wrong)
        least, row = distance.min(1)
        least = least + y.square().sum(1)
        flip = torch.nn.functional.one_hot((size * table[row]).argmin(1), 8) * wrong.gather(1, row[:, None])
        signs = minus ^ flip
        code = (row << 8) | ((signs[:, :7] << torch.arange(7)).sum(1) << 1) | shift
        better = least < best
        best, codes = torch.where(better, least, best), torch.where(better, code, codes)
    return codes.to(torch.int32)


# root mean square of N(0, s^2) coordinates with the least error: 1 / s; found by search (tests hold it to be the best)
SCALE = 1.03
RESIDUAL = 3.45  # the second codebook is finer by this (4 bits)


@dataclass(frozen=True, slots=True)
class E8P:
    """In rotated coordinates: value = scale · (point(codes) + point(residual) / RESIDUAL).

    codes, residual: int16 bits [out, in/8] (residual None: 2 bits a weight, else 4); scales float32 [out].
    """

    codes: torch.Tensor
    residual: torch.Tensor | None
    scales: torch.Tensor
    seed: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.codes.shape[0], 8 * self.codes.shape[1]

    @property
    def bits_per_weight(self) -> float:
        return (2 if self.residual is None else 4) + 32 / self.shape[1]

    def rotated(self) -> torch.Tensor:
        """float32 [out, in], still rotated."""
        y = points(self.codes.to(torch.int32) & 0xFFFF)
        if self.residual is not None:
            y = y + points(self.residual.to(torch.int32) & 0xFFFF) / RESIDUAL
        return y.flatten(-2) * self.scales[:, None]

    def dequantize(self) -> torch.Tensor:
        """float32 [out, in], rotated back along both sides."""
        columns = randomised(self.rotated(), self.seed, inverse=True)
        return randomised(columns.T.contiguous(), self.seed + 1, inverse=True).T.contiguous()


def _as_int16(codes: torch.Tensor) -> torch.Tensor:
    return torch.where(codes >= 1 << 15, codes - (1 << 16), codes).to(torch.int16)


def quantize_e8p(weight: torch.Tensor, bits: int = 2, seed: int = 0) -> E8P:
    """Rotate both sides (incoherence), scale each row to the codebook, take nearest points. bits: 2 or 4.

    Raises: KernelError for other bits, or columns that are no multiple of eight.
    """
    out, columns = weight.shape
    if bits not in {2, 4} or columns % 8:
        raise KernelError(f"E8P takes 2 or 4 bits and columns in eights, got {bits} bits and {columns} columns")
    y = randomised(randomised(weight.float().T.contiguous(), seed + 1).T.contiguous(), seed)
    scales = (y.square().mean(1).sqrt() / SCALE).clamp_min(1e-20)
    eights = (y / scales[:, None]).reshape(-1, 8)
    codes = nearest(eights)
    residual = None
    if bits == 4:
        residual = _as_int16(nearest((eights - points(codes)) * RESIDUAL)).reshape(out, -1)
    return E8P(_as_int16(codes).reshape(out, -1), residual, scales, seed)
