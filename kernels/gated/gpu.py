"""`gated` through Triton."""

from __future__ import annotations

import torch

from konspekt.kernels.gated.gpu_kernel import gated_kernel
from konspekt.kernels.triton.available import require

BLOCK = 1024


def gated(gate: torch.Tensor, up: torch.Tensor, activation: str, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """gate, up [..., n] of any strides between rows -> [..., n] in `dtype`."""
    require(gate.device)
    n = gate.shape[-1]
    gates, ups = gate.reshape(-1, n), up.reshape(-1, n)
    out = torch.empty(gates.shape, dtype=dtype, device=gate.device)
    if len(gates):
        gated_kernel[(len(gates), -(-n // BLOCK))](
            gates, ups, out, n, gates.stride(0), ups.stride(0), SILU=activation == "silu", BLOCK=BLOCK, num_warps=4
        )
    return out.reshape(gate.shape)
