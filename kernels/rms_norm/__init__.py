"""`rms_norm`, over the last dimension: a hidden row or one head."""

from __future__ import annotations

import torch

from konspekt.kernels.backends import implementation
from konspekt.kernels.errors import KernelError


def rms_norm(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """x: [..., n], weight: [n] (as GGUF stores it: Gemma's +1 is already in) -> float32 [..., n]."""
    if tuple(weight.shape) != (x.shape[-1],):
        raise KernelError(f"weight of shape {tuple(weight.shape)} does not fit rows of {x.shape[-1]}")
    result: torch.Tensor = implementation("rms_norm", x.device).rms_norm(x, weight, eps)
    return result


__all__ = ["rms_norm"]
