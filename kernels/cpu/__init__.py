"""The C++ backend: one shared object, loaded once."""

from __future__ import annotations

import ctypes

from kernels.errors import BackendUnavailable


def library() -> ctypes.CDLL:
    raise BackendUnavailable("the C++ backend is not built yet")
