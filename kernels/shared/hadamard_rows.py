# mypy: disable-error-code="no-untyped-def,untyped-decorator,misc"
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
