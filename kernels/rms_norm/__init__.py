"""`rms_norm`, over the last dimension: a hidden row or one head."""

from __future__ import annotations

import torch

from konspekt.kernels.backends import backend_on
from konspekt.kernels.errors import KernelError
from konspekt.kernels.rms_norm import reference


def rms_norm(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """x: [..., n], weight: [n] (as GGUF stores it: Gemma's +1 is already in) -> float32 [..., n]."""
    if tuple(weight.shape) != (x.shape[-1],):
        raise KernelError(f"weight of shape {tuple(weight.shape)} does not fit rows of {x.shape[-1]}")
    name = backend_on(x.device)
    if name == "triton":
        from konspekt.kernels.rms_norm import gpu

        return gpu.rms_norm(x, weight, eps)
    if name == "cpu":
        from konspekt.kernels.rms_norm import cpu

        return cpu.rms_norm(x, weight, eps)
    return reference.rms_norm(x, weight, eps)


__all__ = ["rms_norm"]
