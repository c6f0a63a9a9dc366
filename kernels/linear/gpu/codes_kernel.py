# mypy: disable-error-code="no-untyped-def,untyped-decorator,misc"
# ruff: noqa: PLR0917
"""Triton: products with both sides in 8 bits (or weights in 4), and rows of activations made such.

quantize_kernel  rows of x to INT8 or E4M3 codes with a scale each: W8A8's activations
codes_kernel     sums of products of codes on the integer (or FP8) tensor cores, scaled once
"""

import triton
import triton.language as tl

ROUND = tl.constexpr(12582912.0)  # 1.5·2^23: x + it - it is x rounded half to even, below 2^22


@triton.jit
def quantize_kernel(X, Out, Scales, K, wide, stride_xm, stride_xk, FP8: tl.constexpr, BLOCK: tl.constexpr):
    """Out [M, wide] codes, zeros after K; Scales float32 [M]: the largest of a row becomes 127 or 448."""
    m = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    base = X + m * stride_xm
    most = tl.zeros([BLOCK], tl.float32)
    for start in range(0, K, BLOCK):
        k = start + at
        most = tl.maximum(most, tl.abs(tl.load(base + k * stride_xk, mask=k < K, other=0.0).to(tl.float32)))
    limit: tl.constexpr = 448.0 if FP8 else 127.0
    reach = tl.zeros([BLOCK], tl.float32) + tl.max(most, 0)
    scale = tl.maximum(tl.div_rn(reach, tl.full([BLOCK], limit, tl.float32)), 1.1754943508222875e-38)
    tl.store(Scales + m + at, scale, mask=at == 0)
    for start in range(0, wide, BLOCK):
        k = start + at
        x = tl.load(base + k * stride_xk, mask=k < K, other=0.0).to(tl.float32)
        y = tl.minimum(tl.maximum(tl.div_rn(x, scale), -limit), limit)
        code = y if FP8 else (y + ROUND) - ROUND
        tl.store(Out + m * wide + k, code.to(Out.dtype.element_ty), mask=k < wide)


@triton.jit(do_not_specialize=["M"])
def codes_kernel(
    X, Codes, XScales, WScales, XSums, WSums, Bias, Out,
    M, N, K, line_bytes, pieces, stride_xm, stride_om,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_B: tl.constexpr, BITS: tl.constexpr, ODD: tl.constexpr,
    HAS_BIAS: tl.constexpr,
):  # fmt: skip
    """Out [M, N] float32 = XScales · WScales · (X · Wᵀ), computed as W · xᵀ.

    X: [M, ·] codes, zeros up to what a row of W fills; Codes [N, line_bytes] of BITS 8 (X's type) or 4 (columns 32
    apart share a byte). ODD: a code c stands for 2c + 1 (QuEST), so that sums of codes and K are added:
    (2a + 1)(2b + 1) / 2 = 2ab + a + b + 1/2, exact in 32 bits up to K = 65,000.
    """
    first = tl.program_id(0).to(tl.int64) * BLOCK_N
    row = tl.minimum(tl.arange(0, BLOCK_N), (N - 1 - first).to(tl.int32))
    m = tl.program_id(1) * BLOCK_M + tl.arange(0, BLOCK_M)
    line = tl.minimum(m, M - 1)
    integers: tl.constexpr = X.dtype.element_ty == tl.int8
    total = tl.zeros([BLOCK_N, BLOCK_M], tl.int32 if integers else tl.float32)
    nothing: tl.constexpr = 0 if integers else 0.0
    weights = Codes + first * line_bytes + row[:, None] * line_bytes
    rows = X + line.to(tl.int64)[None, :] * stride_xm
    for start in range(0, line_bytes, BLOCK_B):
        at = start + tl.arange(0, BLOCK_B)
        here = at < line_bytes
        q = tl.load(weights + at[None, :], mask=here[None, :], other=nothing)
        if BITS == 8:
            x = tl.load(rows + at[:, None], mask=here[:, None], other=nothing)
            if integers:
                total = tl.dot(q, x, total, out_dtype=tl.int32)
            else:  # with 0 sm_90 would multiply in FP16
                total = tl.dot(q, x, total, max_num_imprecise_acc=BLOCK_B)
        else:  # nibbles at the top of a byte, made two's complement: sixteen times the code
            q = q.to(tl.int32) ^ 0x88
            k = at // 32 * 64 + at % 32
            low = tl.load(rows + k[:, None], mask=here[:, None], other=nothing)
            total = tl.dot((q << 4).to(tl.int8), low, total, out_dtype=tl.int32)
            high = tl.load(rows + (k + 32)[:, None], mask=here[:, None], other=nothing)
            total = tl.dot((q & 0xF0).to(tl.int8), high, total, out_dtype=tl.int32)
    factor = 1.0
    if ODD:
        sums = tl.load(WSums + first + row)[:, None] + tl.zeros([BLOCK_M], tl.int32)[None, :]
        for piece in range(pieces):
            sums += tl.load(XSums + line * pieces + piece)[None, :]
        total = (2 * (total >> 4) if BITS == 4 else 2 * total) + sums + K // 2
        factor = 2.0
    y = total.to(tl.float32)
    if ODD:
        y += K % 2 * 0.5
    scales = tl.load(WScales + first + row)[:, None] * (tl.load(XScales + line) * factor)[None, :]
    y *= scales
    if HAS_BIAS:
        y += tl.load(Bias + first + row).to(tl.float32)[:, None]
    n = tl.arange(0, BLOCK_N)
    place = Out + first + m.to(tl.int64)[None, :] * stride_om + n[:, None]
    tl.store(place, y, mask=(n < N - first)[:, None] & (m < M)[None, :])
