# mypy: disable-error-code="no-untyped-def,untyped-decorator,misc"
# ruff: noqa: PLR0917
"""Triton: y = x · Wᵀ + bias with W packed; no dequantised matrix is ever written to memory.

gemv_kernel  one to eight rows of x: packed bits are read once, products and sums in float32 registers
gemm_kernel  more rows: a tile of W becomes x's type in registers and goes to the tensor cores, sums in float32
"""

import triton
import triton.language as tl

from kernels.linear.gpu_decode import high_bits, plane_codes, plane_scales


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
def gemv_kernel(
    X, Codes, High, Scales, D, Levels, Bias, Out,
    M, N, K, stride_xm, stride_xk, stride_om,
    ROWS: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_C: tl.constexpr, FORMAT: tl.constexpr, HAS_HIGH: tl.constexpr,
    HAS_BIAS: tl.constexpr, BLOCK: tl.constexpr, PLANES: tl.constexpr, CHUNKS: tl.constexpr, WIDTH: tl.constexpr,
    REPEAT: tl.constexpr, FAR: tl.constexpr, NEAR: tl.constexpr,
    HIGH_BYTES: tl.constexpr, SCALE_BYTES: tl.constexpr, HALVES: tl.constexpr, GROUP: tl.constexpr,
):  # fmt: skip
    """Out [M, N] float32; ROWS rows of x a program, BLOCK_N rows of W, BLOCK_C chunks a step."""
    first = tl.program_id(0).to(tl.int64) * BLOCK_N
    row = tl.minimum(tl.arange(0, BLOCK_N), (N - 1 - first).to(tl.int32))  # the last row again rather than a mask
    m = tl.program_id(1) * ROWS + tl.arange(0, ROWS)
    line = tl.minimum(m, M - 1)
    blocks = K // BLOCK
    chunks = blocks * CHUNKS
    Codes, High = Codes + first * (chunks * WIDTH), High + first * (blocks * HIGH_BYTES)
    if GROUP:
        Scales, D = Scales + first * (K // GROUP), D + first * (K // GROUP)
    else:
        Scales, D = Scales + first * (blocks * SCALE_BYTES), D + first * (blocks * HALVES)
    lane = tl.arange(0, WIDTH)
    total = tl.zeros([ROWS, BLOCK_N, BLOCK_C, WIDTH], tl.float32)  # summed across threads once, at the end
    for start in range(0, chunks, BLOCK_C):
        chunk = start + tl.arange(0, BLOCK_C)
        here = chunk < chunks
        inside = tl.broadcast_to(here[None, :], (BLOCK_N, BLOCK_C))
        q = packed_tile(Codes, row, chunk, inside, chunks, WIDTH)
        high = q
        if HAS_HIGH:
            high = high_bits(High, row, chunk, inside, FORMAT, WIDTH, blocks)
        for plane in tl.static_range(PLANES):
            k = columns(chunk, plane, BLOCK, CHUNKS, WIDTH, REPEAT, FAR, NEAR)[:, None] + lane[None, :]
            u = plane_codes(q, high, Levels, chunk, plane, FORMAT, WIDTH)
            a, b = plane_scales(Scales, D, row, chunk, inside, plane, FORMAT, blocks, GROUP)
            places = X + line.to(tl.int64)[:, None, None] * stride_xm + (k * stride_xk)[None, :, :]
            x = tl.load(places, mask=here[None, :, None], other=0.0).to(tl.float32)
            w = u * a[:, :, None] + b[:, :, None]
            total += w[None, :, :, :] * x[:, None, :, :]
    y = tl.sum(tl.reshape(total, (ROWS, BLOCK_N, BLOCK_C * WIDTH)), 2)
    if HAS_BIAS:
        y += tl.load(Bias + first + row).to(tl.float32)[None, :]
    n = tl.arange(0, BLOCK_N)
    place = Out + first + m.to(tl.int64)[:, None] * stride_om + n[None, :]
    tl.store(place, y, mask=(m < M)[:, None] & (n < N - first)[None, :])


@triton.jit
def gemm_kernel(
    X, Codes, High, Scales, D, Levels, Bias, Out,
    M, N, K, stride_xm, stride_xk, stride_om,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_C: tl.constexpr, FORMAT: tl.constexpr, HAS_HIGH: tl.constexpr,
    HAS_BIAS: tl.constexpr, BLOCK: tl.constexpr, PLANES: tl.constexpr, CHUNKS: tl.constexpr, WIDTH: tl.constexpr,
    REPEAT: tl.constexpr, FAR: tl.constexpr, NEAR: tl.constexpr,
    HIGH_BYTES: tl.constexpr, SCALE_BYTES: tl.constexpr, HALVES: tl.constexpr, GROUP: tl.constexpr,
):  # fmt: skip
    """Out [M, N] float32. Computed transposed, W · xᵀ: the weights, made in registers, are the operand kept there."""
    first = tl.program_id(0).to(tl.int64) * BLOCK_N
    row = tl.minimum(tl.arange(0, BLOCK_N), (N - 1 - first).to(tl.int32))
    m = tl.program_id(1) * BLOCK_M + tl.arange(0, BLOCK_M)
    line = tl.minimum(m, M - 1)
    blocks = K // BLOCK
    chunks = blocks * CHUNKS
    Codes, High = Codes + first * (chunks * WIDTH), High + first * (blocks * HIGH_BYTES)
    if GROUP:
        Scales, D = Scales + first * (K // GROUP), D + first * (K // GROUP)
    else:
        Scales, D = Scales + first * (blocks * SCALE_BYTES), D + first * (blocks * HALVES)
    across = tl.arange(0, BLOCK_C * WIDTH)
    total = tl.zeros([BLOCK_N, BLOCK_M], tl.float32)
    for start in range(0, chunks, BLOCK_C):
        chunk = start + tl.arange(0, BLOCK_C)
        here = chunk < chunks
        inside = tl.broadcast_to(here[None, :], (BLOCK_N, BLOCK_C))
        q = packed_tile(Codes, row, chunk, inside, chunks, WIDTH)
        high = q
        if HAS_HIGH:
            high = high_bits(High, row, chunk, inside, FORMAT, WIDTH, blocks)
        each = start + across // WIDTH
        for plane in tl.static_range(PLANES):
            u = plane_codes(q, high, Levels, chunk, plane, FORMAT, WIDTH)
            a, b = plane_scales(Scales, D, row, chunk, inside, plane, FORMAT, blocks, GROUP)
            w = (u * a[:, :, None] + b[:, :, None]).to(X.dtype.element_ty)
            k = columns(each, plane, BLOCK, CHUNKS, WIDTH, REPEAT, FAR, NEAR) + across % WIDTH
            places = X + (k * stride_xk)[:, None] + line.to(tl.int64)[None, :] * stride_xm
            x = tl.load(places, mask=(each < chunks)[:, None], other=0.0)
            total = tl.dot(tl.reshape(w, (BLOCK_N, BLOCK_C * WIDTH)), x, total)
    if HAS_BIAS:
        total += tl.load(Bias + first + row).to(tl.float32)[:, None]
    n = tl.arange(0, BLOCK_N)
    place = Out + first + m.to(tl.int64)[None, :] * stride_om + n[:, None]
    tl.store(place, total, mask=(n < N - first)[:, None] & (m < M)[None, :])
