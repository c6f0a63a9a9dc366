# mypy: disable-error-code="no-untyped-def,untyped-decorator,misc"
# ruff: noqa: PLR0917, RET505 - what follows an `if` on a constant stands in its `else`, or it is compiled too
"""Triton: one to four rows of x times packed weights, products and sums in float32 registers.

Everything is laid out so that nothing changes threads: a *part* is sixteen bytes of a row of W (eight where x is
float32; of E8P eight codes, or four) and the columns of x that go with them, loaded by the thread that multiplies them.
A part's sum of u · x is scaled once: a · Σ u·x + b · Σ x (gpu_decode.py); threads add up at the very end.

Experts (kernels/moe): the weights of all are stacked, and each row of the result, a *slot*, is a token's product
with an expert of its own.
"""

import triton
import triton.language as tl

from konspekt.kernels.linear.gpu.decode import plane_scales
from konspekt.kernels.linear.gpu.decode_rows import row_words
from konspekt.kernels.linear.gpu.gemm_kernel import columns
from konspekt.kernels.linear.gpu.words import (
    high_words,
    lattice_codes,
    word_codes,
    words_at,
)


@triton.jit
def halves(words, BLOCK_N: tl.constexpr, PARTS: tl.constexpr, WORDS: tl.constexpr):
    """2 · WORDS of each part, in two or three dimensions -> the first and the last WORDS, [rows, parts, WORDS]."""
    return tl.split(tl.permute(tl.reshape(words, (BLOCK_N, PARTS, 2, WORDS)), (0, 1, 3, 2)))


@triton.jit
def quarters(x, ROWS: tl.constexpr, PARTS: tl.constexpr, WORDS: tl.constexpr):
    """Columns 4i, 4i + 1, 4i + 2 and 4i + 3 of half a part: what the four bytes of a word are multiplied with."""
    even, odd = tl.split(tl.reshape(x, (ROWS, PARTS, WORDS, 2, 2)))
    x0, x2 = tl.split(even)
    x1, x3 = tl.split(odd)
    return x0, x1, x2, x3


@triton.jit
def times(w, x):
    """w [rows of W, parts(, words)] times x [rows of x, parts(, words)] -> [rows of x, rows of W, parts(, words)].

    Reshaped, not indexed by None: that would change the layout.
    """
    if len(w.shape) == 3:
        first = tl.reshape(w, (1, w.shape[0], w.shape[1], w.shape[2]))
        return first * tl.reshape(x, (x.shape[0], 1, x.shape[1], x.shape[2]))
    else:
        return tl.reshape(w, (1, w.shape[0], w.shape[1])) * tl.reshape(x, (x.shape[0], 1, x.shape[1]))


