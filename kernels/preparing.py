"""Getting weights ready for a backend before the first token, and how many threads compute."""

from __future__ import annotations

import torch

from konspekt.kernels.backends import backend, backend_on, implementation
from konspekt.kernels.errors import KernelError
from konspekt.kernels.tensor import QuantizedTensor


def prepare(w: QuantizedTensor, *, release: bool = False, device: torch.device | None = None) -> QuantizedTensor:
    """Arrange the weights for the backend that computes on `device` (the CPU) now rather than at first use.

    `release` drops this object's hold on the packed bytes afterwards (a memory map is then free to be unmapped);
    `rows` and `dequantize` no longer work, and the backend can no longer be changed.
    """
    where = device or torch.device("cpu")
    if backend_on(where) in ("cpu", "triton"):  # torch computes with the packed bytes themselves
        implementation("linear", where).place(w, where)
        if release:
            w.release()
    return w


def set_threads(n: int) -> None:
    """Threads of the `cpu` backend (torch keeps its own count).

    Raises: KernelError when n is below one.
    """
    if n < 1:
        raise KernelError(f"threads must be at least 1, got {n}")
    if backend() == "cpu":
        from konspekt.kernels.cpu import library

        library().ks_set_threads(n)
    else:
        torch.set_num_threads(n)


def get_threads() -> int:
    """Threads that the current backend computes with."""
    if backend() == "cpu":
        from konspekt.kernels.cpu import library

        return int(library().ks_threads())
    return torch.get_num_threads()
