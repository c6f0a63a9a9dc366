"""`gated`: SiLU(gate)·up (llama, qwen) or GELU(gate)·up (gemma)."""

from __future__ import annotations

from typing import Literal

import torch

from konspekt.kernels.backends import backend_on
from konspekt.kernels.errors import KernelError
from konspekt.kernels.gated import reference

Activation = Literal["silu", "gelu_tanh"]


def gated(gate: torch.Tensor, up: torch.Tensor, activation: Activation = "silu") -> torch.Tensor:
    """gate, up: [..., n] -> float32 [..., n]."""
    if gate.shape != up.shape:
        raise KernelError(f"gate {tuple(gate.shape)} and up {tuple(up.shape)} differ")
    if activation not in ("silu", "gelu_tanh"):
        raise KernelError(f"activation {activation!r} is unknown; there are silu and gelu_tanh")
    name = backend_on(gate.device)
    if name == "triton":
        from konspekt.kernels.gated import gpu

        return gpu.gated(gate, up, activation)
    if name == "cpu":
        from konspekt.kernels.gated import cpu

        return cpu.gated(gate, up, activation)
    return reference.gated(gate, up, activation)


__all__ = ["Activation", "gated"]
