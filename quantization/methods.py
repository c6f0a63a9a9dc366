"""Which formats there are, what each is kept in, and which methods can make it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch

from konspekt.bilingual import Bilingual, fill
from konspekt.kernels.formats.e8p import quantize_e8p
from konspekt.kernels.formats.matquant import quantize_matquant
from konspekt.kernels.formats.quest import quantize_quest
from konspekt.kernels.formats.rowwise import quantize_rows
from konspekt.kernels.packed import Packed
from konspekt.quantization.messages import WHAT
from konspekt.quantization.rounding.gguf_grids import AffineKGrid, BlockGrid, CentredKGrid
from konspekt.quantization.rounding.grids import (
    Grid,
    GroupedGrid,
    ParetoGrid,
)
from konspekt.quantization.rounding.hessian import Hessian
from konspekt.quantization.rounding.ldlq import ldlq
from konspekt.quantization.rounding.lsq import lsq
from konspekt.quantization.rounding.nearest import gptq, nearest

Method = Literal["rtn", "mse", "gptq", "lsq", "ldlq"]
METHODS: tuple[Method, ...] = ("rtn", "mse", "gptq", "lsq", "ldlq")
CALIBRATED: tuple[Method, ...] = ("gptq", "lsq", "ldlq")  # learn from a text
SUPER = 256  # weights per super-block


@dataclass(frozen=True, slots=True)
class Place:
    """Which matrix of a model: `self_attn.v_proj` of layer 3 of 30."""

    layer: int
    layers: int
    name: str

    @property
    def counts_most(self) -> bool:
        """What llama.cpp's _M mixtures spend more bits on: v and down of the first and last eighth, a third between."""
        eighth = self.layers // 8
        chosen = self.layer < eighth or self.layer >= 7 * eighth or (self.layer - eighth) % 3 == 2
        return chosen and self.name in {"self_attn.v_proj", "mlp.down_proj"}


@dataclass(frozen=True, slots=True)
class Format:
    """gguf: written as a file that `konspekt serve` runs; else a folder of packed tensors.

    grid: levels and steps, so any method; narrow: what takes its place where columns do not divide into super-blocks
    (as in llama.cpp); finer: for the matrices that count most. A format without a grid has `encode`, to nearest, and
    perhaps a lattice of `lattice_bits`.
    """

    name: str
    gguf: bool = False
    grid: Grid | None = None
    narrow: Grid | None = None
    finer: Grid | None = None
    finer_narrow: Grid | None = None
    encode: Callable[[torch.Tensor], Packed] | None = None
    lattice_bits: int = 0

    @property
    def what(self) -> Bilingual:
        return fill(WHAT, self.name)

    @property
    def methods(self) -> tuple[Method, ...]:
        if self.grid is None:
            return ("rtn", "ldlq") if self.lattice_bits else ("rtn",)
        learnable = self.narrow is None and not self.grid.free and float(self.grid.levels[0]) == 0
        return ("rtn", "mse", "gptq", "lsq") if learnable else ("rtn", "mse", "gptq")

    def grid_for(self, columns: int, place: Place) -> Grid:
        assert self.grid is not None
        finer = self.finer is not None and place.counts_most
        wide, narrow = (self.finer, self.finer_narrow) if finer else (self.grid, self.narrow)
        chosen = narrow if columns % SUPER and narrow is not None else wide
        assert chosen is not None
        return chosen

    def divides(self, columns: int) -> int:
        """What `columns` should be a multiple of but is not; 0 when all is well."""
        if self.grid is None:
            unit = 8
        else:
            grid = self.narrow if columns % SUPER and self.narrow is not None else self.grid
            unit = 1 if grid.size == -1 else grid.size * grid.groups
        return unit if columns % unit else 0


def pack(form: Format, method: Method, weight: torch.Tensor, place: Place, hessian: Hessian | None = None) -> Packed:
    """One matrix. weight float32 [out, in]; hessian: for the methods of CALIBRATED, and for mse's importance."""
    if method == "ldlq":
        assert hessian is not None
        return ldlq(weight, hessian, form.lattice_bits)
    if form.grid is None:
        assert form.encode is not None
        return form.encode(weight)
    grid = form.grid_for(weight.shape[1], place)
    if method in {"gptq", "lsq"}:
        assert hessian is not None
        return (gptq if method == "gptq" else lsq)(grid, weight, hessian)
    importance = None if hessian is None or method == "rtn" else hessian.importance
    return nearest(grid, weight, search=method == "mse", importance=importance)


Q4_K, Q5_K, Q6_K = AffineKGrid("Q4_K", 4, 32, 6), AffineKGrid("Q5_K", 5, 32, 6), CentredKGrid("Q6_K", 6, 8)
Q2_K, Q3_K = AffineKGrid("Q2_K", 2, 16, 4), CentredKGrid("Q3_K", 3, 6)
BLOCKS: dict[str, Grid] = {name: BlockGrid(name) for name in ("Q8_0", "Q5_1", "Q5_0", "Q4_1", "Q4_0", "IQ4_NL")}
WIDE_OR_NARROW: dict[str, tuple[Grid, Grid]] = {
    "Q6_K": (Q6_K, BLOCKS["Q8_0"]),
    "Q5_K": (Q5_K, BLOCKS["Q5_1"]),
    "Q4_K": (Q4_K, BLOCKS["Q5_0"]),
    "Q3_K": (Q3_K, BLOCKS["IQ4_NL"]),
    "Q2_K": (Q2_K, BLOCKS["IQ4_NL"]),
}


def _in_gguf(name: str) -> Format:
    if name in BLOCKS:
        return Format(name, gguf=True, grid=BLOCKS[name])
    wide, narrow = WIDE_OR_NARROW[name.removesuffix("_M")]
    finer, finer_narrow = WIDE_OR_NARROW["Q6_K"] if name.endswith("_M") else (None, None)
    return Format(name, gguf=True, grid=wide, narrow=narrow, finer=finer, finer_narrow=finer_narrow)


GGUF = ["Q8_0", "Q6_K", "Q5_1", "Q5_K", "Q5_0", "Q4_1", "Q4_K_M", "Q4_K", "Q4_0", "IQ4_NL", "Q3_K", "Q2_K"]
FORMATS: dict[str, Format] = {
    form.name: form
    for form in (
        *(_in_gguf(name) for name in GGUF),
        *(Format(f"int4-g{size}", grid=GroupedGrid(4, size)) for size in (32, 64, 128)),
        Format("int8", encode=lambda w: quantize_rows(w, "int8")),
        Format("fp8", encode=lambda w: quantize_rows(w, "fp8")),
        Format("matquant", encode=quantize_matquant),
        Format("matquant-4", encode=lambda w: quantize_matquant(w).at(4)),
        Format("matquant-2", encode=lambda w: quantize_matquant(w).at(2)),
        Format("paretoq-4", grid=ParetoGrid("4")),
        Format("paretoq-3", grid=ParetoGrid("3")),
        Format("paretoq-2", grid=ParetoGrid("2")),
        Format("paretoq-1.58", grid=ParetoGrid("1.58")),
        Format("paretoq-1", grid=ParetoGrid("1")),
        Format("quest-8", encode=lambda w: quantize_quest(w, 8)),
        Format("quest-4", encode=lambda w: quantize_quest(w, 4)),
        Format("e8p-4", encode=lambda w: quantize_e8p(w, 4), lattice_bits=4),
        Format("e8p-3", encode=lambda w: quantize_e8p(w, 3), lattice_bits=3),
        Format("e8p-2", encode=lambda w: quantize_e8p(w, 2), lattice_bits=2),
    )
}
