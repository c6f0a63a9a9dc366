"""Attention over latents in float64, by the reference of ordinary attention: latents beside positions are the keys."""

from __future__ import annotations

import itertools

import torch

from konspekt.kernels.attention.reference import attention as attend
from konspekt.kernels.hadamard.rotation import hadamard
from konspekt.kernels.kv_cache import KVCache, PagedBatch
from konspekt.kernels.linear.reference import dense
from konspekt.kernels.packed import Packed


def attention(  # noqa: PLR0917
    q: torch.Tensor, latent_q: torch.Tensor, cache: KVCache, layer: int, batch: PagedBatch, scale: float
) -> torch.Tensor:
    if cache.rotate:
        q, latent_q = hadamard(q), hadamard(latent_q)
    both = torch.cat([latent_q.float(), q.float()], dim=2)
    out = torch.empty_like(latent_q, dtype=torch.float32)
    for s, (start, end) in enumerate(itertools.pairwise(batch.cu_seqlens.tolist())):
        length = int(batch.context_lens[s])
        k, latents = cache.load(layer, batch.block_table[s, : -(-length // cache.page_size)], length)
        rows = both[start:end].transpose(0, 1)[None]  # [1, heads, q_len, value_dim + head_dim]
        keys = torch.cat([latents, k], dim=2)[None]
        out[start:end] = attend(rows, keys, latents[None], causal=True, scale=scale, window=None)[0].transpose(0, 1)
    return hadamard(out) if cache.rotate else out


def linear_heads(x: torch.Tensor, w: Packed) -> torch.Tensor:
    matrices = dense(w).double().view(x.shape[1], -1, x.shape[2])  # [heads, n, k]
    return torch.einsum("thk,hnk->thn", x.double(), matrices).float()


__all__ = ["attention", "hadamard", "linear_heads"]
