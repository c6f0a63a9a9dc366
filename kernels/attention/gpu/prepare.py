"""Launching what comes before attention on a GPU: means and scales, balancing, the codes of K and V, ΔS.

Tensors are dense [batch, heads, len, dim] (any strides, the last dimension contiguous) or packed [tokens, heads, dim]
with cu_seqlens. Nothing here waits for the GPU or reads a value back: a call can be captured in a CUDA graph.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from konspekt.kernels.attention.gpu.balance import balance_kernel
from konspekt.kernels.attention.gpu.delta import block_means_kernel, delta_kernel
from konspekt.kernels.attention.gpu.quantize import (
    finish_statistics_kernel,
    partial_statistics_kernel,
    quantize_keys_kernel,
    quantize_values_kernel,
)
from konspekt.kernels.attention.gpu.queries import quantize_queries_kernel
from konspekt.kernels.attention.recipe import FP8_LARGEST, SMOOTH_BLOCK, Recipe
from konspekt.kernels.hadamard.rotation import block_size
from konspekt.kernels.shared.limits import FUSION
from konspekt.kernels.shared.padding import padded
from konspekt.kernels.triton.available import architecture

CHUNK = 2048  # rows of which one program sums the channels
KEY_BLOCK = 128


def by_product(device: torch.device) -> bool:
    """Whether rows are rotated by a product (`rotated_rows`). The interpreter, an sm_80 by name, checks it."""
    return device.type == "cpu" or architecture(device) >= 90


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a dense or packed tensor: how many sequences and heads, and the strides of each."""

    tensor: torch.Tensor
    cu: torch.Tensor | None
    longest: int

    @property
    def packed(self) -> bool:
        return self.cu is not None

    @property
    def batch(self) -> int:
        return len(self.cu) - 1 if self.cu is not None else self.tensor.shape[0]

    @property
    def heads(self) -> int:
        return self.tensor.shape[1]

    @property
    def dim(self) -> int:
        return self.tensor.shape[-1]

    @property
    def strides(self) -> tuple[int, int, int]:
        """Of a sequence, a head and a row."""
        given = self.tensor.stride()
        return (0, given[1], given[0]) if self.packed else (given[0], given[1], given[2])

    @property
    def offsets(self) -> torch.Tensor:
        """cu_seqlens; for a dense tensor a placeholder that the kernel does not read."""
        return self.cu if self.cu is not None else self.tensor


def rows_of(x: torch.Tensor, cu: torch.Tensor | None = None, longest: int | None = None) -> Rows:
    x = x if x.stride(-1) == 1 else x.contiguous()
    return Rows(x, cu, x.shape[-2] if cu is None else int(longest or 0))


@dataclass(frozen=True, slots=True)
class Spread:
    """Of the rows of q in each block of SMOOTH_BLOCK: means, and sums of squared distances from them, float32 [batch,
    heads, blocks, padded dim]; of K: the variance of each channel [batch, kv_heads, padded dim]."""

    means: torch.Tensor
    squares: torch.Tensor
    keys: torch.Tensor


@dataclass(frozen=True, slots=True)
class Keys:
    """Quantised K: codes int8 [batch, heads, len, dim] (packed: [heads, tokens, dim]), scales, the mean subtracted.

    balance: what channels were divided by [batch, heads, dim], if they were balanced with queries, and `spread` what
    was seen of both; else something that a kernel may be handed and does not read, and None.
    """

    codes: torch.Tensor
    scales: torch.Tensor
    mean: torch.Tensor
    strides: tuple[int, int]
    balance: torch.Tensor
    spread: Spread | None


@dataclass(frozen=True, slots=True)
class Values:
    """V as it is, or E4M3 codes transposed to [batch, heads, dim, len] with mean and scale of each channel."""

    codes: torch.Tensor
    mean: torch.Tensor
    scale: torch.Tensor
    strides: tuple[int, int, int]
    row: int  # elements from one channel to the next, where transposed


