"""`rope_and_store`: what comes before attention over pages, in one pass on a GPU."""

from __future__ import annotations

import torch

from konspekt.kernels.backends import backend_on
from konspekt.kernels.errors import KernelError
from konspekt.kernels.kv_cache import KVCache, PagedBatch
from konspekt.kernels.rope import Style, rope


def rope_and_store(  # noqa: PLR0917
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    cache: KVCache,
    layer: int,
    batch: PagedBatch,
    *,
    inv_freq: torch.Tensor,
    style: Style = "neox",
) -> torch.Tensor:
    """Rotate q and k to the positions of `batch`, write k and v to the pages -> q rotated.

    q: [tokens, heads, head_dim]; k, v: [tokens, kv_heads, head_dim]; inv_freq float32 as `rope_frequencies` gives it.
    The same as `rope`, `rope`, `cache.store`; on a GPU rope, Hadamard rotation, quantisation and the write are one
    kernel, and q keeps its type (elsewhere it comes back in float32).
    """
    if q.ndim != 3 or k.shape != v.shape or len(q) != len(k) or tuple(k.shape[1:]) != (cache.kv_heads, cache.head_dim):
        raise KernelError(
            f"q {tuple(q.shape)}, k {tuple(k.shape)}, v {tuple(v.shape)} do not fit a cache of "
            f"{cache.kv_heads} heads of {cache.head_dim}"
        )
    if 2 * len(inv_freq) > cache.head_dim:
        raise KernelError(f"{len(inv_freq)} frequencies rotate more than the {cache.head_dim} dimensions of a head")
    if backend_on(q.device) == "triton":
        from konspekt.kernels.kv_cache import ops

        return ops.rope_and_store(q, k, v, cache, layer, batch, inv_freq, style)
    positions = batch.positions()
    cache.store(layer, rope(k, positions, inv_freq, style), v, batch)
    return rope(q, positions, inv_freq, style)
