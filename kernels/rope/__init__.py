"""`rope`: rotary positions in both styles of GGUF models."""

from __future__ import annotations

from typing import Literal

import torch

from konspekt.kernels.backends import implementation
from konspekt.kernels.errors import KernelError

Style = Literal["neox", "norm"]


def rope_frequencies(dims: int, base: float, factors: torch.Tensor | None = None, scale: float = 1.0) -> torch.Tensor:
    """inv_freq float32 [dims/2]. `factors` are GGUF's `rope_freqs` (long-context Llama), `scale` divides positions."""
    inv_freq = base ** (-torch.arange(0, dims, 2, dtype=torch.float64) / dims) / scale
    return (inv_freq if factors is None else inv_freq / factors.double()).float()


def rope(x: torch.Tensor, positions: torch.Tensor, inv_freq: torch.Tensor, style: Style = "neox") -> torch.Tensor:
    """Rotate the first 2·len(inv_freq) dimensions of every head.

    x: [tokens, heads, head_dim]; positions: integers [tokens]; `neox` pairs dimension i with i + dims/2 (qwen, gemma),
    `norm` pairs 2i with 2i + 1 (llama as GGUF permutes it) -> float32, the shape of x.
    """
    if x.ndim != 3 or len(positions) != len(x):
        raise KernelError(f"rope wants x [tokens, heads, head_dim] and a position a token, got {tuple(x.shape)}")
    if 2 * len(inv_freq) > x.shape[-1]:
        raise KernelError(f"{len(inv_freq)} frequencies rotate more than the {x.shape[-1]} dimensions of a head")
    turned: torch.Tensor = implementation("rope", x.device).rope(x, positions, inv_freq, style)
    return turned


__all__ = ["Style", "rope", "rope_frequencies"]