def statistics(x: Rows, *, smooth: bool, largest_code: float | None) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean over rows, and the scale to `largest_code`, of each channel: float32 [batch, heads, padded dim]."""
    tensor, width, chunks = x.tensor, padded(x.dim), -(-max(x.longest, 1) // CHUNK)
    mean = torch.empty(x.batch, x.heads, width, dtype=torch.float32, device=tensor.device)
    scale = torch.empty_like(mean) if largest_code else mean
    if not smooth and not largest_code:
        return mean.zero_(), scale
    shape = (3 if largest_code else 1, x.batch, x.heads, chunks, width)
    parts = torch.empty(shape, dtype=torch.float32, device=tensor.device)
    sums, lows, highs = parts[0], parts[-2 if largest_code else 0], parts[-1]
    sizes = {"HEAD_DIM": x.dim, "BLOCK_D": width, "VARLEN": x.packed, "RANGE": largest_code is not None, **FUSION}
    partial_statistics_kernel[(chunks, x.heads, x.batch)](
        tensor, x.offsets, sums, lows, highs, x.longest, chunks, *x.strides, CHUNK=CHUNK, BLOCK=64, **sizes
    )
    finish_statistics_kernel[(x.heads, x.batch)](
        sums, lows, highs, x.offsets, mean, scale, x.longest, chunks, largest_code or 1.0, SMOOTH=smooth, **sizes
    )
    return mean, scale


def block_means(x: Rows) -> tuple[torch.Tensor, torch.Tensor]:
    """Means over SMOOTH_BLOCK rows, sums of squared distances from them: float32 [batch, heads, blocks, padded dim]."""
    blocks, width = -(-x.longest // SMOOTH_BLOCK), padded(x.dim)
    means = torch.empty(x.batch, x.heads, blocks, width, dtype=torch.float32, device=x.tensor.device)
    spreads = torch.empty_like(means)
    block_means_kernel[(blocks, x.heads, x.batch)](
        x.tensor, x.offsets, means, spreads, x.longest, *x.strides,
        HEAD_DIM=x.dim, BLOCK_D=width, BLOCK=SMOOTH_BLOCK, VARLEN=x.packed, **FUSION,
    )  # fmt: skip
    return means, spreads


def balance(q: Rows, k: Rows, k_mean: torch.Tensor) -> tuple[torch.Tensor, Spread]:
    """What channels of K are divided by, and those of Q multiplied [batch, kv_heads, dim]; and what that comes from."""
    (q_means, q_spreads), (k_means, k_spreads) = block_means(q), block_means(k)
    factors, variance = torch.empty_like(k_mean), torch.empty_like(k_mean)
    balance_kernel[(k.heads, k.batch)](
        q_spreads, k_spreads, k_means, k_mean, q.offsets, k.offsets, factors, variance,
        q.longest, k.longest, q_means.shape[2], k_means.shape[2], q.heads // k.heads,
        BLOCK_D=padded(k.dim), SMOOTH_BLOCK=SMOOTH_BLOCK, BLOCKS=16, VARLEN=k.packed, **FUSION,
    )  # fmt: skip
    return factors, Spread(q_means, q_spreads, variance)


def quantize_keys(x: Rows, recipe: Recipe, queries: Rows | None = None) -> Keys:
    """Balanced only where the queries are given."""
    mean, _ = statistics(x, smooth=recipe.smooth_k, largest_code=None)
    factors, spread = balance(queries, x, mean) if recipe.balance and queries is not None else (mean, None)
    width, device = padded(x.dim), x.tensor.device
    stored = width // 2 if recipe.levels == 7 else width
    tokens = len(x.tensor)
    shape = (x.heads, tokens, stored) if x.packed else (x.batch, x.heads, x.longest, stored)
    groups = tokens // recipe.k_group + x.batch if x.packed else -(-x.longest // recipe.k_group)
    codes = torch.empty(shape, dtype=torch.int8, device=device)
    scales = torch.empty((*shape[:-2], groups), dtype=torch.float32, device=device)
    strides = (0, tokens * stored) if x.packed else (x.heads * x.longest * stored, x.longest * stored)
    block = KEY_BLOCK
    quantize_keys_kernel[(-(-x.longest // block), x.heads, x.batch)](
        x.tensor, x.offsets, mean, factors, codes, scales, x.longest, groups, *strides, *x.strides,
        LEVELS=recipe.levels, GROUP=recipe.k_group, HEAD_DIM=x.dim, BLOCK_D=width, BLOCK=block, VARLEN=x.packed,
        BALANCE=spread is not None, ROTATE=recipe.rotate, SIZE=block_size(x.dim),
        STEPS=block_size(x.dim).bit_length() - 1, PRODUCT=by_product(device), num_warps=width // 16, **FUSION,
    )  # fmt: skip
    return Keys(codes, scales, mean, strides, factors, spread)


def quantize_values(x: Rows, recipe: Recipe) -> Values:
    tensor = x.tensor
    if not recipe.fp8:
        return Values(tensor, tensor, tensor, x.strides, 0)
    mean, scale = statistics(x, smooth=recipe.smooth_v, largest_code=FP8_LARGEST)
    width = padded(x.dim)
    columns = (len(tensor) + 16 * x.batch if x.packed else x.longest) + 15 & ~15
    shape = (x.heads, width, columns) if x.packed else (x.batch, x.heads, width, columns)
    codes = torch.empty(shape, dtype=torch.float8_e4m3fn, device=tensor.device)
    strides = (0 if x.packed else x.heads * width * columns, width * columns)
    quantize_values_kernel[(-(-x.longest // KEY_BLOCK), x.heads, x.batch)](
        tensor, x.offsets, mean, scale, codes, x.longest, *strides, columns, *x.strides,
        HEAD_DIM=x.dim, BLOCK_D=width, BLOCK=KEY_BLOCK, VARLEN=x.packed, **FUSION,
    )  # fmt: skip
    return Values(codes, mean, scale, (*strides, 0), columns)


@dataclass(frozen=True, slots=True)
class Queries:
    """Quantised Q: codes int8 [batch, heads, len, dim] (packed: [heads, tokens, dim]), and two numbers a row, float32
    [batch, heads, len] (packed: [heads, tokens]): its scale times the softmax's, and what smoothing K takes from its
    scores, where the log-sum-exp is wanted. strides: of the codes of a sequence and a head; row: of those numbers."""

    codes: torch.Tensor
    scales: torch.Tensor
    taken: torch.Tensor
    strides: tuple[int, int]
    row: tuple[int, int]


def quantize_queries(  # noqa: PLR0917
    x: Rows, k: Rows, keys: Keys, means: torch.Tensor | None, recipe: Recipe, factor: float, with_lse: bool
) -> Queries:
    """means: of blocks of SMOOTH_BLOCK rows, where they are smoothed; factor: softmax scale · log2(e)."""
    width, device, tokens = padded(x.dim), x.tensor.device, len(x.tensor)
    shape = (x.heads, tokens) if x.packed else (x.batch, x.heads, x.longest)
    codes = torch.empty((*shape, width), dtype=torch.int8, device=device)
    scales = torch.empty(shape, dtype=torch.float32, device=device)
    taken = torch.empty_like(scales) if with_lse else scales
    row = (0, tokens) if x.packed else (x.heads * x.longest, x.longest)
    strides = (row[0] * width, row[1] * width)
    quantize_queries_kernel[(-(-x.longest // SMOOTH_BLOCK), x.heads, x.batch)](
        x.tensor, x.offsets, keys.mean if means is None else means, keys.balance, keys.mean, codes, scales, taken,
        factor, x.longest, x.heads // k.heads, *strides, *row, *x.strides,
        LEVELS=recipe.q_levels, GROUP=recipe.q_group, HEAD_DIM=x.dim, BLOCK_D=width, BLOCK=SMOOTH_BLOCK,
        VARLEN=x.packed, SMOOTH=means is not None, BALANCE=keys.spread is not None, ROTATE=recipe.rotate,
        SIZE=block_size(x.dim), STEPS=block_size(x.dim).bit_length() - 1, PRODUCT=by_product(device), TAKEN=with_lse,
        num_warps=width // 16, **FUSION,
    )  # fmt: skip
    return Queries(codes, scales, taken, strides, row)


def smooth_queries(  # noqa: PLR0917
    q: Rows, k: Rows, keys: Keys, factor: float, means: torch.Tensor | None = None, delta: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Means of q over SMOOTH_BLOCK rows [batch, heads, blocks, dim], and ΔS · factor [batch, heads, blocks, k_len]."""
    means = block_means(q)[0] if means is None else means
    if delta is not None:
        return means, delta
    blocks, width, columns = means.shape[2], padded(q.dim), k.longest + 15 & ~15
    delta = torch.empty(q.batch, q.heads, blocks, columns, dtype=torch.float32, device=q.tensor.device)
    delta_kernel[(-(-k.longest // KEY_BLOCK), q.heads, q.batch)](
        means, k.tensor, k.offsets, keys.mean, delta, factor, k.longest, blocks, columns, q.heads // k.heads,
        *k.strides,
        HEAD_DIM=q.dim, BLOCK_D=width, BLOCK=KEY_BLOCK, VARLEN=k.packed, **FUSION,
    )  # fmt: skip
    return means, delta
