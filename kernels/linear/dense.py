"""Products with unquantised weights (F32, F16, BF16) on a GPU: PyTorch's own."""

from __future__ import annotations

import numpy as np
import torch

from konspekt.kernels.tensor import QuantizedTensor

TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


def dense_of(w: QuantizedTensor, device: torch.device) -> torch.Tensor:
    """[out_features, in_features] in the file's own type on `device`, put there at first use and kept."""
    key = f"dense {device}"
    found = w.prepared.get(key)
    if not isinstance(found, torch.Tensor):
        raw = torch.from_numpy(np.array(w.data))  # a copy: the file's bytes may not be written to
        found = w.prepared[key] = raw.view(TYPES[w.type_name]).to(device)
    return found


def linear(x: torch.Tensor, w: QuantizedTensor, bias: torch.Tensor | None) -> torch.Tensor:
    """x · Wᵀ + bias; x [..., in_features] is multiplied in the weight's type -> float32 [..., out_features]."""
    matrix = dense_of(w, x.device)
    rows = x.reshape(-1, x.shape[-1]).to(matrix.dtype)
    if x.is_cuda and matrix.dtype != torch.float32:
        y = torch.mm(rows, matrix.T, out_dtype=torch.float32)
    else:
        y = rows.float() @ matrix.float().T
    return (y if bias is None else y + bias).reshape(*x.shape[:-1], w.out_features)
