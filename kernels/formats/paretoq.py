"""The grids of ParetoQ (arXiv 2502.02631), one scale per row: sign, stretched elastic (SEQ) and LSQ.

| bits | levels, times the scale | packed |
|---|---|---|
| 1 | -1, 1 | eight per byte |
| 1.58 | -2/3, 0, 2/3 (SEQ with three levels) | five per byte |
| 2 | -3/4, -1/4, 1/4, 3/4 (SEQ) | four per byte |
| 3, 4 | -2^(b-1) … 2^(b-1) - 1 (LSQ) | a stream of 3 bits; two per byte |

SEQ keeps the levels of 2 bits and less balanced around zero: with so few, one more below than above costs much.
The paper learns the scales while training; here they come from the weights: `best_scales` searches for the least error.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import torch

from konspekt.kernels.errors import KernelError
from konspekt.kernels.formats import words

Bits = Literal["1", "1.58", "2", "3", "4"]
LEVELS: dict[str, tuple[float, ...]] = {
    "1": (-1.0, 1.0),
    "1.58": (-2 / 3, 0.0, 2 / 3),
    "2": (-0.75, -0.25, 0.25, 0.75),
    "3": tuple(float(i) for i in range(-4, 4)),
    "4": tuple(float(i) for i in range(-8, 8)),
}


@dataclass(frozen=True, slots=True)
class ParetoQ:
    """packed uint8 [out, bytes]; scales float32 [out]; columns: of the matrix."""

    packed: torch.Tensor
    scales: torch.Tensor
    bits: Bits
    columns: int
    prepared: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)  # arrangements for devices

    @property
    def shape(self) -> tuple[int, int]:
        return self.packed.shape[0], self.columns

    @property
    def bits_per_weight(self) -> float:
        return (8 * self.packed.shape[1] + 32) / self.columns

    def codes(self) -> torch.Tensor:
        """uint8 [out, in]: which of `LEVELS`."""
        if self.bits == "1.58":
            return words.unpack_ternary(self.packed, self.columns)
        if self.bits == "3":
            return words.unpack_odd(self.packed, 3)[:, : self.columns]
        return words.unpack_bytes(self.packed, int(self.bits))[:, : self.columns]

    def dequantize(self) -> torch.Tensor:
        """float32 [out, in]."""
        levels = torch.tensor(LEVELS[self.bits], dtype=torch.float64)
        return (levels[self.codes().long()] * self.scales.double()[:, None]).float()


def grid_codes(weight: torch.Tensor, scales: torch.Tensor, bits: Bits) -> torch.Tensor:
    """uint8 [out, in]: the paper's rounding. scales [out]; SEQ: clip(w/a, -1, 1) · k/2, rounded to where levels lie."""
    y = weight.float() / scales[:, None]
    if bits == "1":
        return (y >= 0).to(torch.uint8)
    if bits in {"1.58", "2"}:
        k = len(LEVELS[bits])
        return ((y.clamp(-1, 1) + 1) * (k / 2)).floor().clamp(0, k - 1).to(torch.uint8)
    low = -(1 << (int(bits) - 1))
    return (y.round().clamp(low, -low - 1) - low).to(torch.uint8)


def pack_codes(codes: torch.Tensor, bits: Bits) -> torch.Tensor:
    if bits == "1.58":
        return words.pack_ternary(codes)
    filled = torch.nn.functional.pad(codes, (0, -codes.shape[1] % 8))
    return words.pack_odd(filled, 3) if bits == "3" else words.pack_bytes(filled, int(bits))


def initial_scales(weight: torch.Tensor, bits: Bits) -> torch.Tensor:
    """float32 [out], where the paper's training begins: mean |w| for signs, the largest |w| over the top level else."""
    size = weight.float().abs()
    if bits == "1":
        return size.mean(1).clamp_min(1e-12)
    top = 1.0 if bits in {"1.58", "2"} else float((1 << (int(bits) - 1)) - 1)
    return (size.amax(1) / top).clamp_min(1e-12)


def best_scales(
    weight: torch.Tensor, bits: Bits, importance: torch.Tensor | None = None, steps: int = 48
) -> torch.Tensor:
    """The scale of each row with the least squared error, among `steps` from the widest down to a tenth of it.

    importance [in]: how much each column's error counts, such as the mean square of its activations.
    """
    weight, wide = weight.float(), initial_scales(weight, bits)
    count = torch.ones(weight.shape[1]) if importance is None else importance.float()
    if bits == "1":  # known exactly: the mean of |w|
        return ((weight.abs() * count).sum(1) / count.sum().clamp_min(1e-30)).clamp_min(1e-12)
    levels = torch.tensor(LEVELS[bits])
    best, least = wide.clone(), torch.full_like(wide, float("inf"))
    for factor in torch.linspace(1.0, 0.1, steps):
        scales = wide * factor
        error = (levels[grid_codes(weight, scales, bits).long()] * scales[:, None] - weight).square() * count
        better = error.sum(1) < least
        best, least = torch.where(better, scales, best), torch.minimum(error.sum(1), least)
    return best


def quantize_paretoq(
    weight: torch.Tensor, bits: Bits, scales: torch.Tensor | None = None, importance: torch.Tensor | None = None
) -> ParetoQ:
    """Round to the grid. Raises: KernelError for a number of bits that has no grid."""
    if bits not in LEVELS:
        raise KernelError(f"ParetoQ has no grid of {bits} bits; there are {', '.join(LEVELS)}")
    scales = best_scales(weight, bits, importance) if scales is None else scales
    return ParetoQ(pack_codes(grid_codes(weight, scales, bits), bits), scales.float(), bits, weight.shape[1])
