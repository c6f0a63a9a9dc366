"""`hadamard_transform`: an orthogonal rotation that spreads outliers over all coordinates, in n log n additions.

On a GPU by Triton (kernels/hadamard/gpu.py, which also holds the transforms fused with quantisation); on the CPU, and
blocks of more than some 200,000 columns, by the reference.
"""

from __future__ import annotations

import torch

from konspekt.kernels.hadamard import reference
from konspekt.kernels.hadamard.reference import (
    hadamard_matrix,
    hadamard_size,
    largest_block,
    signs,
    walsh,
)


def _by_triton(x: torch.Tensor, block: int) -> bool:
    if x.device.type == "cpu" or x.dtype == torch.float64:
        return False
    from konspekt.kernels.backends import backend_on
    from konspekt.kernels.hadamard.gpu import fits

    return backend_on(x.device) == "triton" and fits(block)


def hadamard_transform(x: torch.Tensor, *, inverse: bool = False) -> torch.Tensor:
    """x · H / sqrt(n) over the last dimension, or back; float64 stays, all else is computed and returned in float32.

    Raises: KernelError for a size without a transform: n must be 2^k, 2^k·12, 2^k·20 or 2^k·28.
    """
    if _by_triton(x, x.shape[-1]):
        from konspekt.kernels.hadamard import gpu

        return gpu.transform(x, inverse=inverse)
    return reference.inverse_transform(x) if inverse else reference.hadamard_transform(x)


def inverse_transform(x: torch.Tensor) -> torch.Tensor:
    """x · Hᵀ / sqrt(n): undoes `hadamard_transform`."""
    return hadamard_transform(x, inverse=True)


def randomised(x: torch.Tensor, seed: int, *, inverse: bool = False) -> torch.Tensor:
    """x · S · H / sqrt(n) with random signs S (QuIP#, section 3), or back; in blocks where n has no transform."""
    if _by_triton(x, largest_block(x.shape[-1])):
        from konspekt.kernels.hadamard import gpu

        return gpu.randomised(x, seed, inverse=inverse)
    return reference.randomised(x, seed, inverse=inverse)


__all__ = [
    "hadamard_matrix",
    "hadamard_size",
    "hadamard_transform",
    "inverse_transform",
    "largest_block",
    "randomised",
    "signs",
    "walsh",
]
