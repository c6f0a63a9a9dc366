"""The orthonormal Walsh–Hadamard transform of a head: spreads outlier channels over all, undone by dot products.

(Hq)·(Hk) = q·k exactly, so a rotated K cache needs only a rotated q. Sizes that are not powers of two (96) are
rotated in blocks of their largest power-of-two divisor (32).
"""

from __future__ import annotations

import torch

from konspekt.kernels.hadamard import walsh


def block_size(head_dim: int) -> int:
    return head_dim & -head_dim


def hadamard(x: torch.Tensor) -> torch.Tensor:
    """float32 in and out, over the last dimension. Its own inverse."""
    size = block_size(x.shape[-1])
    y = walsh(x.float().reshape(*x.shape[:-1], -1, size))
    return torch.as_tensor(y * size**-0.5).reshape(x.shape)
