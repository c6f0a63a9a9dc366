"""Head dimensions that are no power of two."""

from __future__ import annotations


def padded(head_dim: int) -> int:
    """The next power of two: 96 is computed as 128, with zeros."""
    return max(32, 1 << (head_dim - 1).bit_length())
