# mypy: disable-error-code="no-untyped-def,untyped-decorator,misc"
# ruff: noqa: PLR0917
"""Triton: products with packed weights of many experts, each row of x with the expert that it was sent to.

A *slot* is a token and one of its experts. Weights of all experts lie below one another: expert e has rows
e · N … e · N + N - 1. `moe_gemv_kernel` takes a slot a program, for a few tokens; `moe_gemm_kernel` takes BLOCK_M slots
of one expert, sorted before (gpu.py), and reads the expert's weights once for them.
"""

import triton
import triton.language as tl

from kernels.linear.gpu_decode import high_bits, plane_codes, plane_scales
from kernels.linear.gpu_kernel import columns, packed_tile


@triton.jit
def moe_gemv_kernel(
    X, Codes, High, Scales, D, Levels, Chosen, Out, N, K, share, stride_x,
    BLOCK_N: tl.constexpr, BLOCK_C: tl.constexpr, FORMAT: tl.constexpr, HAS_HIGH: tl.constexpr,
    BLOCK: tl.constexpr, PLANES: tl.constexpr, CHUNKS: tl.constexpr, WIDTH: tl.constexpr,
    REPEAT: tl.constexpr, FAR: tl.constexpr, NEAR: tl.constexpr,
    HIGH_BYTES: tl.constexpr, SCALE_BYTES: tl.constexpr, HALVES: tl.constexpr, GROUP: tl.constexpr,
):  # fmt: skip
    """Out [slots, N] float32. Grid: (blocks of N, slots). Row slot // share of x is the slot's."""
    start_n, slot = tl.program_id(0) * BLOCK_N, tl.program_id(1).to(tl.int64)
    first = tl.load(Chosen + slot).to(tl.int64) * N + start_n
    row = tl.minimum(tl.arange(0, BLOCK_N), N - 1 - start_n)  # the last row again rather than a mask
    blocks = K // BLOCK
    chunks = blocks * CHUNKS
    Codes, High = Codes + first * (chunks * WIDTH), High + first * (blocks * HIGH_BYTES)
    Scales, D = Scales + first * (blocks * SCALE_BYTES), D + first * (blocks * HALVES)
    X += slot // share * stride_x
    lane = tl.arange(0, WIDTH)
    total = tl.zeros([BLOCK_N, BLOCK_C, WIDTH], tl.float32)
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
            x = tl.load(X + k, mask=here[:, None], other=0.0).to(tl.float32)
            total += (u * a[:, :, None] + b[:, :, None]) * x[None, :, :]
    y = tl.sum(tl.reshape(total, (BLOCK_N, BLOCK_C * WIDTH)), 1)
    n = start_n + tl.arange(0, BLOCK_N)
    tl.store(Out + slot * N + n, y, mask=n < N)


@triton.jit
def moe_gemm_kernel(
    X, Codes, High, Scales, D, Levels, Sorted, Expert, Out, N, K, share, stride_x,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_C: tl.constexpr, FORMAT: tl.constexpr, HAS_HIGH: tl.constexpr,
    BLOCK: tl.constexpr, PLANES: tl.constexpr, CHUNKS: tl.constexpr, WIDTH: tl.constexpr,
    REPEAT: tl.constexpr, FAR: tl.constexpr, NEAR: tl.constexpr,
    HIGH_BYTES: tl.constexpr, SCALE_BYTES: tl.constexpr, HALVES: tl.constexpr, GROUP: tl.constexpr,
):  # fmt: skip
    """Out [slots, N] float32. Grid: (blocks of N, blocks of slots). Sorted: a slot or -1; Expert: of a block, or -1."""
    expert = tl.load(Expert + tl.program_id(1)).to(tl.int64)
    if expert >= 0:
        start_n = tl.program_id(0) * BLOCK_N
        first = expert * N + start_n
        row = tl.minimum(tl.arange(0, BLOCK_N), N - 1 - start_n)
        slot = tl.load(Sorted + tl.program_id(1) * BLOCK_M + tl.arange(0, BLOCK_M)).to(tl.int64)
        line = tl.maximum(slot, 0) // share
        blocks = K // BLOCK
        chunks = blocks * CHUNKS
        Codes, High = Codes + first * (chunks * WIDTH), High + first * (blocks * HIGH_BYTES)
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
                x = tl.load(X + k[:, None] + line[None, :] * stride_x, mask=(each < chunks)[:, None], other=0.0)
                total = tl.dot(tl.reshape(w, (BLOCK_N, BLOCK_C * WIDTH)), x, total)
        n = start_n + tl.arange(0, BLOCK_N)
        place = Out + slot[None, :] * N + n[:, None]
        tl.store(place, total, mask=(slot >= 0)[None, :] & (n < N)[:, None])
