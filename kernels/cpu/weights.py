"""Weights in the interleaved layout of the C++ backend."""

from __future__ import annotations

import ctypes
import weakref

import numpy as np

from konspekt.kernels.cpu.loading import library
from konspekt.kernels.tensor import QuantizedTensor

KEY = "cpu"
# The order of `enum Type` in common.h.
TYPES = (
    *("F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "IQ4_NL"),
    *("Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"),
)


class CWeight(ctypes.Structure):
    """`struct Weight` of common.h."""

    _fields_ = (
        ("type", ctypes.c_int32),
        ("reserved", ctypes.c_int32),
        ("n", ctypes.c_int64),
        ("k", ctypes.c_int64),
        ("data", ctypes.c_void_p),
    )


class PackedWeight:
    """Owns the repacked bytes; `address` is that of a `struct Weight`."""

    def __init__(self, w: QuantizedTensor) -> None:
        lib, kind = library(), TYPES.index(w.type_name)
        self.nbytes = int(lib.ks_repacked_bytes(kind, w.out_features, w.in_features))
        memory = lib.ks_allocate(self.nbytes)
        if not memory:
            raise MemoryError(f"{self.nbytes} bytes for the weights {w.type_name} {w.shape}")
        weakref.finalize(self, lib.ks_free, memory)
        rows = np.ascontiguousarray(w.data)
        lib.ks_repack(kind, w.out_features, w.in_features, rows.ctypes.data, memory)
        self.struct = CWeight(kind, 0, w.out_features, w.in_features, memory)
        self.address = ctypes.addressof(self.struct)


def packed(w: QuantizedTensor) -> PackedWeight:
    """The repacked weights, made at first use and kept with the tensor."""
    found = w.prepared.get(KEY)
    if not isinstance(found, PackedWeight):
        found = w.prepared[KEY] = PackedWeight(w)
    return found
