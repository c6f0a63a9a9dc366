"""`rms_norm` through the C++ backend (kernels/cpu/glue_impl.h)."""

from __future__ import annotations

import torch

from konspekt.kernels.cpu import library
from konspekt.kernels.cpu.structs import float32


def rms_norm(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    rows, scale = float32(x), float32(weight)
    y = torch.empty_like(rows)
    n = rows.shape[-1]
    library().ks_rms_norm(rows.data_ptr(), scale.data_ptr(), eps, rows.numel() // n, n, y.data_ptr())
    return y
