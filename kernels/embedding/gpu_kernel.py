# mypy: disable-error-code="no-untyped-def,untyped-decorator,misc"
# ruff: noqa: PLR0917
"""Triton: rows of a packed table, unpacked as the matrix products unpack theirs."""

import triton
import triton.language as tl

from konspekt.kernels.linear.gpu.decode import high_bits, plane_codes, plane_scales
from konspekt.kernels.linear.gpu.gemm_kernel import columns, packed_tile


@triton.jit
def embedding_kernel(
    Ids, Codes, High, Scales, D, Levels, Out, N, K, BLOCK_C: tl.constexpr, FORMAT: tl.constexpr,
    HAS_HIGH: tl.constexpr, BLOCK: tl.constexpr, PLANES: tl.constexpr, CHUNKS: tl.constexpr, WIDTH: tl.constexpr,
    REPEAT: tl.constexpr, FAR: tl.constexpr, NEAR: tl.constexpr, HIGH_BYTES: tl.constexpr, SCALE_BYTES: tl.constexpr,
    HALVES: tl.constexpr, GROUP: tl.constexpr,
):  # fmt: skip
    """Out [tokens, K] float32. Grid: (tokens, blocks of chunks). An id outside the table reads its nearest row."""
    token = tl.program_id(0).to(tl.int64)
    first = tl.minimum(tl.maximum(tl.load(Ids + token).to(tl.int64), 0), N - 1)
    row = tl.zeros([1], tl.int32)
    blocks = K // BLOCK
    chunks = blocks * CHUNKS
    Codes, High = Codes + first * (chunks * WIDTH), High + first * (blocks * HIGH_BYTES)
    Scales, D = Scales + first * (blocks * SCALE_BYTES), D + first * (blocks * HALVES)
    chunk = tl.program_id(1) * BLOCK_C + tl.arange(0, BLOCK_C)
    here = chunk < chunks
    inside = here[None, :]
    lane = tl.arange(0, WIDTH)
    q = packed_tile(Codes, row, chunk, inside, chunks, WIDTH)
    high = q
    if HAS_HIGH:
        high = high_bits(High, row, chunk, inside, FORMAT, WIDTH, blocks)
    for plane in tl.static_range(PLANES):
        k = columns(chunk, plane, BLOCK, CHUNKS, WIDTH, REPEAT, FAR, NEAR)[:, None] + lane[None, :]
        u = plane_codes(q, high, Levels, chunk, plane, FORMAT, WIDTH)
        a, b = plane_scales(Scales, D, row, chunk, inside, plane, FORMAT, blocks, GROUP)
        w = u * a[:, :, None] + b[:, :, None]
        tl.store(Out + token * K + k[None, :, :], w, mask=here[None, :, None])
