"""Launching the write to quantised pages on a GPU, alone or with rope and the queries in the same pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from konspekt.kernels.hadamard.rotation import block_size
from konspekt.kernels.kv_cache.gpu_kernel import store_kernel
from konspekt.kernels.shared.limits import FUSION, PAGE_BITS
from konspekt.kernels.shared.padding import padded

if TYPE_CHECKING:
    from konspekt.kernels.kv_cache import KVCache, PagedBatch


def rows_at_once(longest: int, head_dim: int) -> int:
    """Tokens that a program writes: as many as make 1,024 channels; twice that spills registers with Triton 3.7."""
    return 1 if longest == 1 else 1024 // padded(head_dim)


def store(cache: KVCache, layer: int, k: torch.Tensor, v: torch.Tensor, batch: PagedBatch) -> None:
    """Write k (after rope) and v, [tokens, kv_heads, head_dim], to the pages of `batch`."""
    rope_and_store(k, k, v, cache, layer, batch, inv_freq=None, style="neox")


def rope_and_store(  # noqa: PLR0917
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    cache: KVCache,
    layer: int,
    batch: PagedBatch,
    *,
    inv_freq: torch.Tensor | None,
    style: str,
) -> torch.Tensor:
    """Rope of q and k at the places of `batch`, k and v into the pages -> the rotated q, in its type.

    `inv_freq` None: k has been rotated already, and q is only handed back.
    """
    q, k, v = (x.to(q.dtype) if x.stride(-1) == 1 else x.to(q.dtype).contiguous() for x in (q, k, v))
    rope = inv_freq is not None
    out = torch.empty(q.shape, dtype=q.dtype, device=q.device) if rope else q
    longest = batch.longest or int(batch.cu_seqlens.diff().max())
    rows, size, dim = rows_at_once(longest, cache.head_dim), block_size(cache.head_dim), cache.head_dim
    lines = 2 * cache.kv_heads + (q.shape[1] if rope else 0)
    store_kernel[(-(-longest // rows), lines, len(batch.context_lens))](
        q, k, v, out, q if inv_freq is None else inv_freq, cache.k[layer], cache.v[layer], cache.k_scale[layer],
        cache.v_scale[layer], batch.block_table, batch.cu_seqlens, batch.context_lens,
        q.shape[1], cache.kv_heads, batch.block_table.shape[1], q.stride(0), q.stride(1), k.stride(0), k.stride(1),
        v.stride(0), v.stride(1),
        HEAD_DIM=dim, BLOCK_D=padded(dim), ROWS=rows, BITS=PAGE_BITS[cache.kind], PAGE=cache.page_size, ROPE=rope,
        HALF=1 if inv_freq is None else len(inv_freq), NEOX=style == "neox", ROTATE=cache.rotate, SIZE=size,
        STEPS=size.bit_length() - 1, num_warps=4, **FUSION,
    )  # fmt: skip
    return out
