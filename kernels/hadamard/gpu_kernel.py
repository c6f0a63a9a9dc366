# mypy: disable-error-code="no-untyped-def,untyped-decorator,misc"
# ruff: noqa: PLR0917, RET505 - returns of different shapes must not follow each other, or both are compiled
"""Triton: signs, Hadamard transform and quantisation of activations in one pass, all in registers.

A piece of 2^STEPS · FACTOR columns is held as [FACTOR, 2^STEPS], column a · FACTOR + b at [b, a]: first FACTOR outer
products with the small matrix, then butterflies along a (`hadamard_rows`). A block is a piece, or PARTS of them where
it is too large for a program: each part of the result is the transform of ± all parts added up, with signs of its own,
so that a program reads the whole block and writes a part.
"""

import triton
import triton.language as tl

from konspekt.kernels.shared.hadamard_rows import hadamard_rows

ROUND = tl.constexpr(12582912.0)  # 1.5·2^23: x + it - it is x rounded half to even, below 2^22


@triton.jit
def eights(k):
    """Where a kernel of E8P wants column k: coordinate c of 32 vectors of eight side by side (gpu_e8p.NIBBLE)."""
    return k // 256 * 256 + (k % 4 * 2 + k // 4 % 2) * 32 + k // 8 % 32


@triton.jit
def opposite(h, part):
    """Whether H[h, part] of Sylvester's matrix of up to 16 rows is -1."""
    both = h & part
    both ^= both >> 2
    return ((both ^ (both >> 1)) & 1) != 0


@triton.jit
def quest_scale(X, stride, N, reach, SPAN: tl.constexpr):
    """Root mean square of a row times `reach`. A rotation leaves it alone, so that it is taken before."""
    at = tl.arange(0, SPAN)
    squares = tl.zeros([SPAN], tl.float32)
    for start in range(0, N, SPAN):
        x = tl.load(X + (start + at) * stride, mask=start + at < N, other=0.0).to(tl.float32)
        squares += x * x
    return tl.maximum(tl.sqrt_rn(tl.sum(squares, 0) / N) * reach, 1e-20)


@triton.jit
def rotate_kernel(
    X, Signs, Matrix, Out, Scales, Sums,
    N, pieces, stride_xm, stride_xk, stride_om, reach,
    STEPS: tl.constexpr, FACTOR: tl.constexpr, PADDED: tl.constexpr, PARTS: tl.constexpr, TOGETHER: tl.constexpr,
    INVERSE: tl.constexpr, SIGNED: tl.constexpr, EIGHTS: tl.constexpr, KIND: tl.constexpr, BITS: tl.constexpr,
):  # fmt: skip
    """Grid (rows, TOGETHER pieces each). Matrix: float32 [FACTOR, PADDED], already transposed for INVERSE.

    KIND: "values" as Out's type, in the order of `eights` if asked; of QuEST with BITS bits "codes" (int8, from
    -2^(BITS-1), with their sums in Sums [rows, programs]), "snapped" values, and codes "packed" in bytes.
    """
    A: tl.constexpr = 1 << STEPS
    m, program = tl.program_id(0), tl.program_id(1)
    base = X + m.to(tl.int64) * stride_xm
    a, b = tl.arange(0, A), tl.arange(0, PADDED)
    piece = program * TOGETHER + tl.arange(0, TOGETHER)
    first, there = piece * (A * FACTOR), piece < pieces
    y = tl.zeros([TOGETHER, PADDED, A], tl.float32)
    for j in range(FACTOR):
        total = tl.zeros([TOGETHER, A], tl.float32)
        for part in tl.static_range(PARTS):
            k = ((piece // PARTS * PARTS + part) * (A * FACTOR))[:, None] + a[None, :] * FACTOR + j
            x = tl.load(base + k * stride_xk, mask=there[:, None], other=0.0).to(tl.float32)
            if SIGNED and not INVERSE:
                x *= tl.load(Signs + k, mask=there[:, None], other=0.0)
            total += tl.where(opposite(piece % PARTS, part)[:, None], -x, x) if PARTS > 1 else x
        y += tl.load(Matrix + j * PADDED + b)[None, :, None] * total[:, None, :]
    y = hadamard_rows(tl.reshape(y, (TOGETHER * PADDED, A)), TOGETHER * PADDED, A, A, STEPS)
    y = tl.reshape(y, (TOGETHER, PADDED, A)) * (1.0 / tl.sqrt(PARTS * FACTOR * 1.0))
    k = first[:, None, None] + a[None, None, :] * FACTOR + b[None, :, None]
    inside = tl.broadcast_to(there[:, None, None] & (b < FACTOR)[None, :, None], (TOGETHER, PADDED, A))
    if SIGNED and INVERSE:
        y *= tl.load(Signs + k, mask=inside, other=0.0)
    line = m.to(tl.int64) * stride_om
    if KIND == "values":
        tl.store(Out + line + (eights(k) if EIGHTS else k), y.to(Out.dtype.element_ty), mask=inside)
    else:
        top: tl.constexpr = (1 << BITS) - 1
        scale = quest_scale(base, stride_xk, N, reach, 1024)
        level = (tl.div_rn(y, tl.zeros_like(y) + scale) + top) * 0.5
        code = tl.minimum(tl.maximum((level + ROUND) - ROUND, 0.0), top * 1.0)
        if program == 0:
            tl.store(Scales + m, scale)
        if KIND == "snapped":
            tl.store(Out + line + k, (2.0 * code - top) * scale, mask=inside)
        elif KIND == "codes":
            centred = code.to(tl.int32) - (1 << (BITS - 1))
            tl.store(Out + line + k, centred.to(tl.int8), mask=inside)
            counted = tl.reshape(tl.where(inside, centred, 0), (TOGETHER * PADDED * A,))
            tl.store(Sums + m * tl.num_programs(1) + program, tl.sum(counted, 0))
        elif BITS == 8:
            tl.store(Out + line + k, code.to(tl.int32).to(tl.uint8), mask=inside)
        else:  # two neighbouring columns a byte, the first in the low half
            even, odd = pairs(code.to(tl.int32), TOGETHER, PADDED, A)
            place, _ = pairs(k, TOGETHER, PADDED, A)
            kept, _ = pairs(inside.to(tl.int32), TOGETHER, PADDED, A)
            tl.store(Out + line + place // 2, (even | (odd << 4)).to(tl.uint8), mask=kept != 0)


@triton.jit
def pairs(y, TOGETHER: tl.constexpr, PADDED: tl.constexpr, A: tl.constexpr):
    """Columns 2i and 2i + 1 of [pieces, b, a]: FACTOR is even or one, so that they lie side by side along b or a."""
    if PADDED == 1:
        return tl.split(tl.reshape(y, (TOGETHER, 1, A // 2, 2)))
    else:
        return tl.split(tl.reshape(tl.permute(y, (0, 2, 1)), (TOGETHER, A, PADDED // 2, 2)))
