"""Matrix products with low-bit weights in Triton."""

from konspekt.kernels.linear.gpu.packed import linear_group, place

__all__ = ["linear_group", "place"]
