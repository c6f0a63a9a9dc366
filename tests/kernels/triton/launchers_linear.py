"""Called in the interpreter's process: the public functions with the backend forced."""

from __future__ import annotations

import torch

import kernels
from kernels.formats.e8p import E8P
from kernels.linear.arrange import Packed, arranged
from kernels.linear.gpu import launch


def chosen(x: torch.Tensor, *weights: Packed) -> list[torch.Tensor]:
    with kernels.use("triton"):
        return kernels.linear_group(x, weights)


def linear(x: torch.Tensor, w: Packed, bias: torch.Tensor | None = None) -> torch.Tensor:
    with kernels.use("triton"):
        return kernels.linear(x, w, bias)


def lattice_points(codes: torch.Tensor) -> torch.Tensor:
    """float32 [rows, 8 · words] of E8P codes int16 [rows, words], decoded by the kernel: W · 1 of each coordinate."""
    w = E8P(codes, None, torch.ones(len(codes)), 0)
    columns = 8 * codes.shape[1]
    a = arranged(w, codes.device)
    k = torch.arange(columns)
    place = k // 256 * 256 + (k % 4 * 2 + k // 4 % 2) * 32 + k // 8 % 32
    one = torch.zeros(columns, columns)
    one[k, place] = 1.0
    return launch(one, a.planes, a.walk, a.name, len(codes), None, 0, a.levels).T.contiguous()
