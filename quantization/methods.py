"""Which formats there are, what each is kept in, and which methods can make it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch

from kernels.formats.e8p import quantize_e8p
from kernels.formats.matquant import quantize_matquant
from kernels.formats.quest import quantize_quest
from kernels.formats.rowwise import quantize_rows
from quantization.grids import GGUFGrid, Grid, GroupedGrid, Packed, ParetoGrid
from quantization.rounding import gptq, nearest

Method = Literal["rtn", "mse", "gptq"]
METHODS: tuple[Method, ...] = ("rtn", "mse", "gptq")


@dataclass(frozen=True, slots=True)
class Format:
    """gguf: written as a file that `konspekt serve` runs; else a folder of packed tensors, which nothing serves yet.

    grid: evenly spaced values, so any method; encode: a format with a way of its own, to nearest only.
    """

    name: str
    what: str
    gguf: bool = False
    grid: Grid | None = None
    encode: Callable[[torch.Tensor], Packed] | None = None

    @property
    def methods(self) -> tuple[Method, ...]:
        return METHODS if self.grid is not None else ("rtn",)

    @property
    def multiple(self) -> int:
        """What the columns of a matrix must be a multiple of."""
        return self.grid.size if self.grid is not None and self.grid.size > 0 else 8


def pack(form: Format, method: Method, weight: torch.Tensor, hessian: torch.Tensor | None = None) -> Packed:
    """One matrix. weight float32 [out, in]; hessian as in `rounding.gptq`, for gptq and for importance."""
    if form.grid is None:
        assert form.encode is not None
        return form.encode(weight)
    if method == "gptq":
        assert hessian is not None
        return gptq(form.grid, weight, hessian)
    importance = None if hessian is None else hessian.diagonal().float()
    return nearest(form.grid, weight, search=method == "mse", importance=importance)


FORMATS: dict[str, Format] = {
    form.name: form
    for form in (
        Format("Q8_0", "GGUF, 8.5 bits", gguf=True, grid=GGUFGrid("Q8_0")),
        Format("Q5_1", "GGUF, 6 bits", gguf=True, grid=GGUFGrid("Q5_1")),
        Format("Q5_0", "GGUF, 5.5 bits", gguf=True, grid=GGUFGrid("Q5_0")),
        Format("Q4_1", "GGUF, 5 bits", gguf=True, grid=GGUFGrid("Q4_1")),
        Format("Q4_0", "GGUF, 4.5 bits", gguf=True, grid=GGUFGrid("Q4_0")),
        Format("int4-g32", "GPTQ's layout, groups of 32 columns", grid=GroupedGrid(4, 32)),
        Format("int4-g64", "GPTQ's layout, groups of 64 columns", grid=GroupedGrid(4, 64)),
        Format("int4-g128", "GPTQ's layout, groups of 128 columns", grid=GroupedGrid(4, 128)),
        Format("int8", "one scale a row", encode=lambda w: quantize_rows(w, "int8")),
        Format("fp8", "E4M3, one scale a row", encode=lambda w: quantize_rows(w, "fp8")),
        Format("matquant", "8 bits whose top 4 and 2 are models too", encode=quantize_matquant),
        Format("paretoq-4", "LSQ grid", grid=ParetoGrid("4")),
        Format("paretoq-3", "LSQ grid", grid=ParetoGrid("3")),
        Format("paretoq-2", "SEQ grid", grid=ParetoGrid("2")),
        Format("paretoq-1.58", "three levels, five a byte", grid=ParetoGrid("1.58")),
        Format("paretoq-1", "signs", grid=ParetoGrid("1")),
        Format("quest-8", "rotated, normal grid of 8 bits", encode=lambda w: quantize_quest(w, 8)),
        Format("quest-4", "rotated, normal grid of 4 bits", encode=lambda w: quantize_quest(w, 4)),
        Format("e8p-4", "QuIP# lattice with its residual", encode=lambda w: quantize_e8p(w, 4)),
        Format("e8p-2", "QuIP# lattice, 2 bits", encode=lambda w: quantize_e8p(w, 2)),
    )
}
