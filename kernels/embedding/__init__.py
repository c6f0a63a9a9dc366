"""`embedding`: rows of a quantised table, dequantised exactly. All backends on the CPU share it."""

from __future__ import annotations

import torch

from konspekt.kernels.backends import backend_on
from konspekt.kernels.errors import KernelError
from konspekt.kernels.tensor import QuantizedTensor


def embedding(ids: torch.Tensor, w: QuantizedTensor) -> torch.Tensor:
    """ids: integers [n] -> float32 [n, in_features].

    Raises: KernelError for an id outside the table (a GPU is not asked).
    """
    if backend_on(ids.device) == "triton":
        from konspekt.kernels.embedding import gpu

        return gpu.embedding(ids, w)
    flat = ids.detach().cpu().to(torch.int64).reshape(-1)
    if len(flat) and (int(flat.min()) < 0 or int(flat.max()) >= w.out_features):
        raise KernelError(f"ids must lie in 0 … {w.out_features - 1}, got {int(flat.min())} … {int(flat.max())}")
    return w.rows(flat.numpy())


__all__ = ["embedding"]
