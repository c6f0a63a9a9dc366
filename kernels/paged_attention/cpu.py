"""`paged_attention` through the C++ backend (kernels/cpu/attention_impl.h)."""

from __future__ import annotations

import ctypes

import torch

from konspekt.kernels.cpu import library
from konspekt.kernels.cpu.structs import CAttentionJob, float32
from konspekt.kernels.kv_cache import KVCache, PagedBatch
from konspekt.kernels.kv_cache.cpu import CBatch, kv_view


def paged_attention(
    q: torch.Tensor, cache: KVCache, layer: int, batch: PagedBatch, *, scale: float, window: int | None
) -> torch.Tensor:
    lib, rows, held = library(), float32(q), CBatch(batch, cache)
    if cache.rotate:
        rows = rows.clone()
        lib.ks_hadamard(rows.data_ptr(), rows.shape[0] * rows.shape[1], rows.shape[2])
    out = torch.empty_like(rows)
    job = CAttentionJob(
        kv_view(cache, layer),
        held.sequences,
        rows.shape[1],
        held.width,
        *held.pointers,
        rows.data_ptr(),
        out.data_ptr(),
        scale,
        1,
        window or 0,
    )
    lib.ks_attend(ctypes.byref(job))
    return out
