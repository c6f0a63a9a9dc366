"""Pages on a GPU as PyTorch operators: `torch.compile` sees nodes with known shapes and knows which memory they write.

Each takes one layer of a `KVCache` and the tensors of a `PagedBatch`; see there for their shapes.
"""

# ruff: noqa: PLR0917 - an operator's schema is positional

from __future__ import annotations

import torch

from konspekt.kernels.kv_cache import KVCache, PagedBatch
from konspekt.kernels.kv_cache.ops import layer_of, places_of
from konspekt.kernels.triton.available import require


@torch.library.custom_op("konspekt::paged_attention", mutates_args=())
def paged(
    q: torch.Tensor,
    k_pages: torch.Tensor,
    v_pages: torch.Tensor,
    k_scale: torch.Tensor,
    v_scale: torch.Tensor,
    kind: str,
    rotate: bool,
    cu_seqlens: torch.Tensor,
    context_lens: torch.Tensor,
    block_table: torch.Tensor,
    longest: int,
    scale: float,
    window: int | None,
) -> torch.Tensor:
    require(q.device)
    from konspekt.kernels.paged_attention import gpu

    cache = KVCache.of_layer(k_pages, v_pages, k_scale, v_scale, kind, rotate)
    batch = PagedBatch(cu_seqlens, context_lens, block_table, longest)
    return gpu.paged_attention(q, cache, 0, batch, scale=scale, window=window)


@paged.register_fake
def _(q: torch.Tensor, *_: object) -> torch.Tensor:
    return q.new_empty(q.shape)


def paged_attention(
    q: torch.Tensor, cache: KVCache, layer: int, batch: PagedBatch, *, scale: float, window: int | None
) -> torch.Tensor:
    out: torch.Tensor = paged(q, *layer_of(cache, layer), *places_of(batch), scale, window)
    return out
