# mypy: disable-error-code="no-untyped-def,untyped-decorator,misc,index"
# ruff: noqa: PLR0917, RET505 - what follows an `if` on a constant stands in its `else`, or it is compiled too
"""Triton: y = x · Wᵀ + bias with W packed, more than a few rows of x; fewer go to gpu_gemv.py.

A tile of W becomes x's type in registers and goes to the tensor cores, sums in float32; no dequantised matrix is ever
written to memory.

Experts (kernels/moe): the weights of all are stacked, and each row of the result, a *slot*, is a token's product
with an expert of its own. A program takes BLOCK_M slots of one expert and reads its weights once for them.
"""

import triton
import triton.language as tl

from konspekt.kernels.linear.gpu.decode import high_bits, plane_codes, plane_scales
from konspekt.kernels.linear.gpu.decode_rows import row_codes, row_high, row_words


@triton.jit
def columns(chunk, plane: tl.constexpr, BLOCK: tl.constexpr, CHUNKS: tl.constexpr, WIDTH: tl.constexpr,
            REPEAT: tl.constexpr, FAR: tl.constexpr, NEAR: tl.constexpr):  # fmt: skip
    """The first column of a plane of each chunk (gpu_layout.Walk.start)."""
    g = chunk % CHUNKS
    return chunk // CHUNKS * BLOCK + g // REPEAT * FAR + plane * NEAR + g % REPEAT * WIDTH


@triton.jit
def packed_tile(Codes, row, chunk, inside, chunks, WIDTH: tl.constexpr):
    """int32 [rows, chunks, width]: the bytes of some chunks."""
    first = Codes + row[:, None] * (chunks * WIDTH) + (chunk * WIDTH)[None, :]
    lane = tl.arange(0, WIDTH)[None, None, :]
    return tl.load(first[:, :, None] + lane, mask=inside[:, :, None], other=0).to(tl.int32)


@triton.jit
def packed_and_high(Codes, High, Levels, row, chunk, inside, blocks, chunks, FORMAT: tl.constexpr,
                    HAS_HIGH: tl.constexpr, WIDTH: tl.constexpr, HALVES: tl.constexpr):  # fmt: skip
    """What all planes of some chunks share."""
    q = packed_tile(Codes, row, chunk, inside, chunks, WIDTH)
    high = q
    if HALVES == 0:
        if HAS_HIGH:
            high = row_high(High, row, chunk, inside, FORMAT, chunks)
        return row_words(q, high, Levels, FORMAT)
    elif HAS_HIGH:
        high = high_bits(High, row, chunk, inside, FORMAT, WIDTH, blocks)
    return q, high


@triton.jit
def plane_weights(q, high, Levels, Scales, D, offset, one, row, chunk, inside, plane: tl.constexpr, blocks, chunks,
                  FORMAT: tl.constexpr, WIDTH: tl.constexpr, GROUP: tl.constexpr, HALVES: tl.constexpr):  # fmt: skip
    """float32 [rows, chunks, width]; of formats with one scale a row without it."""
    if HALVES == 0:
        return row_codes(q, high, Scales, one, row, chunk, inside, plane, FORMAT, chunks) + offset[:, None, None]
    else:
        u = plane_codes(q, high, Levels, chunk, plane, FORMAT, WIDTH, one)
        a, b = plane_scales(Scales, D, row, chunk, inside, plane, FORMAT, blocks, GROUP)
        return u * a[:, :, None] + b[:, :, None]


