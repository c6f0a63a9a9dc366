# mypy: disable-error-code="no-untyped-def,untyped-decorator,misc"
"""Triton: rounding half to even, and the rows of a sequence in a packed batch."""

import triton
import triton.language as tl

ROUND = tl.constexpr(12582912.0)  # 1.5·2^23: adding it leaves no fraction bits, so x + it - it rounds half to even


@triton.jit
def round_even(x):
    """x: float32 below 2^22."""
    return (x + ROUND) - ROUND


@triton.jit
def span(CU, sequence, length, VARLEN: tl.constexpr):
    """First row and number of rows of a sequence."""
    if VARLEN:
        first = tl.load(CU + sequence)
        return first, tl.load(CU + sequence + 1) - first
    return 0, length
