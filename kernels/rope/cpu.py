"""`rope` through the C++ backend (kernels/cpu/glue_impl.h)."""

from __future__ import annotations

import torch

from konspekt.kernels.cpu import library
from konspekt.kernels.cpu.structs import float32, int32


def rope(x: torch.Tensor, positions: torch.Tensor, inv_freq: torch.Tensor, style: str) -> torch.Tensor:
    y = x.to(torch.float32, copy=True).contiguous()
    places, freq = int32(positions), float32(inv_freq)
    library().ks_rope(y.data_ptr(), places.data_ptr(), freq.data_ptr(), len(freq), int(style == "neox"), *y.shape)
    return y
