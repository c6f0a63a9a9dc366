"""Launching the prediction of sparse attention; the attention itself is `gpu.attend` with the lists made here."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from konspekt.kernels.attention.configs import (
    Tile,
    candidates,
    tile_for,
)
from konspekt.kernels.attention.sparse.kernel import (
    gather_kernel,
    pool_kernel,
    predict_kernel,
    select_kernel,
)
from konspekt.kernels.attention.sparse.recipe import K_BLOCK, Q_BLOCK, Thresholds
from konspekt.kernels.shared.limits import FUSION
from konspekt.kernels.shared.padding import padded
from konspekt.kernels.triton.available import architecture

if TYPE_CHECKING:
    from konspekt.kernels.attention.gpu.prepare import Rows, Spread

ROWS, COLUMNS = 16, 64  # means that one program of the prediction multiplies
GATHERED = 16  # blocks whose keys one program gathers


@dataclass(frozen=True, slots=True)
class Lists:
    """What the attention kernel walks: `blocks` int32 [batch, heads, q_blocks, k_blocks], of which `counts` are listed.

    limits: float32 [3, heads], its last row the lambda of the second skip; means: of the blocks of q; delta: their
    products with every key (ΔS), where they were looked at.
    """

    blocks: torch.Tensor
    counts: torch.Tensor
    limits: torch.Tensor
    means: torch.Tensor
    delta: torch.Tensor | None
    skips: bool


def pool(x: Rows, block: int, centre: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
    """Means of x less its centre, float32 [batch, heads, blocks, padded dim]; mean cosines [batch, heads, blocks]."""
    blocks, width, device = -(-x.longest // block), padded(x.dim), x.tensor.device
    means = torch.empty(x.batch, x.heads, blocks, width, dtype=torch.float32, device=device)
    alike = torch.empty(means.shape[:3], dtype=torch.float32, device=device)
    pool_kernel[(blocks, x.heads, x.batch)](
        x.tensor, x.offsets, means if centre is None else centre, means, alike, x.longest, *x.strides,
        HEAD_DIM=x.dim, BLOCK_D=width, BLOCK=block, VARLEN=x.packed, CENTRED=centre is not None,
        num_warps=pool_warps(block, width), **FUSION,
    )  # fmt: skip
    return means, alike


def pool_warps(block: int, width: int) -> int:
    return 8 if block * width >= 128 * 128 else 4


def select_warps(width: int) -> int:
    return 4 if width > 128 else 1


def select(
    q: Rows,
    k: Rows,
    k_centre: torch.Tensor,
    sparse: Thresholds,
    *,
    causal: bool,
    scale: float,
    top_left: bool,
    window: int | None,
    spread: Spread | None,
    smoothed: Callable[[torch.Tensor], torch.Tensor],
) -> Lists:
    """The blocks to compute. k_centre: the mean that smoothing takes off K, float32 [batch, kv_heads, padded dim].

    spread: with each key by itself, the statistics of q and k; without it they are computed here.
    smoothed: from the block means of q to ΔS, their products with every key times scale · log2(e); kept in the lists,
    for the attention kernel needs it too.
    """
    device, group, factor = q.tensor.device, q.heads // k.heads, scale * math.log2(math.e)
    q_blocks, k_blocks = -(-q.longest // Q_BLOCK), -(-k.longest // K_BLOCK)
    shape = (q.batch, q.heads, q_blocks, k_blocks)
    scores, delta = torch.empty(shape, dtype=torch.float32, device=device), None
    if spread is not None:
        means, of_q, of_k = spread.means, spread.squares, spread.keys
        delta = smoothed(means)
        gather_kernel[(q_blocks * -(-k_blocks // GATHERED), q.heads, q.batch)](
            delta, scores, k.offsets, k.longest, q_blocks, k_blocks, delta.shape[-1],
            K_BLOCK=K_BLOCK, COLUMNS=GATHERED, VARLEN=k.packed, num_warps=4, **FUSION,
        )  # fmt: skip
    else:
        means, of_q = pool(q, Q_BLOCK, None)
        k_means, of_k = pool(k, K_BLOCK, k_centre)
        tiles = -(-q_blocks // ROWS) * -(-k_blocks // COLUMNS)
        predict_kernel[(tiles, q.heads, q.batch)](
            means, k_means, scores, factor, q_blocks, k_blocks, group,
            BLOCK_D=padded(q.dim), ROWS=ROWS, COLUMNS=COLUMNS, num_warps=4, **FUSION,
        )  # fmt: skip
    lists, limits = torch.empty(shape, dtype=torch.int32, device=device), sparse.on(device)
    counts = torch.empty(shape[:3], dtype=torch.int32, device=device)
    width = max(16, 1 << (k_blocks - 1).bit_length())
    select_kernel[(q_blocks, q.heads, q.batch)](
        scores, of_q, of_k, limits, lists, counts, q.offsets, k.offsets, q.longest, k.longest, q_blocks, k_blocks,
        group, window or 0, abs(scale),
        Q_BLOCK=Q_BLOCK, K_BLOCK=K_BLOCK, WIDTH=width, BLOCK_D=padded(q.dim), BY_MASS=sparse.by_mass,
        EACH=spread is not None, CAUSAL=causal, TOP_LEFT=top_left, WINDOW=window is not None, VARLEN=q.packed,
        num_warps=select_warps(width), **FUSION,
    )  # fmt: skip
    return Lists(lists, counts, limits, means, delta, bool(sparse.skip))


def walks_lists(tile: Tile) -> bool:
    """Its keys are a block or a part of one."""
    return K_BLOCK % tile.block_n == 0


def untuned_tile(arch: int, variant: str, head_dim: int) -> Tile:
    """The first on offer that can walk a list."""
    return next(tile for tile in candidates(arch, variant, head_dim) if walks_lists(tile))


def sparse_tile(device: torch.device, variant: str, head_dim: int, *, causal: bool) -> Tile:
    """The dense kernel's tile where it can walk a list."""
    tile = tile_for(device, variant, head_dim, causal=causal)
    return tile if walks_lists(tile) else untuned_tile(architecture(device), variant, head_dim)
