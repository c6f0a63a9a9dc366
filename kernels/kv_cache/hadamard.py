"""The orthonormal Walsh–Hadamard transform of a head: spreads outlier channels over all, undone by dot products.

(Hq)·(Hk) = q·k exactly, so a rotated K cache needs only a rotated q. Sizes that are not powers of two (96) are
rotated in blocks of their largest power-of-two divisor (32).
"""

from __future__ import annotations

import torch


def block_size(head_dim: int) -> int:
    return head_dim & -head_dim


def hadamard(x: torch.Tensor) -> torch.Tensor:
    """float32 in and out, over the last dimension. Its own inverse."""
    size = block_size(x.shape[-1])
    y = x.float().reshape(*x.shape[:-1], -1, size)
    step = 1
    while step < size:
        pairs = y.reshape(*y.shape[:-1], size // (2 * step), 2, step)
        a, b = pairs[..., 0, :], pairs[..., 1, :]
        y = torch.stack((a + b, a - b), dim=-2).reshape(y.shape)
        step *= 2
    return torch.as_tensor(y * size**-0.5).reshape(x.shape)
