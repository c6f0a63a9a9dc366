"""Keys and values go into their pages, as operators of torch."""

# ruff: noqa: PLR0917 - an operator's schema is positional

from __future__ import annotations

import torch

from konspekt.kernels.kv_cache import KVCache, PagedBatch
from konspekt.kernels.triton.available import require


def layer_of(cache: KVCache, layer: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, str, bool]:
    return cache.k[layer], cache.v[layer], cache.k_scale[layer], cache.v_scale[layer], cache.kind, cache.rotate


def places_of(batch: PagedBatch) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, int]:
    return batch.cu_seqlens, batch.context_lens, batch.block_table, batch.longest


@torch.library.custom_op("konspekt::rope_and_store", mutates_args=("k_pages", "v_pages", "k_scale", "v_scale"))
def rope_and_store_pages(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
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
    inv_freq: torch.Tensor,
    style: str,
) -> torch.Tensor:
    require(q.device)
    from konspekt.kernels.kv_cache import gpu

    cache = KVCache.of_layer(k_pages, v_pages, k_scale, v_scale, kind, rotate)
    batch = PagedBatch(cu_seqlens, context_lens, block_table, longest)
    return gpu.rope_and_store(q, k, v, cache, 0, batch, inv_freq=inv_freq, style=style)


@rope_and_store_pages.register_fake
def _(q: torch.Tensor, *_: object) -> torch.Tensor:
    return q.new_empty(q.shape)


@torch.library.custom_op("konspekt::store", mutates_args=("k_pages", "v_pages", "k_scale", "v_scale"))
def store_pages(
    k: torch.Tensor,
    v: torch.Tensor,
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
) -> None:
    require(k.device)
    from konspekt.kernels.kv_cache import gpu

    cache = KVCache.of_layer(k_pages, v_pages, k_scale, v_scale, kind, rotate)
    gpu.store(cache, 0, k, v, PagedBatch(cu_seqlens, context_lens, block_table, longest))


def store(cache: KVCache, layer: int, k: torch.Tensor, v: torch.Tensor, batch: PagedBatch) -> None:
    """Quantise k and v [tokens, kv_heads, head_dim] and write them to the places of `batch`."""
    store_pages(k, v, *layer_of(cache, layer), *places_of(batch))


def rope_and_store(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, cache: KVCache, layer: int, batch: PagedBatch,
    inv_freq: torch.Tensor, style: str,
) -> torch.Tensor:  # fmt: skip
    """The rotated q; k, rotated too, and v are in the cache."""
    turned: torch.Tensor = rope_and_store_pages(q, k, v, *layer_of(cache, layer), *places_of(batch), inv_freq, style)
    return turned
