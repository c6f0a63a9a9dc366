"""Attention over latents through the C++ backend (kernels/cpu/attention_latents_impl.h)."""

from __future__ import annotations

import ctypes

import torch

from konspekt.kernels.cpu import library, packed
from konspekt.kernels.cpu.structs import CAttentionJob, CLatentJob, float32
from konspekt.kernels.kv_cache import KVCache, PagedBatch
from konspekt.kernels.kv_cache.cpu import CBatch, kv_view
from konspekt.kernels.latent import reference
from konspekt.kernels.packed import Packed
from konspekt.kernels.tensor import QuantizedTensor


def attention(  # noqa: PLR0917
    q: torch.Tensor, latent_q: torch.Tensor, cache: KVCache, layer: int, batch: PagedBatch, scale: float
) -> torch.Tensor:
    held = CBatch(batch, cache)
    turned, latents = float32(q), float32(latent_q)
    if cache.rotate:
        turned, latents = hadamard(turned), hadamard(latents)
    out = torch.empty_like(latents)
    job = CAttentionJob(
        kv_view(cache, layer),
        held.sequences,
        latents.shape[1],
        held.width,
        *held.pointers,
        turned.data_ptr(),
        out.data_ptr(),
        scale,
        1,
        0,
    )
    library().ks_attend_latents(ctypes.byref(CLatentJob(job, latents.data_ptr())))
    return hadamard(out) if cache.rotate else out


def linear_heads(x: torch.Tensor, w: Packed) -> torch.Tensor:
    if not isinstance(w, QuantizedTensor):
        return reference.linear_heads(x, w)
    tokens, heads = x.shape[:2]
    rows = x.transpose(0, 1).to(torch.float32).contiguous()  # [heads, tokens, k]
    result = torch.empty(heads, tokens, w.out_features // heads)
    library().ks_linear_heads(rows.data_ptr(), tokens, heads, packed(w).address, result.data_ptr())
    return result.transpose(0, 1)


def hadamard(x: torch.Tensor) -> torch.Tensor:
    y = x.to(torch.float32, copy=True).contiguous()
    library().ks_hadamard(y.data_ptr(), y.numel() // y.shape[-1], y.shape[-1])
    return y
