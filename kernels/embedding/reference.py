"""Rows of a quantised table on the CPU: exact, so that every backend there shares it."""

from __future__ import annotations

import torch

from konspekt.kernels.errors import KernelError
from konspekt.kernels.tensor import QuantizedTensor


def embedding(ids: torch.Tensor, w: QuantizedTensor) -> torch.Tensor:
    flat = ids.detach().cpu().to(torch.int64).reshape(-1)
    if len(flat) and (int(flat.min()) < 0 or int(flat.max()) >= w.out_features):
        raise KernelError(f"ids must lie in 0 … {w.out_features - 1}, got {int(flat.min())} … {int(flat.max())}")
    return w.rows(flat.numpy())
