"""Writing a step's keys and values through the C++ backend (kernels/cpu/attention.cpp)."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import torch

from kernels.cpu import library
from kernels.cpu.structs import CBatch, float32, kv_view

if TYPE_CHECKING:
    from kernels.kv_cache import KVCache, PagedBatch


def store(cache: KVCache, layer: int, k: torch.Tensor, v: torch.Tensor, batch: PagedBatch) -> None:
    keys, values, held = float32(k), float32(v), CBatch(batch, cache)
    view = kv_view(cache, layer)
    starts, lengths, table = held.pointers
    library().ks_store(
        ctypes.byref(view), held.sequences, starts, lengths, table, held.width, keys.data_ptr(), values.data_ptr()
    )
