# mypy: disable-error-code="no-untyped-def,untyped-decorator,misc"
# ruff: noqa: PLR0917
"""Triton: K and V made ready for the attention kernel: means over keys, codes and scales.

Q has a kernel of its own (queries.py).
Lengths and counts are not specialised on: a prompt of another length compiles nothing anew.
A batch is either dense, sequence b at b · stride, or packed (VARLEN): sequence b is rows cu[b] … cu[b+1].
"""

import triton
import triton.language as tl

from konspekt.kernels.shared.hadamard_rows import rotated_rows
from konspekt.kernels.shared.rounding import round_even, span


@triton.jit(do_not_specialize=["length", "chunks"])
def partial_statistics_kernel(
    X, CU, Sums, Lows, Highs,
    length, chunks, stride_b, stride_h, stride_n,
    HEAD_DIM: tl.constexpr, BLOCK_D: tl.constexpr, CHUNK: tl.constexpr, BLOCK: tl.constexpr,
    VARLEN: tl.constexpr, RANGE: tl.constexpr,
):  # fmt: skip
    """Sum (and lowest, highest) of each channel over CHUNK rows. Sums: float32 [batch, heads, chunks, BLOCK_D]."""
    chunk, head, sequence = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    first, rows = span(CU, sequence, length, VARLEN)
    dims = tl.arange(0, BLOCK_D)
    base = X + sequence.to(tl.int64) * stride_b + head.to(tl.int64) * stride_h
    total = tl.zeros([BLOCK_D], tl.float32)
    low, high = tl.full([BLOCK_D], float("inf"), tl.float32), tl.full([BLOCK_D], float("-inf"), tl.float32)
    for start in range(chunk * CHUNK, tl.minimum(rows, (chunk + 1) * CHUNK), BLOCK):
        row = start + tl.arange(0, BLOCK)
        inside = (row < rows)[:, None] & (dims < HEAD_DIM)[None, :]
        places = base + (first + row).to(tl.int64)[:, None] * stride_n + dims[None, :]
        x = tl.load(places, mask=inside, other=0.0).to(tl.float32)
        total += tl.sum(x, 0)
        if RANGE:
            low = tl.minimum(low, tl.min(tl.where(inside, x, float("inf")), 0))
            high = tl.maximum(high, tl.max(tl.where(inside, x, float("-inf")), 0))
    place = ((sequence * tl.num_programs(1) + head) * chunks + chunk) * BLOCK_D + dims
    tl.store(Sums + place, total)
    if RANGE:
        tl.store(Lows + place, low)
        tl.store(Highs + place, high)


@triton.jit(do_not_specialize=["length", "chunks"])
def finish_statistics_kernel(
    Sums, Lows, Highs, CU, Mean, Scale,
    length, chunks, largest_code,
    HEAD_DIM: tl.constexpr, BLOCK_D: tl.constexpr, VARLEN: tl.constexpr, RANGE: tl.constexpr, SMOOTH: tl.constexpr,
):  # fmt: skip
    """Mean [batch, heads, BLOCK_D] of each channel and, with RANGE, the scale that brings x - mean to largest_code."""
    head, sequence = tl.program_id(0), tl.program_id(1)
    _, rows = span(CU, sequence, length, VARLEN)
    dims = tl.arange(0, BLOCK_D)
    line = sequence * tl.num_programs(0) + head
    total = tl.zeros([BLOCK_D], tl.float32)
    low, high = tl.full([BLOCK_D], float("inf"), tl.float32), tl.full([BLOCK_D], float("-inf"), tl.float32)
    for chunk in range(0, chunks):
        place = (line * chunks + chunk) * BLOCK_D + dims
        total += tl.load(Sums + place)
        if RANGE:
            low = tl.minimum(low, tl.load(Lows + place))
            high = tl.maximum(high, tl.load(Highs + place))
    mean = total / tl.maximum(rows, 1).to(tl.float32)
    if not SMOOTH:
        mean = tl.zeros([BLOCK_D], tl.float32)
    tl.store(Mean + line * BLOCK_D + dims, mean)
    if RANGE:
        reach = tl.maximum(high - mean, mean - low)
        scale = tl.where((dims < HEAD_DIM) & (reach > 0), reach / largest_code, 1.0)
        tl.store(Scale + line * BLOCK_D + dims, scale)


