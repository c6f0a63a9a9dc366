"""Launching the attention kernel on what `gpu_prepare` makes of Q, K and V, dense or packed (see there)."""

from __future__ import annotations

import math
from typing import Any

import torch

from konspekt.kernels.attention.configs import Tile, tile_for
from konspekt.kernels.attention.gpu.kernel import attention_kernel
from konspekt.kernels.attention.gpu.prepare import (
    Keys,
    Rows,
    Values,
    balance,
    quantize_keys,
    quantize_queries,
    quantize_values,
    rows_of,
    smooth_queries,
)
from konspekt.kernels.attention.recipe import SMOOTH_BLOCK, Recipe
from konspekt.kernels.attention.sparse.gpu import Lists, select, sparse_tile
from konspekt.kernels.attention.sparse.recipe import Thresholds
from konspekt.kernels.errors import KernelError
from konspekt.kernels.shared.limits import FUSION
from konspekt.kernels.shared.padding import padded

__all__ = ["Keys", "Rows", "Values", "attend", "choose", "quantize_keys", "quantize_values", "rows_of"]


def choose(q: Rows, k: Rows, keys: Keys, sparse: Thresholds, *, scale: float, **options: Any) -> Lists:
    """`sparse_gpu.select`, whose options it takes, for keys quantised before."""

    def delta(means: torch.Tensor) -> torch.Tensor:
        return smooth_queries(q, k, keys, scale * math.log2(math.e), means)[1]

    spread = (keys.spread or balance(q, k, keys.mean)[1]) if sparse.each else None
    return select(q, k, keys.mean, sparse, scale=scale, spread=spread, smoothed=delta, **options)


def attend(
    q: Rows,
    k: Rows,
    v: Rows,
    recipe: Recipe,
    *,
    causal: bool,
    scale: float,
    top_left: bool = False,
    window: int | None = None,
    mask: torch.Tensor | None = None,
    with_lse: bool = False,
    quantized: tuple[Keys, Values] | None = None,
    tile: Tile | None = None,
    out: torch.Tensor | None = None,
    sparse: Thresholds | None = None,
    lists: Lists | None = None,
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """The output in q's type and shape and, asked for, the log-sum-exp: float32 [batch, heads, len] or [heads, tokens].

    mask: bool or float, broadcastable to [batch, heads, q_len, k_len]. `quantized`: K and V quantised before.
    sparse: skip blocks of keys by these thresholds, with no mask and a recipe that smooths K; `lists`: chosen before,
    with the same `scale`.
    """
    if recipe.fp16_sums and v.tensor.dtype != torch.float16:
        raise KernelError(f"fp16_sums multiplies P and V in float16, V is {v.tensor.dtype}")
    keys, values = quantized or (quantize_keys(k, recipe, q), quantize_values(v, recipe))
    tensor, width = q.tensor, padded(q.dim)
    if sparse is not None and lists is None:
        lists = choose(q, k, keys, sparse, causal=causal, scale=scale, top_left=top_left, window=window)
    name = f"{'int4' if recipe.levels == 7 else 'int8'}{'_fp8' if recipe.fp8 else ''}"
    if lists is not None:
        tile = tile or sparse_tile(tensor.device, name, q.dim, causal=causal)
    tile = tile or tile_for(tensor.device, name, q.dim, causal=causal, masked=mask is not None)
    ready = (keys.spread.means if keys.spread is not None else None) if lists is None else lists.means
    products = None if lists is None else lists.delta
    factor = scale * math.log2(math.e)
    means, delta = smooth_queries(q, k, keys, factor, ready, products) if recipe.smooth_q else (None, keys.mean)
    queries = quantize_queries(q, k, keys, means, recipe, factor, with_lse)
    walked = (keys.scales, keys.scales, keys.scales) if lists is None else (lists.blocks, lists.counts, lists.limits)
    result = torch.empty(tensor.shape, dtype=tensor.dtype, device=tensor.device) if out is None else out
    shape = (q.heads, len(tensor)) if q.packed else tensor.shape[:3]
    lse = torch.empty(shape, dtype=torch.float32, device=tensor.device) if with_lse else None
    kind, bias, bias_strides = _mask(mask, tensor)
    attention_kernel[(-(-q.longest // tile.block_m), q.heads, q.batch)](
        queries.codes, queries.scales, queries.taken, keys.codes, keys.scales,
        values.codes, values.mean, values.scale, delta, bias, result, result if lse is None else lse,
        q.offsets, k.offsets, *walked,
        q.longest, k.longest, q.heads // k.heads, keys.scales.shape[-1], window or 0, delta.shape[-1],
        walked[0].shape[-1],
        *queries.strides, *keys.strides, *values.strides, values.row, *Rows(result, q.cu, q.longest).strides,
        *bias_strides, *queries.row,
        HEAD_DIM=q.dim, BLOCK_D=width, BLOCK_M=tile.block_m, BLOCK_N=tile.block_n,
        LEVELS=recipe.levels, K_GROUP=recipe.k_group, SMOOTH_Q=recipe.smooth_q, FP8=recipe.fp8,
        FP16_SUMS=recipe.fp16_sums, BACKWARDS=recipe.backwards, CAUSAL=causal, TOP_LEFT=top_left,
        WINDOW=window is not None, MASK=kind, VARLEN=q.packed, LSE=with_lse, SMOOTH_BLOCK=SMOOTH_BLOCK,
        LISTED=lists is not None, SKIP=lists is not None and lists.skips,
        num_warps=tile.warps, num_stages=tile.stages, **FUSION,
    )  # fmt: skip
    return result, lse


def _mask(mask: torch.Tensor | None, q: torch.Tensor) -> tuple[int, torch.Tensor, tuple[int, int, int, int]]:
    if mask is None:
        return 0, q, (0, 0, 0, 0)
    wide = mask[(None,) * (4 - mask.ndim)] if mask.ndim < 4 else mask
    a, b, c, d = (0 if size == 1 else step for size, step in zip(wide.shape, wide.stride(), strict=True))
    return (1, wide.view(torch.int8), (a, b, c, d)) if wide.dtype == torch.bool else (2, wide, (a, b, c, d))
