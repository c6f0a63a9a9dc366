"""`attention`: prefill over contiguous keys and values."""

from __future__ import annotations

import torch

from kernels.attention import reference
from kernels.backend import backend
from kernels.errors import KernelError

HEAD_DIMS = (64, 96, 128, 256)  # those that are tested
MAX_HEAD_DIM, MAX_GROUP = 256, 192


def attention(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    *,
    causal: bool = True,
    scale: float | None = None,
    window: int | None = None,
) -> torch.Tensor:
    """softmax(q · kᵀ · scale) · v.

    q: [batch, heads, q_len, head_dim]; k, v: [batch, kv_heads, k_len, head_dim]; heads a multiple of kv_heads.
    Causal is aligned at the bottom right, as with cached keys: query i sees keys up to i + k_len - q_len, of these
    the last `window` (itself included). scale: 1/sqrt(head_dim) by default -> float32, the shape of q.
    """
    if q.ndim != 4 or k.ndim != 4 or k.shape != v.shape or q.shape[0] != k.shape[0] or q.shape[3] != k.shape[3]:
        raise KernelError(f"q {tuple(q.shape)}, k {tuple(k.shape)}, v {tuple(v.shape)}: want [batch, heads, len, dim]")
    if q.shape[1] % k.shape[1]:
        raise KernelError(f"{q.shape[1]} query heads do not divide into {k.shape[1]} key heads")
    if q.shape[3] % 16 or q.shape[3] > MAX_HEAD_DIM or q.shape[1] // k.shape[1] > MAX_GROUP:
        raise KernelError(
            f"head_dim {q.shape[3]} must be a multiple of 16 up to {MAX_HEAD_DIM}, and at most {MAX_GROUP} query heads "
            f"share a key head, got {q.shape[1] // k.shape[1]}"
        )
    scale = scale if scale is not None else q.shape[-1] ** -0.5
    if backend() == "cpu":
        from kernels.attention import cpu

        return cpu.attention(q, k, v, causal=causal, scale=scale, window=window)
    return reference.attention(q, k, v, causal=causal, scale=scale, window=window)


__all__ = ["HEAD_DIMS", "attention"]
