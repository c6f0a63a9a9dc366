"""What rounding, the search for better steps and GPTQ know of a format: value = offset + step · level of the code.

A *piece* is what a format keeps the steps of together: a block of 32, a super-block of 256, a whole row. It has groups,
each with a step and an offset. `reach` proposes them, `settle` rounds them as the format will store them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

import torch

from konspekt.kernels.formats.grouped import Grouped, uniform_groups
from konspekt.kernels.formats.paretoq import (
    LEVELS,
    Bits,
    ParetoQ,
    best_scales,
    pack_codes,
)
from konspekt.kernels.packed import Packed


@dataclass(frozen=True, slots=True)
class Fit:
    """step, offset: float32 [pieces, groups], exactly what the bytes will say; fields: [pieces, …] of the bytes."""

    step: torch.Tensor
    offset: torch.Tensor
    fields: Mapping[str, torch.Tensor] = field(default_factory=dict)

    def where(self, better: torch.Tensor, other: Fit) -> Fit:
        """This fit for the pieces where `better` [pieces], the other one elsewhere."""

        def of(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
            return torch.where(better.reshape(-1, *[1] * (a.dim() - 1)), a, b)

        fields = {name: of(value, other.fields[name]) for name, value in self.fields.items()}
        return Fit(of(self.step, other.step), of(self.offset, other.offset), fields)


def joined(fits: Sequence[Fit]) -> Fit:
    """Fits of some pieces, one after the other."""
    fields = {name: torch.cat([fit.fields[name] for fit in fits]) for name in fits[0].fields}
    return Fit(torch.cat([fit.step for fit in fits]), torch.cat([fit.offset for fit in fits]), fields)


class Grid(Protocol):
    """size: columns per group; groups: groups per piece; size -1: a piece is a row and one group.

    levels: float32 [n], ascending: what a code stands for. free: offsets may be anything, not a multiple of the step.
    """

    @property
    def size(self) -> int: ...

    @property
    def groups(self) -> int: ...

    @property
    def levels(self) -> torch.Tensor: ...

    @property
    def free(self) -> bool: ...

    def reach(
        self, pieces: torch.Tensor, shrink: float, importance: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Step and offset [pieces, groups] that cover the range of each group [pieces, groups, size] times `shrink`."""
        ...

    def settle(self, step: torch.Tensor, offset: torch.Tensor) -> Fit: ...

    def pack(self, codes: torch.Tensor, fit: Fit) -> Packed:
        """codes uint8 [out, in]; the fit of its pieces, row by row."""
        ...


def codes_of(grid: Grid, weight: torch.Tensor, step: torch.Tensor, offset: torch.Tensor) -> torch.Tensor:
    """The nearest codes, float32; step and offset broadcast against weight. With a step of zero any code is right."""
    safe = torch.where(step == 0, torch.ones_like(step), step)
    y = (weight - offset).div_(safe)
    levels = grid.levels
    if _is_counting(levels):
        return y.round_().clamp_(0, len(levels) - 1)
    return torch.bucketize(y, (levels[1:] + levels[:-1]) / 2).float()


def levels_at(grid: Grid, codes: torch.Tensor) -> torch.Tensor:
    """float32: what codes stand for, before step and offset."""
    return codes if _is_counting(grid.levels) else grid.levels[codes.long()]


def _is_counting(levels: torch.Tensor) -> bool:
    return float(levels[0]) == 0


@cache
def counting(n: int) -> torch.Tensor:
    """Levels 0 … n - 1, made once: GPTQ asks for them with every column. They are never written to."""
    return torch.arange(float(n))


def half(x: torch.Tensor) -> torch.Tensor:
    """float32, as it is when it has been stored in half precision."""
    return x.half().float()


@dataclass(frozen=True, slots=True)
class GroupedGrid:
    """Integers with a half-precision scale and a whole zero point per group (GPTQ's layout)."""

    bits: int
    size: int
    groups: int = 1
    free: bool = False

    @property
    def levels(self) -> torch.Tensor:
        return counting(1 << self.bits)

    def reach(
        self, pieces: torch.Tensor, shrink: float, importance: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        low, high = pieces.amin(-1).clamp_max(0) * shrink, pieces.amax(-1).clamp_min(0) * shrink
        top = (1 << self.bits) - 1
        step = ((high - low) / top).clamp_min(2e-7)
        return step, -step * (-low / step).round().clamp(0, top)

    def settle(self, step: torch.Tensor, offset: torch.Tensor) -> Fit:
        zero, step = (-offset / step).round(), half(step)
        return Fit(step, -step * zero, {"zero": zero})

    def pack(self, codes: torch.Tensor, fit: Fit) -> Grouped:
        out, columns = codes.shape
        zeros = fit.fields["zero"].reshape(out, -1).to(torch.uint8)
        return Grouped(codes, fit.step.reshape(out, -1).half(), zeros, uniform_groups(columns, self.size), self.bits)


@dataclass(frozen=True, slots=True)
class ParetoGrid:
    """ParetoQ's levels with one scale per row, searched for the least error."""

    bits: Bits
    size: int = -1
    groups: int = 1
    free: bool = False

    @property
    def levels(self) -> torch.Tensor:
        return counting(len(LEVELS[self.bits]))

    @property
    def spacing(self) -> float:
        return LEVELS[self.bits][1] - LEVELS[self.bits][0]

    def reach(
        self, pieces: torch.Tensor, shrink: float, importance: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        scales = best_scales(pieces[:, 0], self.bits, None if importance is None else importance[0, 0], 24) * shrink
        return scales[:, None] * self.spacing, scales[:, None] * LEVELS[self.bits][0]

    def settle(self, step: torch.Tensor, offset: torch.Tensor) -> Fit:
        return Fit(step, step / self.spacing * LEVELS[self.bits][0])

    def pack(self, codes: torch.Tensor, fit: Fit) -> ParetoQ:
        return ParetoQ(pack_codes(codes, self.bits), fit.step[:, 0] / self.spacing, self.bits, codes.shape[1])
