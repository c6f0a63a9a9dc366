"""The gated delta rule on a GPU: torch's own kernels, in chunks (float32.py)."""

from konspekt.kernels.delta.float32 import delta_rule

__all__ = ["delta_rule"]
