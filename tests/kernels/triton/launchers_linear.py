"""Called in the interpreter's process: the public functions with the backend forced."""

from __future__ import annotations

import torch

from konspekt import kernels
from konspekt.kernels import functional
from konspekt.kernels.linear.gpu.rows import lattice_table
from konspekt.kernels.packed import Packed


def chosen(x: torch.Tensor, *weights: Packed) -> list[torch.Tensor]:
    with kernels.use("triton"):
        return functional.linear_group(x, weights)


def linear(x: torch.Tensor, w: Packed, bias: torch.Tensor | None = None) -> torch.Tensor:
    with kernels.use("triton"):
        return functional.linear(x, w, bias)


def lattice_words(codes: torch.Tensor) -> torch.Tensor:
    """int32 [n]: E8P codes int16 [n], decoded as the kernels do."""
    from tests.kernels.triton.probes import lattice_kernel

    out = torch.empty(len(codes), dtype=torch.int32)
    lattice_kernel[(1,)](codes, lattice_table(), out, SIZE=len(codes))
    return out
