"""Products of codes on a GPU: activations quantised row by row (W8A8, QuEST), then integer or FP8 tensor cores."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from konspekt.kernels.errors import KernelError
from konspekt.kernels.formats.quest import Quest, best_reach
from konspekt.kernels.formats.rowwise import Rowwise
from konspekt.kernels.hadamard import gpu as hadamard
from konspekt.kernels.linear.arrange import Arranged
from konspekt.kernels.linear.gpu.configs import codes_tile
from konspekt.kernels.triton.available import architecture, interpreting

MOST_COLUMNS = 65_000  # of QuEST: sums of products of 8-bit codes stay below 2^31


@dataclass(frozen=True, slots=True)
class Codes:
    """Rows of x: codes int8 or E4M3 [rows, columns of the weight, padded], scales [rows], sums [rows, pieces]."""

    codes: torch.Tensor
    scales: torch.Tensor
    sums: torch.Tensor


def has_fp8(device: torch.device) -> bool:
    """Tensor cores that take E4M3; the interpreter computes what they would."""
    return interpreting() or architecture(device) >= 89


def codes_of(x: torch.Tensor, w: Rowwise | Quest) -> Codes:
    """x [rows, in_features], quantised as `w` wants its activations. Raises: KernelError for too many columns."""
    if isinstance(w, Quest):
        if x.shape[1] > MOST_COLUMNS:
            raise KernelError(f"integer products of QuEST hold {MOST_COLUMNS} columns, this weight has {x.shape[1]}")
        wide = -(-x.shape[1] // 64) * 64
        return Codes(*hadamard.quest_codes(x, w.bits, w.seed, best_reach(w.bits), wide))
    return quantize(x, w.codes.dtype)


def quantize(x: torch.Tensor, kind: torch.dtype) -> Codes:
    """Round to nearest with a scale per row, as `rowwise.quantize_rows`; kind: torch.int8 or torch.float8_e4m3fn."""
    from konspekt.kernels.linear.gpu.codes_kernel import quantize_kernel

    rows, columns = x.shape
    wide = -(-columns // 32) * 32
    out = torch.empty(rows, wide, dtype=kind, device=x.device)
    scales = torch.empty(rows, dtype=torch.float32, device=x.device)
    if rows:
        block = min(4096, max(128, 1 << (wide - 1).bit_length()))
        quantize_kernel[(rows,)](
            x, out, scales, columns, wide, x.stride(0), x.stride(1), FP8=kind != torch.int8, BLOCK=block,
            num_warps=max(1, block // 512),
        )  # fmt: skip
    return Codes(out, scales, torch.empty(0, 1, dtype=torch.int32, device=x.device))


def multiply(
    x: Codes, w: Arranged, bits: int, shape: tuple[int, int], bias: torch.Tensor | None, *, odd: bool
) -> torch.Tensor:
    """float32 [rows, out]. bits: of the weights, 4 or 8; odd: codes c stand for 2c + 1."""
    from konspekt.kernels.linear.gpu.codes_kernel import codes_kernel

    m, (n, columns) = len(x.codes), shape
    out = torch.empty(m, n, dtype=torch.float32, device=x.codes.device)
    if m and w.scales is not None:
        tile = codes_tile(m, bits, architecture(out.device))
        packed = w.planes.codes.view(x.codes.dtype) if bits == 8 else w.planes.codes
        codes_kernel[-(-n // tile.outputs), -(-m // tile.rows)](
            x.codes, packed, x.scales, w.scales, x.sums, w.scales if w.sums is None else w.sums,
            out if bias is None else bias, out,
            m, n, columns, packed.shape[1], x.sums.shape[1], x.codes.stride(0), out.stride(0),
            BLOCK_M=tile.rows, BLOCK_N=tile.outputs, BLOCK_B=tile.chunks, BITS=bits, ODD=odd,
            HAS_BIAS=bias is not None, num_warps=tile.warps, num_stages=tile.stages,
        )  # fmt: skip
    return out
