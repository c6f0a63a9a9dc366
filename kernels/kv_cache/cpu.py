"""Writing a step's keys and values through the C++ backend (kernels/cpu/attention.cpp)."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import torch

from konspekt.kernels.cpu import library
from konspekt.kernels.cpu.structs import KINDS, CKvView, float32, int32
from konspekt.kernels.errors import KernelError
from konspekt.kernels.kv_cache import KVCache, PagedBatch

if TYPE_CHECKING:
    from konspekt.kernels.kv_cache import KVCache, PagedBatch


def store(cache: KVCache, layer: int, k: torch.Tensor, v: torch.Tensor, batch: PagedBatch) -> None:
    keys, values, held = float32(k), float32(v), CBatch(batch, cache)
    view = kv_view(cache, layer)
    starts, lengths, table = held.pointers
    library().ks_store(
        ctypes.byref(view), held.sequences, starts, lengths, table, held.width, keys.data_ptr(), values.data_ptr()
    )


def kv_view(cache: KVCache, layer: int) -> CKvView:
    scaled = cache.kind != "fp16"
    return CKvView(
        KINDS.index(cache.kind),
        int(cache.rotate),
        cache.kv_heads,
        cache.head_dim,
        cache.page_size,
        cache.k[layer].data_ptr(),
        cache.v[layer].data_ptr(),
        cache.k_scale[layer].data_ptr() if scaled else None,
        cache.v_scale[layer].data_ptr() if scaled else None,
        cache.value_dim,
    )


class CBatch:
    """The int32 arrays of a `PagedBatch`, held for the length of a call.

    Raises: KernelError where C++ would read a page that is not there.
    """

    def __init__(self, batch: PagedBatch, cache: KVCache) -> None:
        self.starts, self.lengths = int32(batch.cu_seqlens), int32(batch.context_lens)
        self.table = int32(batch.block_table)
        self.sequences, self.width = self.table.shape
        if len(self.starts) != self.sequences + 1 or len(self.lengths) != self.sequences:
            raise KernelError(f"{self.sequences} block tables, {len(self.lengths)} lengths, {len(self.starts)} starts")
        if self.sequences and int(self.lengths.max()) > self.width * cache.page_size:
            raise KernelError(f"a context of {int(self.lengths.max())} keys needs more than {self.width} pages")
        if self.table.numel() and (int(self.table.min()) < 0 or int(self.table.max()) >= cache.pages):
            needed = torch.arange(self.width)[None] * cache.page_size < self.lengths[:, None]
            read = self.table[needed]  # entries beyond a context may be anything
            if len(read) and (int(read.min()) < 0 or int(read.max()) >= cache.pages):
                raise KernelError(f"a block table names page {int(read.max())} of {cache.pages}, or one below zero")
        self.pointers = (self.starts.data_ptr(), self.lengths.data_ptr(), self.table.data_ptr())
