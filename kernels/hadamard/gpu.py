"""Hadamard transforms through Triton, alone and fused with what follows them: QuEST's grid, E8P's order of columns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import torch

from konspekt.kernels.errors import KernelError
from konspekt.kernels.hadamard import reference
from konspekt.kernels.triton.available import require

HELD = 1 << 14  # columns that a program holds (12, 20, 28 as 16 or 32); twice as many spill registers
MOST_PARTS = 16  # programs that share a block: each reads all of it
Kind = Literal["values", "codes", "snapped", "packed"]


@dataclass(frozen=True, slots=True)
class Shape:
    """A block is `parts` pieces of 2^steps · factor columns, and one program takes `together` pieces."""

    steps: int
    factor: int
    padded: int
    parts: int
    together: int
    warps: int

    @property
    def columns(self) -> int:
        """Of a block."""
        return self.parts * (1 << self.steps) * self.factor


@cache
def shape_of(columns: int) -> Shape:
    """columns: of a block. Raises: KernelError for a size without a transform, or too large for MOST_PARTS programs."""
    factor = reference.hadamard_size(columns)
    if factor is None:
        raise KernelError(f"no Hadamard transform of size {columns}: sizes are 2^k, 2^k·12, 2^k·20, 2^k·28")
    steps, padded = (columns // factor).bit_length() - 1, 1 << (factor - 1).bit_length()
    parts = max(1, (padded << steps) // HELD)
    if parts > MOST_PARTS:
        raise KernelError(f"a block of {columns} columns is too large for {MOST_PARTS} programs of {HELD} on a GPU")
    steps -= parts.bit_length() - 1
    held = padded << steps
    together = max(1, 1024 // held)
    most = 8 if parts > 1 and factor > 1 else 16  # sixteen get 64 registers per thread there, and spill
    return Shape(steps, factor, padded, parts, together, min(most, max(4, together * held // 1024)))


def fits(columns: int) -> bool:
    """Whether the kernel has a transform of this size."""
    try:
        return shape_of(columns).columns == columns
    except KernelError:
        return False


@cache
def _signs(columns: int, seed: int, device: torch.device) -> torch.Tensor:
    return reference.signs(columns, seed).to(device)


@cache
def _matrix(shape: Shape, inverse: bool, device: torch.device) -> torch.Tensor:
    """float32 [factor, padded]."""
    one = torch.ones(1, 1)
    found = one if shape.factor == 1 else reference.hadamard_matrix(shape.factor).float()
    found = found.T if inverse else found
    return torch.nn.functional.pad(found, (0, shape.padded - shape.factor)).contiguous().to(device)


def _launch(  # noqa: PLR0917
    x: torch.Tensor, out: torch.Tensor, block: int, seed: int | None, kind: Kind, inverse: bool = False,
    eights: bool = False, bits: int = 0, reach: float = 0.0,
) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
    """x [rows, n] in blocks of `block`; fills out [rows, …]. -> scales float32 [rows], sums int32 [rows, programs]."""
    from konspekt.kernels.hadamard.gpu_kernel import rotate_kernel

    shape = shape_of(block)
    rows, n = x.shape
    pieces = n // block * shape.parts
    programs = -(-pieces // shape.together)
    scales = torch.empty(rows if bits else 0, dtype=torch.float32, device=x.device)
    sums = torch.empty(rows if bits else 0, programs, dtype=torch.int32, device=x.device)
    if rows:
        matrix = _matrix(shape, inverse, x.device)
        rotate_kernel[(rows, programs)](
            x, matrix if seed is None else _signs(n, seed, x.device), matrix, out, scales, sums,
            n, pieces, x.stride(0), x.stride(1), out.stride(0), reach,
            STEPS=shape.steps, FACTOR=shape.factor, PADDED=shape.padded, PARTS=shape.parts, TOGETHER=shape.together,
            INVERSE=inverse, SIGNED=seed is not None, EIGHTS=eights, KIND=kind, BITS=bits, num_warps=shape.warps,
        )  # fmt: skip
    return scales, sums


def transform(x: torch.Tensor, *, inverse: bool = False) -> torch.Tensor:
    """x · H / sqrt(n) over the last dimension, or back; any float type and strides -> float32."""
    require(x.device)
    rows = x.reshape(-1, x.shape[-1])
    out = torch.empty(rows.shape, dtype=torch.float32, device=x.device)
    _launch(rows, out, x.shape[-1], None, "values", inverse)
    return out.reshape(x.shape)


def randomised(x: torch.Tensor, seed: int, *, inverse: bool = False) -> torch.Tensor:
    """x · S · H / sqrt(n), or back, in blocks where n has no transform -> float32."""
    require(x.device)
    rows = x.reshape(-1, x.shape[-1])
    out = torch.empty(rows.shape, dtype=torch.float32, device=x.device)
    _launch(rows, out, block_of(x.shape[-1]), seed, "values", inverse)
    return out.reshape(x.shape)


@cache
def block_of(n: int) -> int:
    return reference.largest_block(n)


def in_eights(x: torch.Tensor, seed: int) -> torch.Tensor:
    """`randomised` of rows [rows, n] for an E8P kernel: x's type, the columns in its order, padded to 256s."""
    rows, n = x.shape
    wide = -(-n // 256) * 256
    out = (torch.empty if wide == n else torch.zeros)(rows, wide, dtype=x.dtype, device=x.device)
    _launch(x, out, block_of(n), seed, "values", eights=True)
    return out


def quest_codes(
    x: torch.Tensor, bits: int, seed: int, reach: float, wide: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Rows [rows, n] on QuEST's grid: int8 codes less 2^(bits-1) [rows, wide] with zeros after n, scales, sums.

    reach: the grid's (`quest.best_reach`). Scales float32 [rows]; sums int32 [rows, programs], to be added.
    """
    rows, n = x.shape
    out = (torch.empty if wide == n else torch.zeros)(rows, wide, dtype=torch.int8, device=x.device)
    return out, *_launch(x, out, block_of(n), seed, "codes", bits=bits, reach=reach / ((1 << bits) - 1))


def quest_values(x: torch.Tensor, bits: int, seed: int, reach: float) -> torch.Tensor:
    """float32 [rows, n]: rotated, each on the nearest value of its row's grid."""
    out = torch.empty(x.shape, dtype=torch.float32, device=x.device)
    _launch(x, out, block_of(x.shape[1]), seed, "snapped", bits=bits, reach=reach / ((1 << bits) - 1))
    return out


def quest_packed(x: torch.Tensor, bits: int, seed: int, reach: float) -> tuple[torch.Tensor, torch.Tensor]:
    """uint8 [rows, n · bits / 8] in the order of `quest.Quest`, bits 4 or 8, and scales float32 [rows]."""
    rows, n = x.shape
    if n * bits % 8:
        raise KernelError(f"{n} codes of {bits} bits do not fill bytes")
    out = torch.empty(rows, n * bits // 8, dtype=torch.uint8, device=x.device)
    return out, _launch(x, out, block_of(n), seed, "packed", bits=bits, reach=reach / ((1 << bits) - 1))[0]
