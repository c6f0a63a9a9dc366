"""`paged_attention`: a step's queries against the pages of their sequences, prompts and single tokens in one call."""

from __future__ import annotations

import torch

from konspekt.kernels.backends import answers_at_once, implementation
from konspekt.kernels.errors import KernelError
from konspekt.kernels.kv_cache import KVCache, PagedBatch
from konspekt.kernels.shared.limits import MAX_GROUP


def paged_attention(
    q: torch.Tensor,
    cache: KVCache,
    layer: int,
    batch: PagedBatch,
    *,
    scale: float | None = None,
    window: int | None = None,
) -> torch.Tensor:
    """Causal attention of q [tokens, heads, head_dim] over what `cache.store` has written, this step included.

    A row of the result depends neither on the other sequences of the batch nor on how a prompt was cut into steps.
    """
    tokens = batch.tokens if answers_at_once(q.device) else len(q)
    if q.ndim != 3 or len(q) != tokens or q.shape[2] != cache.head_dim or q.shape[1] % cache.kv_heads:
        raise KernelError(
            f"q {tuple(q.shape)} does not fit {tokens} tokens and {cache.kv_heads} heads of {cache.head_dim}"
        )
    if cache.value_dim != cache.head_dim:
        raise KernelError(f"values of {cache.value_dim} beside keys of {cache.head_dim} are for kernels.latent")
    if q.shape[1] // cache.kv_heads > MAX_GROUP:
        raise KernelError(f"{q.shape[1] // cache.kv_heads} query heads to a key head: at most {MAX_GROUP}")
    scale = scale if scale is not None else cache.head_dim**-0.5
    attend = implementation("paged_attention", q.device).paged_attention
    out: torch.Tensor = attend(q, cache, layer, batch, scale=scale, window=window)
    return out


__all__ = ["paged_attention"]
