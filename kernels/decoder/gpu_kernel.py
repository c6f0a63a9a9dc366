# mypy: disable-error-code="no-untyped-def,untyped-decorator,misc"
# ruff: noqa: PLR0917
"""Triton: what a model does to the heads of Q and K between their products and rope."""

import triton
import triton.language as tl

from konspekt.kernels.rms_norm.gpu_kernel import scaled


@triton.jit
def heads_kernel(
    Q, K, QNorm, KNorm, Smooth, heads, kv_heads, n, eps, stride_q, stride_k,
    NORM: tl.constexpr, SMOOTH: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """In place, grid (tokens, heads + kv_heads): RMSNorm of each head; K divided and Q multiplied by Smooth."""
    token, head = tl.program_id(0).to(tl.int64), tl.program_id(1)
    dims = tl.arange(0, BLOCK)
    inside = dims < n
    if head < heads:
        at = Q + token * stride_q + head * n + dims
        x = tl.load(at, mask=inside, other=0.0)
        if NORM:
            x = scaled(x, QNorm, dims, inside, n, eps)
        if SMOOTH:
            x *= tl.load(Smooth + head // (heads // kv_heads) * n + dims, mask=inside, other=1.0)
        tl.store(at, x, mask=inside)
    else:
        at = K + token * stride_k + (head - heads) * n + dims
        x = tl.load(at, mask=inside, other=0.0)
        if NORM:
            x = scaled(x, KNorm, dims, inside, n, eps)
        if SMOOTH:
            x /= tl.load(Smooth + (head - heads) * n + dims, mask=inside, other=1.0)
        tl.store(at, x, mask=inside)
