"""`sdpa`: PyTorch's `scaled_dot_product_attention`, its signature and meaning, by the quantised kernels."""

# ruff: noqa: PLR0917 - the signature is PyTorch's

from __future__ import annotations

import warnings

import torch

from konspekt.kernels.attention import ops
from konspekt.kernels.attention.recipe import recipe_of
from konspekt.kernels.attention.support import best_variant, variant_fault, why_not
from konspekt.kernels.errors import KernelError

# PyTorch's own, kept here because users put `sdpa` in its place
_pytorch_sdpa = torch.nn.functional.scaled_dot_product_attention
_warned: set[str] = set()


def sdpa(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attn_mask: torch.Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
    *,
    variant: str = "auto",
    strict: bool = False,
) -> torch.Tensor:
    """A drop-in for `torch.nn.functional.scaled_dot_product_attention`; `is_causal` aligns top-left, as there.

    query: [..., heads, q_len, head_dim]; key, value: [..., heads, k_len, head_dim] -> the shape and type of query.
    What the kernels cannot do (dropout, gradients, an odd head_dim, CPU tensors) PyTorch's own function computes, with
    one warning per reason; `strict` raises instead. A row that is masked out altogether yields zeros.

    Raises: KernelError with `strict`, or for an unknown variant; what PyTorch raises for arguments that are wrong.
    """
    chosen = best_variant(query.device) if variant == "auto" else variant
    recipe_of(chosen)
    fault = _fault(query, key, value, attn_mask, dropout_p, is_causal, enable_gqa, chosen)
    if fault is not None:
        if strict:
            raise KernelError(f"quantised attention cannot compute this call: {fault}")
        _warn_once(fault)
        return _pytorch_sdpa(query, key, value, attn_mask, dropout_p, is_causal, scale=scale, enable_gqa=enable_gqa)
    q, k, v = (_four_dimensions(x) for x in (query, key, value))
    factor = scale if scale is not None else query.shape[-1] ** -0.5
    out: torch.Tensor = ops.dense(q, k, v, attn_mask, chosen, is_causal, True, factor, None, False)[0]
    return out.reshape(query.shape)


def _fault(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    dropout: float,
    is_causal: bool,
    enable_gqa: bool,
    variant: str,
) -> str | None:
    if query.ndim < 3 or key.ndim != query.ndim or value.ndim != query.ndim:
        return f"shapes {tuple(query.shape)}, {tuple(key.shape)}, {tuple(value.shape)}: want [..., heads, len, dim]"
    if query.ndim > 4 and (mask is not None or query.shape[:-3] != key.shape[:-3]):
        return f"{query.ndim} dimensions with a mask or with broadcast batches"
    if mask is not None and is_causal:
        return "a mask and is_causal at once"
    if not enable_gqa and query.shape[-3] != key.shape[-3]:
        return f"{query.shape[-3]} query heads, {key.shape[-3]} key heads, and enable_gqa is not set"
    q, k, v = (_four_dimensions(x) for x in (query, key, value))
    return why_not(q, k, v, mask, dropout) or variant_fault(variant, query.device)


def _four_dimensions(x: torch.Tensor) -> torch.Tensor:
    return x if x.ndim == 4 else x.reshape(-1, *x.shape[-3:])


def _warn_once(fault: str) -> None:
    if fault not in _warned:
        _warned.add(fault)
        warnings.warn(f"kernels.sdpa leaves this to PyTorch: {fault}", RuntimeWarning, stacklevel=3)
