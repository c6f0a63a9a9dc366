# mypy: disable-error-code="no-untyped-def,untyped-decorator,misc"
# ruff: noqa: PLR0917
"""Triton: the Walsh–Hadamard transform of rows that lie in registers, without a matrix in memory."""

import triton
import triton.language as tl


@triton.jit
def hadamard_rows(x, ROWS: tl.constexpr, WIDTH: tl.constexpr, SIZE: tl.constexpr, STEPS: tl.constexpr):
    """x: float32 [ROWS, WIDTH], transformed in blocks of SIZE = 2^STEPS, as `kernels.hadamard` does.

    Pease's form: each step adds and subtracts neighbours and puts all sums before all differences; after log2(SIZE)
    such steps the order is natural again.
    """
    y = tl.reshape(x, (ROWS * (WIDTH // SIZE), SIZE))
    for _ in tl.static_range(STEPS):
        a, b = tl.split(tl.reshape(y, (ROWS * (WIDTH // SIZE), SIZE // 2, 2)))
        y = tl.reshape(tl.permute(tl.join(a + b, a - b), (0, 2, 1)), (ROWS * (WIDTH // SIZE), SIZE))
    return tl.reshape(y, (ROWS, WIDTH)) * (1.0 / tl.sqrt(SIZE * 1.0))


@triton.jit
def hadamard_signs(WIDTH: tl.constexpr, SIZE: tl.constexpr):
    """bfloat16 [WIDTH, WIDTH]: Sylvester's matrix of SIZE along the diagonal, 1, -1 and 0: all exact."""
    i, j = tl.arange(0, WIDTH)[:, None], tl.arange(0, WIDTH)[None, :]
    both = (i & j) & (SIZE - 1)
    both ^= both >> 4
    both ^= both >> 2
    both ^= both >> 1
    signs = (0x3F80 | ((both & 1) << 15)).to(tl.int16).to(tl.bfloat16, bitcast=True)
    if SIZE < WIDTH:
        signs = tl.where(i // SIZE == j // SIZE, signs, tl.zeros_like(signs))
    return signs


@triton.jit
def rotated_rows(
    x, ROWS: tl.constexpr, WIDTH: tl.constexpr, SIZE: tl.constexpr, STEPS: tl.constexpr, PRODUCT: tl.constexpr
):
    """`hadamard_rows` of at least 16 rows, with PRODUCT by the tensor cores: for what becomes eight bits afterwards.

    x as the sum of two bfloat16 is off by 2^-17 of itself, and products with signs are exact. The butterflies, which
    need no precision of products, move everything through shared memory once a step. Above 128 columns the matrix of
    signs would not fit there; before sm_90, whose products read it from there, 128 rows of 128 spill registers.
    """
    if PRODUCT and WIDTH <= 128:
        signs = hadamard_signs(WIDTH, SIZE)
        high = x.to(tl.bfloat16)
        low = (x - high.to(tl.float32)).to(tl.bfloat16)
        return tl.dot(low, signs, tl.dot(high, signs)) * (1.0 / tl.sqrt(SIZE * 1.0))
    return hadamard_rows(x, ROWS, WIDTH, SIZE, STEPS)
