"""QuEST (arXiv 2502.05003): rotate by Hadamard, divide by the root mean square, take a normal's best grid.

b bits are 2^b levels at odd multiples of half a step, from -s to s; s minimises the mean square error of N(0, 1).
Weights and activations are quantised alike, so a product is an integer product (W4A4, W8A8).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import torch

from konspekt.kernels.errors import KernelError
from konspekt.kernels.formats.words import pack_bytes, unpack_bytes
from konspekt.kernels.hadamard import randomised


@cache
def normal_error(bits: int, reach: float) -> float:
    """Mean square error of N(0, 1) on the grid from -reach to reach, by integrating each cell in closed form."""
    levels = 1 << bits
    step = 2 * reach / (levels - 1)
    edges = [-math.inf, *(-reach + (i + 0.5) * step for i in range(levels - 1)), math.inf]
    total = 0.0
    for i in range(levels):
        level, a, b = -reach + i * step, edges[i], edges[i + 1]
        mass = (math.erf(b / math.sqrt(2)) - math.erf(a / math.sqrt(2))) / 2
        pa, pb = (0.0 if math.isinf(e) else math.exp(-e * e / 2) / math.sqrt(2 * math.pi) for e in (a, b))
        second = mass + (0.0 if math.isinf(a) else a * pa) - (0.0 if math.isinf(b) else b * pb)
        total += second - 2 * level * (pa - pb) + level * level * mass
    return total


@cache
def best_reach(bits: int) -> float:
    """The s with the least error, by golden-section search: 2.5139 for four bits. bits: 1 … 8."""
    if not 1 <= bits <= 8:
        raise KernelError(f"QuEST grids have 1 to 8 bits, got {bits}")
    low, high, ratio = 0.3, 6.0, (math.sqrt(5) - 1) / 2
    for _ in range(60):
        a, b = high - ratio * (high - low), low + ratio * (high - low)
        if normal_error(bits, a) < normal_error(bits, b):
            high = b
        else:
            low = a
    return (low + high) / 2


@dataclass(frozen=True, slots=True)
class Quest:
    """Rotated: value = scale · (2 · code - (2^bits - 1)). packed uint8, bits 4 or 8; scales float32 [n]."""

    packed: torch.Tensor
    scales: torch.Tensor
    bits: int
    seed: int
    prepared: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)  # arrangements for devices

    @property
    def shape(self) -> tuple[int, int]:
        return self.packed.shape[0], self.packed.shape[1] * 8 // self.bits

    @property
    def bits_per_weight(self) -> float:
        return self.bits + 32 / self.shape[1]

    def odd_integers(self) -> torch.Tensor:
        """int16 [n, in]: 2 · code - (2^bits - 1), what an integer product takes."""
        return unpack_bytes(self.packed, self.bits).to(torch.int16) * 2 - ((1 << self.bits) - 1)

    def rotated(self) -> torch.Tensor:
        """float32 [n, in], still rotated."""
        return (self.odd_integers().double() * self.scales.double()[:, None]).float()

    def dequantize(self) -> torch.Tensor:
        """float32 [n, in], rotated back."""
        return randomised(self.rotated(), self.seed, inverse=True)


def quantize_quest(x: torch.Tensor, bits: int = 4, seed: int = 0) -> Quest:
    """Rows of weights or of activations [n, in]; both sides of a product take the same seed. bits: 4 or 8."""
    if bits not in {4, 8}:
        raise KernelError(f"QuEST is packed with 4 or 8 bits, got {bits}")
    y = randomised(x.float(), seed)
    scales = (y.square().mean(-1).sqrt() * best_reach(bits) / ((1 << bits) - 1)).clamp_min(1e-20)
    codes = ((y / scales[:, None] + ((1 << bits) - 1)) / 2).round().clamp(0, (1 << bits) - 1)
    return Quest(pack_bytes(codes, bits), scales, bits, seed)


def product(x: Quest, w: Quest) -> torch.Tensor:
    """x · Wᵀ as an integer product; the rotations cancel. float32 [rows, out].

    Raises: KernelError when the two were rotated differently.
    """
    if x.seed != w.seed:
        raise KernelError(f"x was rotated with seed {x.seed}, the weights with {w.seed}: their products mean nothing")
    sums = x.odd_integers().double() @ w.odd_integers().double().T  # exact: below 2^53
    return (sums * x.scales.double()[:, None] * w.scales.double()).float()
