"""`gated`: SiLU(gate)·up (llama, qwen) or GELU(gate)·up (gemma)."""

from __future__ import annotations

from typing import Literal

import torch

from konspekt.kernels.backends import implementation
from konspekt.kernels.errors import KernelError

Activation = Literal["silu", "gelu_tanh"]


def gated(gate: torch.Tensor, up: torch.Tensor, activation: Activation = "silu") -> torch.Tensor:
    """gate, up: [..., n] -> float32 [..., n]."""
    if gate.shape != up.shape:
        raise KernelError(f"gate {tuple(gate.shape)} and up {tuple(up.shape)} differ")
    if activation not in ("silu", "gelu_tanh"):
        raise KernelError(f"activation {activation!r} is unknown; there are silu and gelu_tanh")
    result: torch.Tensor = implementation("gated", gate.device).gated(gate, up, activation)
    return result


__all__ = ["Activation", "gated"]
