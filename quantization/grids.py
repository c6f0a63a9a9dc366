"""Grids of evenly spaced values: a group of weights becomes codes with value = offset + step · code.

Rounding, the search for better steps and GPTQ know nothing more of a format than this; `pack` makes its bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch

from kernels import QuantizedTensor
from kernels.formats import layout_of
from kernels.formats.grouped import Grouped, uniform_groups
from kernels.formats.paretoq import LEVELS, Bits, ParetoQ, best_scales, pack_codes

Fit = tuple[torch.Tensor, torch.Tensor]  # step and offset, float32 [out] each, as the format will store them
TINY = 1e-10


class Packed(Protocol):
    """Every format's class: bytes that know their values and their size."""

    @property
    def shape(self) -> tuple[int, int]: ...

    def dequantize(self) -> torch.Tensor: ...


class Grid(Protocol):
    """size: columns a group, -1 for the whole row; levels: codes are 0 … levels - 1."""

    @property
    def size(self) -> int: ...

    @property
    def levels(self) -> int: ...

    def fit(self, weight: torch.Tensor, shrink: float, importance: torch.Tensor | None) -> Fit:
        """Step and offset for one group [out, size] whose range is multiplied by `shrink`."""
        ...

    def pack(self, codes: torch.Tensor, steps: torch.Tensor, offsets: torch.Tensor) -> Packed:
        """codes uint8 [out, in]; steps, offsets float32 [out, groups]."""
        ...


def codes_of(weight: torch.Tensor, step: torch.Tensor, offset: torch.Tensor, levels: int) -> torch.Tensor:
    """The nearest codes, float32; step and offset broadcast against weight. A step of zero gives code zero."""
    safe = torch.where(step == 0, torch.ones_like(step), step)
    return ((weight - offset) / safe).round().clamp(0, levels - 1)


def _half(x: torch.Tensor) -> torch.Tensor:
    return x.half().float()


@dataclass(frozen=True, slots=True)
class GroupedGrid:
    """Integers with a half-precision scale and a whole zero point a group (GPTQ's layout)."""

    bits: int
    size: int

    @property
    def levels(self) -> int:
        return 1 << self.bits

    def fit(self, weight: torch.Tensor, shrink: float, importance: torch.Tensor | None) -> Fit:
        low, high = weight.amin(1).clamp_max(0) * shrink, weight.amax(1).clamp_min(0) * shrink
        step = _half(((high - low) / (self.levels - 1)).clamp_min(2e-7))
        return step, -step * (-low / step).round().clamp(0, self.levels - 1)

    def pack(self, codes: torch.Tensor, steps: torch.Tensor, offsets: torch.Tensor) -> Grouped:
        zeros = (-offsets / steps).round().to(torch.uint8)
        return Grouped(codes, steps.half(), zeros, uniform_groups(codes.shape[1], self.size), self.bits)


@dataclass(frozen=True, slots=True)
class GGUFGrid:
    """Blocks of 32 of GGUF, fitted as ggml does: symmetric, or from the least to the largest (Q4_1, Q5_1)."""

    name: str
    size: int = 32

    @property
    def levels(self) -> int:
        return 1 << int(self.name[1])

    def fit(self, weight: torch.Tensor, shrink: float, importance: torch.Tensor | None) -> Fit:
        if self.name.endswith("_1"):
            low, high = weight.amin(1), weight.amax(1)
            middle, reach = (low + high) / 2, (high - low) / 2 * shrink
            return _half(2 * reach / (self.levels - 1)), _half(middle - reach)
        half = self.levels // 2
        if self.name == "Q8_0":
            step = _half(weight.abs().amax(1) * shrink / 127)
        else:  # the weight that is largest takes the code that has no counterpart: -8 or -16
            largest = weight.gather(1, weight.abs().argmax(1, keepdim=True))[:, 0]
            step = _half(-largest * shrink / half)
        return step, -half * step

    def pack(self, codes: torch.Tensor, steps: torch.Tensor, offsets: torch.Tensor) -> QuantizedTensor:
        layout = layout_of(self.name)
        fields = {
            "codes": codes.reshape(-1, 32).numpy(),
            "d": steps.reshape(-1, 1).numpy().astype("<f2"),
            "m": offsets.reshape(-1, 1).numpy().astype("<f2"),
        }
        if self.name == "Q8_0":
            fields["codes"] = (codes.reshape(-1, 32).to(torch.int16) - 128).to(torch.int8).numpy()
        return QuantizedTensor.from_gguf(layout.pack(fields), self.name, (codes.shape[0], codes.shape[1]))


@dataclass(frozen=True, slots=True)
class ParetoGrid:
    """ParetoQ's levels with one scale a row, searched for the least error."""

    bits: Bits
    size: int = -1

    @property
    def levels(self) -> int:
        return len(LEVELS[self.bits])

    @property
    def spacing(self) -> float:
        return LEVELS[self.bits][1] - LEVELS[self.bits][0]

    def fit(self, weight: torch.Tensor, shrink: float, importance: torch.Tensor | None) -> Fit:
        scales = best_scales(weight, self.bits, importance) * shrink
        return scales * self.spacing, scales * LEVELS[self.bits][0]

    def pack(self, codes: torch.Tensor, steps: torch.Tensor, offsets: torch.Tensor) -> ParetoQ:
        return ParetoQ(pack_codes(codes, self.bits), steps[:, 0] / self.spacing, self.bits, codes.shape[1])
