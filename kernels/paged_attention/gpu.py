"""Launching paged attention on a GPU: single tokens split over the keys, prompts in blocks, in one call."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import torch

from konspekt.kernels.hadamard.rotation import block_size
from konspekt.kernels.paged_attention.gpu_kernel import combine_kernel, paged_kernel
from konspekt.kernels.shared.limits import FUSION, PAGE_BITS
from konspekt.kernels.shared.padding import padded

if TYPE_CHECKING:
    from konspekt.kernels.kv_cache import KVCache, PagedBatch

LEAST_KEYS = 256  # a split of fewer keys costs more to merge than it saves
MOST_KEYS = 4096  # of a split where few tokens are asked for: what one program walks while all others have ended
MOST_SPLITS = 64
FEW = 16  # tokens of a sequence, so that the parts of a split are small beside the keys that it reads


def rows_at_once(group: int, longest: int, head_dim: int) -> int:
    """Rows per program: heads of a group (a power of two) times tokens; tensor cores want at least 16."""
    heads = 1 << (group - 1).bit_length()
    return max(16 if longest == 1 else 64 if head_dim <= 128 else 32, heads)


def keys_at_once(rows: int, head_dim: int) -> int:
    """More of them at once spill registers."""
    return 64 if head_dim <= 128 and rows <= 16 else 32


def warps_for(rows: int, head_dim: int) -> int:
    return 8 if rows * head_dim >= 64 * 96 else 4


@cache
def processors(device: torch.device) -> int:
    """Streaming multiprocessors; what the interpreter imitates has a few, so that small tests split too."""
    return torch.cuda.get_device_properties(device).multi_processor_count if device.type == "cuda" else 8


def splits_for(device: torch.device, programs: int, longest_context: int, longest: int = 1) -> int:
    """Enough for each processor to have two programs, and for none to walk a long context alone while the many short
    ones of its batch have long been read: all known without looking at the lengths on the GPU. Short sequences take
    as many of the splits as they have LEAST_KEYS keys; the programs of the others end at once.

    longest, longest_context: the most tokens of one sequence, and the keys that the table has room for.
    """
    wanted = -(-2 * processors(device) // programs)
    if longest <= FEW:
        wanted = max(wanted, -(-longest_context // MOST_KEYS))
    return max(1, min(wanted, longest_context // LEAST_KEYS, MOST_SPLITS))


def paged_attention(
    q: torch.Tensor,
    cache: KVCache,
    layer: int,
    batch: PagedBatch,
    *,
    scale: float,
    window: int | None,
    splits: int | None = None,
) -> torch.Tensor:
    """q [tokens, heads, head_dim] -> the shape and type of q. `batch` and `cache` lie on q's device.

    Nothing is read back from the GPU when `batch.longest` is known, as `PagedBatch.of` leaves it.
    """
    q = q if q.stride(-1) == 1 else q.contiguous()
    (tokens, heads, dim), sequences, device = q.shape, len(batch.context_lens), q.device
    longest, group, width = batch.longest or int(batch.cu_seqlens.diff().max()), heads // cache.kv_heads, padded(dim)
    rows, columns = rows_at_once(group, longest, dim), batch.block_table.shape[1]
    share = 1 << (group - 1).bit_length()
    blocks = -(-longest // (rows // share))
    splits = splits or splits_for(device, blocks * cache.kv_heads * sequences, columns * cache.page_size, longest)
    out = torch.empty(q.shape, dtype=q.dtype, device=device)
    parts = out[None] if splits == 1 else torch.empty(splits, tokens, heads, dim, dtype=torch.float32, device=device)
    lses = torch.empty(splits, tokens, heads, dtype=torch.float32, device=device)
    size = block_size(dim)
    paged_kernel[(blocks * splits, cache.kv_heads, sequences)](
        q, cache.k[layer], cache.v[layer], cache.k_scale[layer], cache.v_scale[layer],
        batch.block_table, batch.cu_seqlens, batch.context_lens, parts, lses,
        scale * math.log2(math.e), group, window or 0, splits, columns, q.stride(0), q.stride(1), *parts.stride()[:3],
        *lses.stride()[:2],
        HEAD_DIM=dim, BLOCK_D=width, BITS=PAGE_BITS[cache.kind], PAGE=cache.page_size, ROWS=rows, HEADS=share,
        BLOCK_N=keys_at_once(rows, dim), ROTATE=cache.rotate, SIZE=size, STEPS=size.bit_length() - 1,
        WINDOW=window is not None, LEAST=LEAST_KEYS, num_warps=warps_for(rows, dim), num_stages=3, **FUSION,
    )  # fmt: skip
    if splits > 1:
        combine_kernel[(tokens, heads)](
            parts, lses, out, splits, *parts.stride()[:3], *lses.stride()[:2], out.stride(0), out.stride(1),
            HEAD_DIM=dim, BLOCK_D=width, SPLITS=1 << (splits - 1).bit_length(), num_warps=4, **FUSION,
        )  # fmt: skip
    return out
