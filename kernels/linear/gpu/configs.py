"""Tile sizes of the GPU matrix products. Chosen by compiling and counting instructions: no GPU has measured them."""

from __future__ import annotations

from dataclasses import dataclass

from konspekt.kernels.linear.gpu.layout import Walk

GEMV_ROWS = 4  # rows of x up to which products in registers are taken; more go to the tensor cores


@dataclass(frozen=True, slots=True)
class Tile:
    """rows: of x; outputs: rows of W; chunks: of packed bytes per step (gpu_layout.py)."""

    rows: int
    outputs: int
    chunks: int
    warps: int
    stages: int


def few_tile(walk: Walk, rows: int, outputs: int, *, interpreted: bool = False) -> Tile:
    """Of gpu_gemv.py; chunks: parts per step, one for each lane of the only warp. rows: of x, at most GEMV_ROWS.

    outputs: of the matrix; a large one has warps enough for a program to take many, which share their x, as far as
    registers go (codes in two words, tables, many planes and E8P's points take them). interpreted: more outputs per
    program, since the interpreter's time goes by programs.
    """
    padded = 1 << (rows - 1).bit_length()
    if interpreted or padded == 4:
        single = walk.lattice or (walk.planes == 4 and walk.scale_bytes == 64)  # MatQuant's 8 bits: three words
        return Tile(padded, 32 if interpreted else 1 if single else 2, 32, 1, 1)
    light, heavy = (8, 4) if padded == 1 else (4, 2)
    most = heavy if walk.lattice or walk.lookup or walk.high or walk.planes > 2 else light
    if walk.planes > 2 and walk.high and walk.d:
        most = 2  # Q3_K: its four rows spill with Triton 3.6
    return Tile(padded, next((n for n in (8, 4, 2) if n <= most and outputs >= 2048 * n), 1), 32, 1, 1)


def held_bytes(walk: Walk, bytes_each: int) -> int:
    """Bytes of W per part: two loads of 16 bytes of x go with them; codes of E8P: one. bytes_each: of x."""
    return 16 // bytes_each * (1 if walk.lattice else 2)


def gemm_tile(walk: Walk, rows: int, bytes_each: int = 2, architecture: int = 90) -> Tile:
    """A step covers 128 columns, 256 for few rows. 128 rows at the most on Hopper, shared by eight warps; else 64, lest
    registers spill.

    bytes_each: of x; float32 fills shared memory sooner. architecture: 80, 89, 90.
    """
    most = 128 if architecture >= 90 and bytes_each == 2 else 64
    block = next((size for size in (16, 32, 64) if rows <= size), most)
    columns = 256 if block == 16 and not walk.high else 128
    wide = block == 128 or (walk.lattice and block == 32)  # the points of 32 rows on four warps spill on sm_89
    return Tile(block, 64, max(1, columns // (walk.planes * walk.width)), 8 if wide else 4, 3)


def codes_tile(rows: int, bits: int, architecture: int = 90) -> Tile:
    """Of products of codes; chunks: bytes of a row of W per step. bits: of the weights. `wgmma` wants 64 outputs."""
    block = next((size for size in (16, 32, 64) if rows <= size), 128)
    if bits == 4:
        return Tile(block, 64, 64, 8 if block == 128 else 4, 3)
    if block == 128 and architecture >= 90:
        return Tile(128, 128, 128, 8, 4)
    return Tile(block, 64, 128, 8 if block == 128 else 4, 4 if architecture >= 90 else 3)
