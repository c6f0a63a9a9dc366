"""The C++ backend: one shared object, found or built once, and the ctypes signatures of its functions."""

from __future__ import annotations

from kernels.cpu.library import isa, library, use_isa
from kernels.cpu.weights import PackedWeight, packed

__all__ = ["PackedWeight", "isa", "library", "packed", "use_isa"]
