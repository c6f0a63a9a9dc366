"""`gated` through the C++ backend (kernels/cpu/glue_impl.h)."""

from __future__ import annotations

import torch

from konspekt.kernels.cpu import library
from konspekt.kernels.cpu.structs import float32

ACTIVATIONS = ("silu", "gelu_tanh")  # enum Activation of common.h


def gated(gate: torch.Tensor, up: torch.Tensor, activation: str) -> torch.Tensor:
    a, b = float32(gate), float32(up)
    y, n = torch.empty_like(a), a.shape[-1]
    kind = ACTIVATIONS.index(activation)
    library().ks_gated(a.data_ptr(), b.data_ptr(), kind, a.numel() // n, n, y.data_ptr())
    return y
