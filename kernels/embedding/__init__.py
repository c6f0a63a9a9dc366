"""`embedding`: rows of a quantised table, dequantised exactly."""

from __future__ import annotations

import torch

from konspekt.kernels.backends import implementation
from konspekt.kernels.tensor import QuantizedTensor


def embedding(ids: torch.Tensor, w: QuantizedTensor) -> torch.Tensor:
    """ids: integers [n] -> float32 [n, in_features].

    Raises: KernelError for an id outside the table (a GPU is not asked).
    """
    rows: torch.Tensor = implementation("embedding", ids.device).embedding(ids, w)
    return rows


__all__ = ["embedding"]