@triton.jit(do_not_specialize=["M"])
def gemm_kernel(
    X, Codes, High, Scales, D, Levels, Bias, Out, Expert, Order,
    M, N, K, share, stride_xm, stride_xk, stride_om, one,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_C: tl.constexpr, FORMAT: tl.constexpr, EXPERTS: tl.constexpr,
    HAS_HIGH: tl.constexpr, HAS_BIAS: tl.constexpr, BLOCK: tl.constexpr, PLANES: tl.constexpr, CHUNKS: tl.constexpr,
    WIDTH: tl.constexpr, REPEAT: tl.constexpr, FAR: tl.constexpr, NEAR: tl.constexpr,
    HIGH_BYTES: tl.constexpr, SCALE_BYTES: tl.constexpr, HALVES: tl.constexpr, GROUP: tl.constexpr,
):  # fmt: skip
    """Out [M, N] float32. Computed transposed, W · xᵀ: the weights, made in registers, are the operand kept there.

    one: 0x3F800000, the bits of 1.0 (gpu_words.py). EXPERTS: row m of Out is row m // share of x times an expert's rows
    of W; Expert: int32, of a block of slots, or -1; Order: int32, the slots of all blocks, or -1.
    """
    start_n = tl.program_id(0) * BLOCK_N
    first = start_n.to(tl.int64)
    row = tl.minimum(tl.arange(0, BLOCK_N), N - 1 - start_n)
    m = tl.program_id(1) * BLOCK_M + tl.arange(0, BLOCK_M)
    line = tl.minimum(m, M - 1)
    blocks = (K + BLOCK - 1) // BLOCK
    chunks = blocks * CHUNKS
    end = chunks
    if EXPERTS:
        expert = tl.load(Expert + tl.program_id(1))
        first += tl.maximum(expert, 0).to(tl.int64) * N
        m = tl.load(Order + m)
        line = tl.maximum(m, 0) // share
        end = tl.where(expert >= 0, chunks, 0)
    Codes, High = Codes + first * (chunks * WIDTH), High + first * (blocks * HIGH_BYTES)
    scale, offset = 1.0, 0.0
    if GROUP:
        Scales, D = Scales + first * (K // GROUP), D + first * (K // GROUP)
    elif HALVES == 0:  # one scale and one offset a row (gpu_rows.py)
        Scales, pair = Scales + first * (blocks * SCALE_BYTES), D + 2 * (first + row)
        scale, offset = tl.load(pair), tl.load(pair + 1)
    else:
        Scales, D = Scales + first * (blocks * SCALE_BYTES), D + first * (blocks * HALVES)
    across = tl.arange(0, BLOCK_C * WIDTH)
    total = tl.zeros([BLOCK_N, BLOCK_M], tl.float32)
    for start in range(0, end, BLOCK_C):
        chunk = start + tl.arange(0, BLOCK_C)
        here = chunk < chunks
        inside = tl.broadcast_to(here[None, :], (BLOCK_N, BLOCK_C))
        q, high = packed_and_high(
            Codes, High, Levels, row, chunk, inside, blocks, chunks, FORMAT, HAS_HIGH, WIDTH, HALVES
        )
        each = start + across // WIDTH
        for plane in tl.static_range(PLANES):
            w = plane_weights(q, high, Levels, Scales, D, offset, one, row, chunk, inside, plane, blocks, chunks,
                              FORMAT, WIDTH, GROUP, HALVES).to(X.dtype.element_ty)  # fmt: skip
            k = columns(each, plane, BLOCK, CHUNKS, WIDTH, REPEAT, FAR, NEAR) + across % WIDTH
            places = X + (k * stride_xk)[:, None] + line.to(tl.int64)[None, :] * stride_xm
            there = (each < chunks) & (k < K) if HALVES == 0 else each < chunks
            x = tl.load(places, mask=there[:, None], other=0.0)
            total = tl.dot(tl.reshape(w, (BLOCK_N, BLOCK_C * WIDTH)), x, total)
    if HALVES == 0:
        total *= scale[:, None]
    if HAS_BIAS:
        total += tl.load(Bias + start_n + row).to(tl.float32)[:, None]
    n = start_n + tl.arange(0, BLOCK_N)
    place = Out + m.to(tl.int64)[None, :] * stride_om + n[:, None]
    tl.store(place, total, mask=(n < N)[:, None] & ((m >= 0) & (m < M))[None, :])
