"""Called in the interpreter's process: the public functions with the backend forced."""

from __future__ import annotations

import torch

import kernels
from kernels.linear.grouped import GroupedWeight, linear_grouped


def chosen(x: torch.Tensor, *weights: kernels.QuantizedTensor) -> list[torch.Tensor]:
    with kernels.use("triton"):
        return kernels.linear_group(x, weights)


def grouped(x: torch.Tensor, w: GroupedWeight, bias: torch.Tensor | None) -> torch.Tensor:
    with kernels.use("triton"):
        return linear_grouped(x, w, bias)
