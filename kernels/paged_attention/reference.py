"""Attention over a paged, quantised cache: gather the pages, dequantise, attend in float64."""

from __future__ import annotations

import itertools

import torch

from konspekt.kernels.attention.reference import attention
from konspekt.kernels.kv_cache import KVCache, PagedBatch, hadamard


def paged_attention(
    q: torch.Tensor, cache: KVCache, layer: int, batch: PagedBatch, *, scale: float, window: int | None
) -> torch.Tensor:
    if cache.rotate:
        q = hadamard(q)
    out = torch.empty_like(q, dtype=torch.float32)
    starts = batch.cu_seqlens.tolist()
    for s, (start, end) in enumerate(itertools.pairwise(starts)):
        length = int(batch.context_lens[s])
        pages = batch.block_table[s, : -(-length // cache.page_size)]
        k, v = cache.load(layer, pages, length)
        rows = q[start:end].transpose(0, 1)[None]  # [1, heads, q_len, head_dim]
        seen = attention(rows, k[None], v[None], causal=True, scale=scale, window=window)
        out[start:end] = seen[0].transpose(0, 1)
    return out
