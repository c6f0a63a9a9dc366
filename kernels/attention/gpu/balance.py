# mypy: disable-error-code="no-untyped-def,untyped-decorator,misc"
# ruff: noqa: PLR0917
"""Triton: channels of K divided, those of Q multiplied, by what makes both equally large (SmoothQuant's idea)."""

import triton
import triton.language as tl

from konspekt.kernels.shared.rounding import span


@triton.jit(do_not_specialize=["q_length", "k_length", "q_blocks", "k_blocks", "group"])
def balance_kernel(
    QSpreads, KSpreads, KMeans, KMean, CuQ, CuK, Balance, Variance, q_length, k_length, q_blocks, k_blocks, group,
    BLOCK_D: tl.constexpr, SMOOTH_BLOCK: tl.constexpr, BLOCKS: tl.constexpr, VARLEN: tl.constexpr,
):  # fmt: skip
    """Balance: float32 [batch, kv_heads, BLOCK_D] = sqrt(deviation of K / deviation of Q). Grid: (kv_heads, batch).

    Variance: float32 like it, of K. Deviations: of Q from the means of its blocks, over all heads of the group; of K
    from its mean KMean. Spreads and KMeans: float32 [batch, heads, blocks, BLOCK_D], sums of squares and means of
    blocks of SMOOTH_BLOCK rows.
    """
    head, sequence, heads = tl.program_id(0), tl.program_id(1), tl.num_programs(0)
    _, q_rows = span(CuQ, sequence, q_length, VARLEN)
    _, k_rows = span(CuK, sequence, k_length, VARLEN)
    dims, some = tl.arange(0, BLOCK_D), tl.arange(0, BLOCKS)
    line = sequence * heads + head
    mean = tl.load(KMean + line * BLOCK_D + dims)
    of_k, of_q = tl.zeros([BLOCK_D], tl.float32), tl.zeros([BLOCK_D], tl.float32)
    for start in range(0, k_blocks, BLOCKS):
        block = start + some
        at = (line.to(tl.int64) * k_blocks + block)[:, None] * BLOCK_D + dims[None, :]
        there = (block < k_blocks)[:, None]
        apart = tl.load(KMeans + at, mask=there, other=0.0) - mean[None, :]
        rows = tl.minimum(tl.maximum(k_rows - block * SMOOTH_BLOCK, 0), SMOOTH_BLOCK).to(tl.float32)
        of_k += tl.sum(tl.load(KSpreads + at, mask=there, other=0.0) + apart * apart * rows[:, None], 0)
    for start in range(0, group * q_blocks, BLOCKS):  # the heads of a group lie behind one another
        block = start + some
        at = (line.to(tl.int64) * group * q_blocks + block)[:, None] * BLOCK_D + dims[None, :]
        of_q += tl.sum(tl.load(QSpreads + at, mask=(block < group * q_blocks)[:, None], other=0.0), 0)
    both = (of_k > 0) & (of_q > 0)
    of_k = of_k / tl.maximum(k_rows, 1).to(tl.float32)
    tl.store(Variance + line * BLOCK_D + dims, of_k)
    ratio = of_k / (of_q / tl.maximum(q_rows * group, 1).to(tl.float32))
    tl.store(Balance + line * BLOCK_D + dims, tl.where(both, tl.sqrt(tl.sqrt(tl.where(both, ratio, 1.0))), 1.0))
