"""Which backend computes: `reference` (torch, float64), `torch` (float32, when nothing is compiled), `cpu` (C++),
`triton` (GPUs).

`KONSPEKT_KERNELS` forces one; it is the only environment variable that `kernels` reads.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any, Literal

import torch

from konspekt.kernels.errors import BackendUnavailable, KernelError

Backend = Literal["reference", "torch", "cpu", "triton"]
KNOWN: tuple[Backend, ...] = ("reference", "torch", "cpu", "triton")
_forced: list[Backend] = []

# The file in which an operation (a folder) computes on a backend: the first of these it has. All of them offer the same
# functions with the same arguments, so that a new backend is a column here and a file in each folder that has it.
_FILES: Mapping[Backend, tuple[str, ...]] = {
    "reference": ("reference",),
    "torch": ("float32", "reference"),
    "cpu": ("cpu", "float32", "reference"),
    "triton": ("ops", "gpu", "reference"),
}
OPERATIONS = (
    "embedding", "gated", "rms_norm", "rope", "linear", "moe", "kv_cache", "paged_attention", "latent", "delta",
    "decoder",
)  # fmt: skip
_found: dict[tuple[str, Backend], ModuleType] = {}


def backend() -> Backend:
    """The backend that the next call uses.

    Raises: KernelError for an unknown name, BackendUnavailable for one that this machine lacks.
    """
    return _forced[-1] if _forced else _resolve(os.environ.get("KONSPEKT_KERNELS", "").strip().lower())


def backend_on(device: torch.device) -> Backend:
    """The backend for a tensor that lies on `device`: a CUDA tensor goes to `triton` unless torch is asked for."""
    name = backend() if device.type == "cpu" or _forced or os.environ.get("KONSPEKT_KERNELS") else "triton"
    return "triton" if name == "cpu" and device.type != "cpu" else name


def answers_at_once(device: torch.device) -> bool:
    """Whether a number may be read out of a tensor on `device`: on a GPU that would mean waiting for it."""
    return backend_on(device) != "triton"


def implementation(operation: str, device: torch.device) -> Any:
    """The module that computes `operation` for tensors on `device`; imported at first use, for Triton takes seconds."""
    key = (operation, backend_on(device))
    if key not in _found:
        _found[key] = _module(*key)
    return _found[key]


def load(name: Backend) -> None:
    """Import what computes on this backend now: inside `torch.compile` nothing can be imported any more."""
    for operation in OPERATIONS:
        if (operation, name) not in _found:
            _found[operation, name] = _module(operation, name)


def _module(operation: str, name: Backend) -> ModuleType:
    package = f"konspekt.kernels.{operation}"
    for file in _FILES[name]:
        if importlib.util.find_spec(f"{package}.{file}") is not None:
            return importlib.import_module(f"{package}.{file}")
    raise KernelError(f"{operation} has no file for the backend {name}")


@contextmanager
def use(name: Backend) -> Iterator[None]:
    """Compute with `name` inside the block (tests, comparisons)."""
    _forced.append(_resolve(name))
    if name == "triton":
        load(name)
    try:
        yield
    finally:
        _forced.pop()


@cache
def _resolve(wanted: str) -> Backend:
    if wanted == "triton":
        from konspekt.kernels.triton.available import installed

        if not installed():
            raise BackendUnavailable("KONSPEKT_KERNELS=triton: Triton is not installed: pip install 'triton>=3.6'")
        return "triton"
    if wanted in ("reference", "torch"):
        return "reference" if wanted == "reference" else "torch"
    if wanted not in ("", "auto", "cpu"):
        raise KernelError(f"KONSPEKT_KERNELS={wanted!r} is unknown; there are {', '.join(KNOWN)}")
    try:
        from konspekt.kernels import cpu

        cpu.library()
    except BackendUnavailable as missing:
        if wanted == "cpu":
            raise
        warnings.warn(f"kernels: computing in plain torch, many times slower: {missing}", RuntimeWarning, stacklevel=3)
        return "torch"
    return "cpu"
