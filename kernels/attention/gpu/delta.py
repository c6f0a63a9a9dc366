# mypy: disable-error-code="no-untyped-def,untyped-decorator,misc"
# ruff: noqa: PLR0917
"""Triton: smoothing Q. Means over blocks of rows, and ΔS, their products with K (SageAttention2, section 3.1)."""

import triton
import triton.language as tl

from konspekt.kernels.shared.rounding import span


@triton.jit(do_not_specialize=["length"])
def block_means_kernel(
    Q, CU, Means, Spreads, length, stride_b, stride_h, stride_n,
    HEAD_DIM: tl.constexpr, BLOCK_D: tl.constexpr, BLOCK: tl.constexpr, VARLEN: tl.constexpr,
):  # fmt: skip
    """Means, and sums of squared distances from them: float32 [batch, heads, blocks, BLOCK_D], zeros past the end."""
    block, head, sequence = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    first, rows = span(CU, sequence, length, VARLEN)
    dims, row = tl.arange(0, BLOCK_D), block * BLOCK + tl.arange(0, BLOCK)
    base = Q + sequence.to(tl.int64) * stride_b + head.to(tl.int64) * stride_h
    inside = (row < rows)[:, None] & (dims < HEAD_DIM)[None, :]
    q = tl.load(base + (first + row).to(tl.int64)[:, None] * stride_n + dims[None, :], mask=inside, other=0.0)
    count = tl.minimum(tl.maximum(rows - block * BLOCK, 1), BLOCK)
    line = (sequence * tl.num_programs(1) + head).to(tl.int64) * tl.num_programs(0) + block
    wide = q.to(tl.float32)
    mean = tl.sum(wide, 0) / count.to(tl.float32)
    tl.store(Means + line * BLOCK_D + dims, mean)
    apart = tl.where(inside, wide - mean[None, :], 0.0)
    tl.store(Spreads + line * BLOCK_D + dims, tl.sum(apart * apart, 0))


@triton.jit(do_not_specialize=["length", "blocks", "group"])
def delta_kernel(
    Means, K, CU, KMean, Delta, factor, length, blocks, columns, group, stride_b, stride_h, stride_n,
    HEAD_DIM: tl.constexpr, BLOCK_D: tl.constexpr, BLOCK: tl.constexpr, VARLEN: tl.constexpr,
):  # fmt: skip
    """Delta[batch, head, block, key] = Means[block] · (K[key] - KMean) · factor, with TF32's eleven bits."""
    at, head, sequence = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    first, rows = span(CU, sequence, length, VARLEN)
    if at * BLOCK < rows:
        kv_head = head // group
        dims, row, some = tl.arange(0, BLOCK_D), at * BLOCK + tl.arange(0, BLOCK), tl.arange(0, 16)
        inside = (row < rows)[:, None] & (dims < HEAD_DIM)[None, :]
        base = K + sequence.to(tl.int64) * stride_b + kv_head.to(tl.int64) * stride_h
        k = tl.load(base + (first + row).to(tl.int64)[:, None] * stride_n + dims[None, :], mask=inside, other=0.0)
        mean = tl.load(KMean + (sequence * (tl.num_programs(1) // group) + kv_head) * BLOCK_D + dims)
        smooth = tl.trans(tl.where(inside, k.to(tl.float32) - mean[None, :], 0.0))
        line = (sequence * tl.num_programs(1) + head).to(tl.int64) * blocks
        for start in range(0, blocks, 16):
            block = start + some
            there = (block < blocks)[:, None]
            means = tl.load(Means + (line + block)[:, None] * BLOCK_D + dims[None, :], mask=there, other=0.0)
            product = tl.dot(means, smooth, input_precision="tf32") * factor
            tl.store(Delta + (line + block)[:, None] * columns + row[None, :], product, mask=there & (row < rows)[None])
