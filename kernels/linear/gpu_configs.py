"""Tile sizes of the GPU matrix products. Chosen by compiling and counting instructions: no GPU has measured them."""

from __future__ import annotations

from dataclasses import dataclass

from kernels.linear.gpu_layout import Walk

GEMV_ROWS = 4  # rows of x up to which products in registers are taken; more go to the tensor cores


@dataclass(frozen=True, slots=True)
class Tile:
    """rows: of x; outputs: rows of W; chunks: of packed bytes a step (gpu_layout.py)."""

    rows: int
    outputs: int
    chunks: int
    warps: int
    stages: int


def gemv_tile(walk: Walk, rows: int) -> Tile:
    """rows: of x, at most GEMV_ROWS."""
    padded = 1 << (rows - 1).bit_length()
    return Tile(padded, 4, 512 // walk.width, 4, 2)


def gemm_tile(walk: Walk, rows: int) -> Tile:
    """A step covers 64 columns a plane; wide outputs while rows are few."""
    block = next((size for size in (16, 32, 64) if rows <= size), 128)
    return Tile(block, 64, 64 // walk.width, 4, 3)
