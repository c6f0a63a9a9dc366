# mypy: disable-error-code="no-untyped-def,untyped-decorator,misc"
# ruff: noqa: PLR0917
"""Triton: Q made ready for the attention kernel, in a pass of its own.

The attention kernel did this itself once: of its 5,419 instructions and 84 barriers 3,656 and 76 were the rotation,
run by the few warps that its registers leave room for. Codes cost a byte written and read for each number of Q.
"""

import triton
import triton.language as tl

from konspekt.kernels.shared.hadamard_rows import rotated_rows
from konspekt.kernels.shared.rounding import round_even, span


@triton.jit(do_not_specialize=["length", "scale_b", "scale_h", "group"])
def quantize_queries_kernel(
    Q, CU, Mean, Balance, KMean, Codes, Scales, Taken,
    factor, length, group, code_b, code_h, scale_b, scale_h, stride_b, stride_h, stride_n,
    LEVELS: tl.constexpr, GROUP: tl.constexpr, HEAD_DIM: tl.constexpr, BLOCK_D: tl.constexpr, BLOCK: tl.constexpr,
    VARLEN: tl.constexpr, SMOOTH: tl.constexpr, BALANCE: tl.constexpr, ROTATE: tl.constexpr, SIZE: tl.constexpr,
    STEPS: tl.constexpr, PRODUCT: tl.constexpr, TAKEN: tl.constexpr,
):  # fmt: skip
    """Q less the mean of its block, balanced and rotated or not, in codes up to LEVELS, GROUP rows to a scale.

    Codes: int8 [batch, heads, rows, BLOCK_D]; Scales: float32 [batch, heads, rows], times factor (softmax scale ·
    log2(e)); Taken: float32 like it, what smoothing K takes from each score of a row, for the log-sum-exp.
    Mean: float32 [batch, heads, blocks, BLOCK_D]; Balance, KMean: [batch, kv_heads, BLOCK_D]. Grid: (blocks of BLOCK
    rows, heads, batch). Packed: no batch, and rows of all sequences behind one another.
    """
    block, head, sequence = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    first, rows = span(CU, sequence, length, VARLEN)
    if block * BLOCK < rows:
        dims, row = tl.arange(0, BLOCK_D), block * BLOCK + tl.arange(0, BLOCK)
        inside = (row < rows)[:, None] & (dims < HEAD_DIM)[None, :]
        base = Q + sequence.to(tl.int64) * stride_b + head.to(tl.int64) * stride_h
        q = tl.load(base + (first + row).to(tl.int64)[:, None] * stride_n + dims[None, :], mask=inside, other=0.0)
        q = q.to(tl.float32)
        of_k = (sequence * (tl.num_programs(1) // group) + head // group) * BLOCK_D + dims
        places = sequence.to(tl.int64) * scale_b + head.to(tl.int64) * scale_h + first + row
        if TAKEN:
            taken = tl.sum(q * tl.load(KMean + of_k)[None, :], 1) * factor
            tl.store(Taken + places, taken, mask=row < rows)
        if SMOOTH:
            blocks = (length + BLOCK - 1) // BLOCK
            line = (sequence * tl.num_programs(1) + head).to(tl.int64) * blocks + block
            q = tl.where(inside, q - tl.load(Mean + line * BLOCK_D + dims)[None, :], 0.0)
        if BALANCE:
            q = q * tl.load(Balance + of_k)[None, :]
        if ROTATE:
            q = rotated_rows(q, BLOCK, BLOCK_D, SIZE, STEPS, PRODUCT)
        reach = tl.max(tl.abs(q), 1)
        if GROUP > 1:
            shared = tl.max(tl.reshape(reach, (BLOCK // GROUP, GROUP)), 1)
            reach = tl.reshape(tl.broadcast_to(shared[:, None], (BLOCK // GROUP, GROUP)), (BLOCK,))
        codes = round_even(q * tl.where(reach > 0, LEVELS / reach, 0.0)[:, None])
        tl.store(Scales + places, reach * (factor / LEVELS), mask=row < rows)
        out = Codes + sequence.to(tl.int64) * code_b + head.to(tl.int64) * code_h
        at = out + (first + row).to(tl.int64)[:, None] * BLOCK_D + dims[None, :]
        tl.store(at, codes.to(tl.int8), mask=(row < rows)[:, None])