@triton.jit(do_not_specialize=["length", "groups"])
def quantize_keys_kernel(
    K, CU, Mean, Balance, Codes, Scales,
    length, groups, code_b, code_h, stride_b, stride_h, stride_n,
    LEVELS: tl.constexpr, GROUP: tl.constexpr, HEAD_DIM: tl.constexpr, BLOCK_D: tl.constexpr, BLOCK: tl.constexpr,
    VARLEN: tl.constexpr, BALANCE: tl.constexpr, ROTATE: tl.constexpr, SIZE: tl.constexpr, STEPS: tl.constexpr,
    PRODUCT: tl.constexpr,
):  # fmt: skip
    """K - mean, balanced and rotated or not, in INT8, or two INT4 a byte: dimension d low, d + BLOCK_D/2 high.

    Codes: int8 [batch, heads, rows, BLOCK_D or half of it]; Scales: float32 [batch, heads, groups]. A packed batch has
    one row of scales a head: those of sequence b start at cu[b] // GROUP + b, which leaves room for a torn last group.
    """
    block, head, sequence = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    first, rows = span(CU, sequence, length, VARLEN)
    if block * BLOCK < rows:
        dims, row = tl.arange(0, BLOCK_D), block * BLOCK + tl.arange(0, BLOCK)
        inside = (row < rows)[:, None] & (dims < HEAD_DIM)[None, :]
        base = K + sequence.to(tl.int64) * stride_b + head.to(tl.int64) * stride_h
        k = tl.load(base + (first + row).to(tl.int64)[:, None] * stride_n + dims[None, :], mask=inside, other=0.0)
        line = (sequence * tl.num_programs(1) + head) * BLOCK_D + dims
        smooth = tl.where(inside, k.to(tl.float32) - tl.load(Mean + line)[None, :], 0.0)
        if BALANCE:
            smooth = smooth / tl.load(Balance + line)[None, :]
        if ROTATE:
            smooth = rotated_rows(smooth, BLOCK, BLOCK_D, SIZE, STEPS, PRODUCT)
        largest = tl.max(tl.reshape(tl.max(tl.abs(smooth), 1), (BLOCK // GROUP, GROUP)), 1)
        scale = largest / LEVELS
        inverse = tl.where(largest > 0, LEVELS / largest, 0.0)
        by_row = tl.reshape(tl.broadcast_to(inverse[:, None], (BLOCK // GROUP, GROUP)), (BLOCK,))
        codes = round_even(smooth * by_row[:, None])
        group = block * (BLOCK // GROUP) + tl.arange(0, BLOCK // GROUP)
        scales = Scales + (sequence * tl.num_programs(1) + head).to(tl.int64) * groups
        if VARLEN:
            scales = Scales + head.to(tl.int64) * groups + first // GROUP + sequence
        tl.store(scales + group, scale, mask=group * GROUP < rows)
        out = Codes + sequence.to(tl.int64) * code_b + head.to(tl.int64) * code_h
        if LEVELS == 7:
            halves = tl.permute(tl.reshape(codes.to(tl.int32), (BLOCK, 2, BLOCK_D // 2)), (0, 2, 1))
            low, high = tl.split(halves)
            packed = ((low + 8) | ((high + 8) << 4)).to(tl.uint8).to(tl.int8, bitcast=True)
            byte = tl.arange(0, BLOCK_D // 2)
            places = out + (first + row).to(tl.int64)[:, None] * (BLOCK_D // 2) + byte[None, :]
            tl.store(places, packed, mask=(row < rows)[:, None])
        else:
            places = out + (first + row).to(tl.int64)[:, None] * BLOCK_D + dims[None, :]
            tl.store(places, codes.to(tl.int8), mask=(row < rows)[:, None])


@triton.jit(do_not_specialize=["length"])
def quantize_values_kernel(
    V, CU, Mean, Scale, Codes,
    length, code_b, code_h, code_d, stride_b, stride_h, stride_n,
    HEAD_DIM: tl.constexpr, BLOCK_D: tl.constexpr, BLOCK: tl.constexpr, VARLEN: tl.constexpr,
):  # fmt: skip
    """(V - mean) / scale in E4M3, transposed: Hopper multiplies 8-bit values only along contiguous memory.

    Codes: float8 [batch, heads, BLOCK_D, code_d]; a packed batch starts sequence b at column cu[b] + 16 b rounded
    down to 16, so that rows of 16 bytes stay aligned.
    """
    block, head, sequence = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    first, rows = span(CU, sequence, length, VARLEN)
    if block * BLOCK < rows:
        dims, row = tl.arange(0, BLOCK_D), block * BLOCK + tl.arange(0, BLOCK)
        inside = (row < rows)[:, None] & (dims < HEAD_DIM)[None, :]
        base = V + sequence.to(tl.int64) * stride_b + head.to(tl.int64) * stride_h
        v = tl.load(base + (first + row).to(tl.int64)[:, None] * stride_n + dims[None, :], mask=inside, other=0.0)
        line = (sequence * tl.num_programs(1) + head) * BLOCK_D + dims
        mean, scale = tl.load(Mean + line), tl.load(Scale + line)
        codes = tl.where(inside, (v.to(tl.float32) - mean[None, :]) / scale[None, :], 0.0)
        codes = tl.minimum(tl.maximum(codes, -448.0), 448.0).to(tl.float8e4nv)
        column = row
        if VARLEN:
            column = (first + 16 * sequence) // 16 * 16 + row
        out = Codes + sequence.to(tl.int64) * code_b + head.to(tl.int64) * code_h
        places = out + dims.to(tl.int64)[:, None] * code_d + column[None, :]
        tl.store(places, tl.trans(codes), mask=(row < rows)[None, :])
