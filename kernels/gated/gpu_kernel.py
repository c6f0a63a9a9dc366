# mypy: disable-error-code="no-untyped-def,untyped-decorator,misc"
# ruff: noqa: PLR0917
"""Triton: act(gate) · up, read where the products left them, written in the type of the next product."""

import triton
import triton.language as tl

ROOT = tl.constexpr(0.7978845608028654)  # sqrt(2 / pi)


@triton.jit
def gated_kernel(Gate, Up, Out, n, stride_g, stride_u, SILU: tl.constexpr, BLOCK: tl.constexpr):
    """Grid: (rows, blocks of columns). Out: contiguous [rows, n]."""
    row = tl.program_id(0).to(tl.int64)
    dims = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = dims < n
    gate = tl.load(Gate + row * stride_g + dims, mask=inside, other=0.0).to(tl.float32)
    up = tl.load(Up + row * stride_u + dims, mask=inside, other=0.0).to(tl.float32)
    # GELU's tanh form: (1 + tanh(y)) / 2 is the sigmoid of 2y
    slope = gate if SILU else 2.0 * ROOT * (gate + 0.044715 * gate * gate * gate)
    y = gate * tl.sigmoid(slope) * up
    tl.store(Out + row * n + dims, y.to(Out.dtype.element_ty), mask=inside)