@triton.jit
def columns_of(X, m, stride_xm, start, more, chunks, K, stride_xk, plane: tl.constexpr, PARTS: tl.constexpr,
               HELD: tl.constexpr, HALF: tl.constexpr, BLOCK: tl.constexpr, CHUNKS: tl.constexpr, WIDTH: tl.constexpr,
               REPEAT: tl.constexpr, FAR: tl.constexpr, NEAR: tl.constexpr, MASKED: tl.constexpr):  # fmt: skip
    """float32 [rows of x, parts, HALF]: the columns of a plane of the parts from `start` on, after their first `more`.

    Loaded as a matrix: of three dimensions Triton 3.6 spreads threads over the wrong one. MASKED: the last block may
    reach beyond column K.
    """
    at = tl.arange(0, PARTS * HALF)
    byte = (start + at // HALF) * HELD  # of a row of W, where the part begins
    k = columns(byte // WIDTH, plane, BLOCK, CHUNKS, WIDTH, REPEAT, FAR, NEAR) + byte % WIDTH + more + at % HALF
    there = byte < chunks * WIDTH
    if MASKED:
        there &= k < K
    x = tl.load(X + m[:, None] * stride_xm + (k * stride_xk)[None, :], mask=there[None, :], other=0.0)
    return tl.reshape(x.to(tl.float32), (m.shape[0], PARTS, HALF))


@triton.jit
def of_words(part_sum, q, high, low, Levels, one, x, plane: tl.constexpr, FORMAT: tl.constexpr):
    """part_sum + Σ u · x over the bytes of each word of half a part, and Σ x."""
    x0, x1, x2, x3 = quarters(x, x.shape[0], q.shape[1], q.shape[2])
    part_sum += times(word_codes(q, high, low, Levels, one, plane, 0, FORMAT), x0)
    part_sum += times(word_codes(q, high, low, Levels, one, plane, 1, FORMAT), x1)
    part_sum += times(word_codes(q, high, low, Levels, one, plane, 2, FORMAT), x2)
    part_sum += times(word_codes(q, high, low, Levels, one, plane, 3, FORMAT), x3)
    return part_sum, (x0 + x1) + (x2 + x3)


@triton.jit(do_not_specialize=["M"])  # one build for one row of x, an odd number and sixteen
def gemv_kernel(
    X, Codes, High, Scales, D, Levels, Bias, Out, Expert,
    M, N, K, share, stride_xm, stride_xk, stride_om, one,
    ROWS: tl.constexpr, BLOCK_N: tl.constexpr, PARTS: tl.constexpr, HELD: tl.constexpr, FORMAT: tl.constexpr,
    EXPERTS: tl.constexpr, HAS_HIGH: tl.constexpr, HAS_BIAS: tl.constexpr, BLOCK: tl.constexpr, PLANES: tl.constexpr,
    CHUNKS: tl.constexpr, WIDTH: tl.constexpr, REPEAT: tl.constexpr, FAR: tl.constexpr, NEAR: tl.constexpr,
    HIGH_BYTES: tl.constexpr, SCALE_BYTES: tl.constexpr, HALVES: tl.constexpr, GROUP: tl.constexpr,
):  # fmt: skip
    """Out [M, N] float32; ROWS rows of x a program, BLOCK_N rows of W, PARTS parts of HELD bytes (or codes) a step.

    one: 0x3F800000 (gpu_words.py). EXPERTS: row m of Out is row m // share of x times rows Expert[m] · N … of W; ROWS
    is one.
    """
    lattice: tl.constexpr = PLANES == 8 and FORMAT != "SIGN"
    by_row: tl.constexpr = HALVES == 0  # one scale and one offset a row (gpu_rows.py)
    half: tl.constexpr = HELD if lattice else HELD // 2  # columns of x a load
    words: tl.constexpr = HELD if lattice else HELD // 8
    each: tl.constexpr = WIDTH // HELD  # parts a chunk
    start_n = tl.program_id(0) * BLOCK_N
    first = start_n.to(tl.int64)
    row = tl.minimum(tl.arange(0, BLOCK_N), N - 1 - start_n)  # the last row again rather than a mask
    m = tl.program_id(1) * ROWS + tl.arange(0, ROWS)
    line = tl.minimum(m, M - 1).to(tl.int64)
    if EXPERTS:
        first += tl.load(Expert + tl.program_id(1)).to(tl.int64) * N
        line = line // share
    blocks = (K + BLOCK - 1) // BLOCK
    chunks = blocks * CHUNKS
    Codes, High = Codes + first * (chunks * WIDTH), High + first * (blocks * HIGH_BYTES)
    if GROUP:
        Scales, D = Scales + first * (K // GROUP), D + first * (K // GROUP)
    else:
        Scales, D = Scales + first * (blocks * SCALE_BYTES), D + first * (2 if by_row else blocks * HALVES)
    total = tl.zeros([ROWS, BLOCK_N, PARTS, words] if by_row else [ROWS, BLOCK_N, PARTS], tl.float32)
    x_total = tl.zeros([ROWS, PARTS, words], tl.float32)
    for start in range(0, chunks * each, PARTS):
        part = start + tl.arange(0, PARTS)
        chunk, offset = part // each, part % each * HELD
        here = part < chunks * each
        inside = tl.broadcast_to(here[None, :], (BLOCK_N, PARTS))
        if lattice:
            at = tl.max_contiguous(start * HELD + tl.arange(0, PARTS * HELD), HELD)  # no more a thread than of x
            place, good = row[:, None] * (chunks * WIDTH) + at[None, :], (at < chunks * WIDTH)[None, :]
            q = tl.load(Codes + place, mask=good, other=0).to(tl.int32)
            high = tl.load(High + place, mask=good, other=0).to(tl.int32) if HAS_HIGH else q
            q, high = row_words(q, high, Levels, FORMAT)
            q, high = tl.reshape(q, (BLOCK_N, PARTS, HELD)), tl.reshape(high, (BLOCK_N, PARTS, HELD))
        else:
            at = start * (2 * words) + tl.arange(0, PARTS * 2 * words)
            place = row[:, None] * (chunks * (WIDTH // 4)) + at[None, :]
            good = (at < chunks * (WIDTH // 4))[None, :]
            q = tl.load(Codes.to(tl.pointer_type(tl.int32)) + place, mask=good, other=0)
            q0, q1 = halves(q, BLOCK_N, PARTS, words)
            high0, high1, low0, low1 = q0, q1, q0, q1
            if HAS_HIGH:
                high = high_words(High, row, chunk, offset, inside, blocks, chunks, FORMAT, 2 * words)
                high0, high1 = halves(high, BLOCK_N, PARTS, words)
            if FORMAT == "TERNARY":
                q0, high0 = q0 & 0x00FF00FF, (q0 >> 8) & 0x00FF00FF
                q1, high1 = q1 & 0x00FF00FF, (q1 >> 8) & 0x00FF00FF
        for plane in tl.static_range(PLANES):
            if FORMAT == "TERNARY":  # the next digit's whole part above the fractions
                q0, high0 = (q0 & 0x00FF00FF) * 3, (high0 & 0x00FF00FF) * 3
                q1, high1 = (q1 & 0x00FF00FF) * 3, (high1 & 0x00FF00FF) * 3
            if FORMAT == "MAT8" and plane % 2 == 0:
                below = row[:, None] * (chunks * 64) + (chunk * 64 + plane // 2 * 32 + offset)[None, :]
                low0, low1 = halves(words_at(Scales, below, inside, 2 * words), BLOCK_N, PARTS, words)
            part_sum = total if by_row else tl.zeros([ROWS, BLOCK_N, PARTS, words], tl.float32)
            x_sum = columns_of(X, line, stride_xm, start, 0, chunks, K, stride_xk, plane, PARTS, HELD, half, BLOCK,
                               CHUNKS, WIDTH, REPEAT, FAR, NEAR, by_row)  # fmt: skip
            if lattice:
                part_sum += times(lattice_codes(q, high, one, plane, FORMAT), x_sum)
            else:
                part_sum, x_sum = of_words(part_sum, q0, high0, low0, Levels, one, x_sum, plane, FORMAT)
                x = columns_of(X, line, stride_xm, start, half, chunks, K, stride_xk, plane, PARTS, HELD, half, BLOCK,
                               CHUNKS, WIDTH, REPEAT, FAR, NEAR, by_row)  # fmt: skip
                part_sum, x_more = of_words(part_sum, q1, high1, low1, Levels, one, x, plane, FORMAT)
                x_sum += x_more
            if by_row:
                total = part_sum
                x_total += x_sum
            else:
                a, b = plane_scales(Scales, D, row, chunk, inside, plane, FORMAT, blocks, GROUP)
                total += tl.reshape(a, (1, BLOCK_N, PARTS)) * tl.sum(part_sum, 3)
                total += times(b, tl.sum(x_sum, 2))
    if by_row:
        pair = D + 2 * row
        y = tl.sum(tl.reshape(total, (ROWS, BLOCK_N, PARTS * words)), 2)
        y += tl.sum(tl.reshape(x_total, (ROWS, PARTS * words)), 1)[:, None] * tl.load(pair + 1)[None, :]
        y *= tl.load(pair)[None, :]
    else:
        y = tl.sum(total, 2)
    if HAS_BIAS:
        y += tl.load(Bias + start_n + row).to(tl.float32)[None, :]
    n = start_n + tl.arange(0, BLOCK_N)
    out = Out + m.to(tl.int64)[:, None] * stride_om + n[None, :]
    tl.store(out, y, mask=(m < M)[:, None] & (n < N)[None, :])
