"""What the quantised kernels take. Each check answers None, or why not, in words for a warning."""

from __future__ import annotations

import torch

from konspekt.kernels.attention.recipe import recipe_of
from konspekt.kernels.triton.available import architecture, interpreting, runs_on

HEAD_DIMS = (64, 96, 128, 256)
DTYPES = (torch.float16, torch.bfloat16, torch.float32)


def why_not(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask: torch.Tensor | None = None, dropout: float = 0.0
) -> str | None:
    """q, k, v: [batch, heads, len, dim]. Why the kernels cannot compute this call, or None."""
    if not runs_on(q.device):
        return f"the tensors are on {q.device} and the kernels need a CUDA GPU and Triton"
    if dropout:
        return f"dropout {dropout} is for training, these kernels are for inference"
    if torch.is_grad_enabled() and (q.requires_grad or k.requires_grad or v.requires_grad):
        return "a gradient is wanted, and these kernels have no backward pass"
    if (fault := _unlike(q, k, v)) is not None:
        return fault
    if q.ndim != 4 or k.ndim != 4 or k.shape != v.shape or q.shape[0] != k.shape[0] or q.shape[3] != k.shape[3]:
        return f"shapes {tuple(q.shape)}, {tuple(k.shape)}, {tuple(v.shape)}: want [batch, heads, len, dim], K like V"
    if q.shape[3] not in HEAD_DIMS:
        return f"head_dim {q.shape[3]}: there are {', '.join(map(str, HEAD_DIMS))}"
    if not q.numel() or not k.numel():
        return "there is nothing to attend to"
    if q.shape[1] % k.shape[1]:
        return f"{q.shape[1]} query heads do not divide into {k.shape[1]} key heads"
    return _mask_fault(q, k, mask)


def packed_fault(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, variant: str) -> str | None:
    """q, k, v: [tokens, heads, dim]. Why a GPU's kernels cannot compute this call, or None."""
    return _unlike(q, k, v) or variant_fault(variant, q.device) if runs_on(q.device) else None


def _unlike(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> str | None:
    if q.dtype not in DTYPES or not q.dtype == k.dtype == v.dtype:
        return f"types {q.dtype}, {k.dtype}, {v.dtype}: want one of float16, bfloat16, float32 for all three"
    if not q.device == k.device == v.device:
        return f"tensors on {q.device}, {k.device} and {v.device}"
    return None


def _mask_fault(q: torch.Tensor, k: torch.Tensor, mask: torch.Tensor | None) -> str | None:
    if mask is None:
        return None
    if mask.dtype != torch.bool and not mask.is_floating_point():
        return f"a mask of {mask.dtype}: want bool or a float that is added"
    if mask.device != q.device:
        return f"a mask on {mask.device}, tensors on {q.device}"
    want = (q.shape[0], q.shape[1], q.shape[2], k.shape[2])
    given = (1,) * (4 - mask.ndim) + tuple(mask.shape)
    if mask.ndim > 4 or any(have not in (1, size) for have, size in zip(given, want, strict=True)):
        return f"a mask of shape {tuple(mask.shape)} does not broadcast to {want}"
    return None


def best_variant(device: torch.device) -> str:
    """INT8 with values in their own type everywhere: the others are for those who measured that they may."""
    return "int8"


def variant_fault(variant: str, device: torch.device) -> str | None:
    """FP8 needs compute capability 8.9."""
    if recipe_of(variant).fp8 and not interpreting() and device.type == "cuda" and architecture(device) < 89:
        return f"{variant} needs FP8 tensor cores (compute capability 8.9), this GPU has {architecture(device) / 10}"
    return None
