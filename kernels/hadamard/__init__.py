"""`hadamard_transform`: an orthogonal rotation that spreads outliers over all coordinates, in n log n additions."""

from __future__ import annotations

from kernels.hadamard.reference import (
    hadamard_matrix,
    hadamard_size,
    hadamard_transform,
    inverse_transform,
    largest_block,
    randomised,
    signs,
    walsh,
)

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
