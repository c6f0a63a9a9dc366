"""Sparse attention as PyTorch operators, like those of `ops.py`: `konspekt::attention_sparse` and `_sparse_varlen`.

Thresholds travel as lists, one number per head. On a tensor that no Triton kernel can reach, or with the variant
`exact`, they compute the reference.
"""

# ruff: noqa: PLR0917 - an operator's schema is positional

from __future__ import annotations

from typing import Any

import torch

from konspekt.kernels.attention.recipe import recipe_of
from konspekt.kernels.attention.sparse import reference as sparse_reference
from konspekt.kernels.attention.sparse.recipe import Thresholds
from konspekt.kernels.triton.available import require, runs_on


@torch.library.custom_op("konspekt::attention_sparse", mutates_args=())
def dense(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    by_mass: bool,
    each: bool,
    keep: list[float],
    gate: list[float],
    skip: list[float],
    variant: str,
    causal: bool,
    top_left: bool,
    scale: float,
    window: int | None,
    with_lse: bool,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Output like q, contiguous, and log-sum-exp [batch, heads, q_len] (empty unless asked for)."""
    recipe, sparse = recipe_of(variant), Thresholds(by_mass, each, tuple(keep), tuple(gate), tuple(skip))
    if not runs_on(q.device) or not recipe.levels:
        out, lse = sparse_reference.attend(
            q, k, v, recipe, sparse, causal=causal, scale=scale, top_left=top_left, window=window
        )
        return out.to(q.dtype), lse.float() if with_lse else q.new_empty(0, dtype=torch.float32)
    require(q.device)
    from konspekt.kernels.attention import launch as gpu

    result = torch.empty(q.shape, dtype=q.dtype, device=q.device)
    _, given = gpu.attend(
        gpu.rows_of(q), gpu.rows_of(k), gpu.rows_of(v), recipe, causal=causal, scale=scale, top_left=top_left,
        window=window, with_lse=with_lse, out=result, sparse=sparse,
    )  # fmt: skip
    return result, q.new_empty(0, dtype=torch.float32) if given is None else given


@dense.register_fake
def _(q: torch.Tensor, *rest: Any) -> tuple[torch.Tensor, torch.Tensor]:
    with_lse = rest[-1]
    return q.new_empty(q.shape), q.new_empty(q.shape[:3] if with_lse else (0,), dtype=torch.float32)


@torch.library.custom_op("konspekt::attention_sparse_varlen", mutates_args=())
def packed(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    cu_q: torch.Tensor,
    cu_k: torch.Tensor,
    max_q: int,
    max_k: int,
    by_mass: bool,
    each: bool,
    keep: list[float],
    gate: list[float],
    skip: list[float],
    variant: str,
    causal: bool,
    scale: float,
    window: int | None,
    with_lse: bool,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Output like q, contiguous, and log-sum-exp [heads, tokens] (empty unless asked for)."""
    recipe, sparse = recipe_of(variant), Thresholds(by_mass, each, tuple(keep), tuple(gate), tuple(skip))
    if not runs_on(q.device) or not recipe.levels:
        out, lse = sparse_reference.attend_varlen(
            q, k, v, cu_q, cu_k, recipe, sparse, causal=causal, scale=scale, window=window
        )
        return out.to(q.dtype), lse.float() if with_lse else q.new_empty(0, dtype=torch.float32)
    require(q.device)
    from konspekt.kernels.attention import launch as gpu

    result = torch.empty(q.shape, dtype=q.dtype, device=q.device)
    _, given = gpu.attend(
        gpu.rows_of(q, cu_q, max_q), gpu.rows_of(k, cu_k, max_k), gpu.rows_of(v, cu_k, max_k), recipe, causal=causal,
        scale=scale, window=window, with_lse=with_lse, out=result, sparse=sparse,
    )  # fmt: skip
    return result, q.new_empty(0, dtype=torch.float32) if given is None else given


@packed.register_fake
def _(q: torch.Tensor, *rest: Any) -> tuple[torch.Tensor, torch.Tensor]:
    with_lse = rest[-1]
    return q.new_empty(q.shape), q.new_empty((q.shape[1], q.shape[0]) if with_lse else (0,), dtype=torch.float32)
