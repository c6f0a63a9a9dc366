"""Finding, building and loading the shared object."""

from __future__ import annotations

import ctypes
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from konspekt.kernels.cpu.build import (
    HERE,
    CompileError,
    built_name,
    compile_library,
)
from konspekt.kernels.errors import BackendUnavailable

P, I32, I64, F32 = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64, ctypes.c_float
SIGNATURES: dict[str, tuple[object, list[object]]] = {
    "ks_isa": (ctypes.c_char_p, []),
    "ks_use_isa": (I32, [ctypes.c_char_p]),
    "ks_set_threads": (None, [I32]),
    "ks_threads": (I32, []),
    "ks_repacked_bytes": (I64, [I32, I64, I64]),
    "ks_allocate": (P, [I64]),
    "ks_free": (None, [P]),
    "ks_repack": (None, [I32, I64, I64, P, P]),
    "ks_linear": (None, [P, I64, I32, P, P, P]),
    "ks_linear_heads": (None, [P, I64, I64, P, P]),
    "ks_attend": (None, [P]),
    "ks_attend_latents": (None, [P]),
    "ks_store": (None, [P, I64, P, P, P, I64, P, P]),
    "ks_rms_norm": (None, [P, P, F32, I64, I64, P]),
    "ks_gated": (None, [P, P, I32, I64, I64, P]),
    "ks_rope": (None, [P, P, P, I64, I32, I64, I64, I64]),
    "ks_hadamard": (None, [P, I64, I64]),
    "ks_delta": (None, [P]),
    "ks_decode": (None, [P, P, P]),
}


def _cache_dir() -> Path:
    base = Path.home() / ".cache" if Path.home().is_dir() else Path(tempfile.gettempdir())
    return base / "konspekt" / "kernels"


def _find_or_build() -> Path:
    """Beside the sources when installation built it there, else in the user's cache, built now if need be."""
    name = built_name()
    for folder in (HERE, _cache_dir()):
        if (folder / name).is_file():
            return folder / name
    last: Exception | None = None
    for folder in (_cache_dir(), Path(tempfile.gettempdir()) / f"konspekt-kernels-{os.getuid()}"):
        try:
            return compile_library(folder / name)
        except CompileError as error:
            raise BackendUnavailable(str(error)) from error
        except OSError as error:  # a folder that cannot be written
            last = error
    raise BackendUnavailable(f"nowhere to put the compiled kernels: {last}")


@lru_cache(maxsize=1)
def library() -> ctypes.CDLL:
    """The loaded library.

    Raises: BackendUnavailable with the reason (no compiler, its error, a broken file).
    """
    path = _find_or_build()
    try:
        loaded = ctypes.CDLL(str(path))
    except OSError as error:
        raise BackendUnavailable(f"{path.name} cannot be loaded: {error}") from error
    for name, (result, arguments) in SIGNATURES.items():
        function = getattr(loaded, name)
        function.restype, function.argtypes = result, arguments
    return loaded


def isa() -> str:
    """The instruction set in use: avx512vnni, avxvnni, avx2, dotprod, neon or portable."""
    return str(library().ks_isa().decode())


@contextmanager
def use_isa(name: str) -> Iterator[None]:
    """Force an instruction set inside the block (tests). Raises: BackendUnavailable where the processor lacks it."""
    before = isa()
    if library().ks_use_isa(name.encode()):
        raise BackendUnavailable(f"this processor has no {name}")
    try:
        yield
    finally:
        library().ks_use_isa(before.encode())
