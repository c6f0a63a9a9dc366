"""The C++ backend: one shared object, found or built once, and the ctypes signatures of its functions."""

from __future__ import annotations

from konspekt.kernels.cpu.loading import isa, library, use_isa
from konspekt.kernels.cpu.weights import PackedWeight, packed

__all__ = ["PackedWeight", "isa", "library", "packed", "use_isa"]
