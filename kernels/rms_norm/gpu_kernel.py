# mypy: disable-error-code="no-untyped-def,untyped-decorator,misc"
# ruff: noqa: PLR0917
"""Triton: RMSNorm, alone or with the addition to the residual stream that precedes it."""

import triton
import triton.language as tl


@triton.jit
def scaled(x, Weight, dims, inside, n, eps):
    """x / sqrt(mean(x²) + eps) · weight; x: float32 [n], zero outside."""
    weight = tl.load(Weight + dims, mask=inside, other=0.0).to(tl.float32)
    return x / tl.sqrt(tl.sum(x * x, 0) / n + eps) * weight


@triton.jit
def norm_kernel(
    X, Added, AddedWeight, Weight, Out, n, eps, stride_x, stride_a,
    ADD: tl.constexpr, NORM_ADDED: tl.constexpr, NORM: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """A row a program. ADD: X += Added (normed first by AddedWeight), in place; NORM: Out = norm(X), contiguous."""
    row = tl.program_id(0).to(tl.int64)
    dims = tl.arange(0, BLOCK)
    inside = dims < n
    x = tl.load(X + row * stride_x + dims, mask=inside, other=0.0).to(tl.float32)
    if ADD:
        added = tl.load(Added + row * stride_a + dims, mask=inside, other=0.0).to(tl.float32)
        if NORM_ADDED:
            added = scaled(added, AddedWeight, dims, inside, n, eps)
        x += added
        tl.store(X + row * stride_x + dims, x, mask=inside)
    if NORM:
        y = scaled(x, Weight, dims, inside, n, eps)
        tl.store(Out + row * n + dims, y.to(Out.dtype.element_ty), mask=inside)
