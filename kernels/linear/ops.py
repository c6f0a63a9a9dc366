"""`linear` on a GPU: the door to `linear/gpu/`."""

from __future__ import annotations

from konspekt.kernels.linear.gpu.packed import linear_group, place

__all__ = ["linear_group", "place"]
