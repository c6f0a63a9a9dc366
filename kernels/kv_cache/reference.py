"""How one row of one head is stored: the definition of the three kinds of cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from konspekt.kernels.hadamard.rotation import hadamard

if TYPE_CHECKING:
    from konspekt.kernels.kv_cache import KVCache, PagedBatch

LEVELS = {"int8": 127.0, "int4": 7.0}


def quantize(x: torch.Tensor, kind: str, rotate: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """x: float [..., head_dim] -> stored [..., head_dim] (fp16, int8) or [..., head_dim/2] (int4), scale [...].

    scale = max|x| / levels; code = round-half-even(x / scale). int4 keeps code + 8, even dimensions in the low nibble.
    """
    x = hadamard(x) if rotate else x.float()
    if kind == "fp16":
        return x.clamp(-65504, 65504).half(), torch.ones(x.shape[:-1])
    scale = x.abs().amax(-1) / LEVELS[kind]
    inverse = torch.where(scale > 0, 1 / scale, torch.zeros_like(scale))
    codes = (x * inverse[..., None]).round().clamp(-LEVELS[kind], LEVELS[kind]).to(torch.int8)
    if kind == "int8":
        return codes, scale
    nibbles = (codes + 8).to(torch.uint8)
    return nibbles[..., 0::2] | (nibbles[..., 1::2] << 4), scale


def dequantize(stored: torch.Tensor, scale: torch.Tensor, kind: str) -> torch.Tensor:
    """float32 [..., head_dim], still rotated if it was."""
    if kind == "int4":
        stored = torch.stack((stored & 15, stored >> 4), dim=-1).flatten(-2).to(torch.int8) - 8
    return stored.float() * scale[..., None]


def store(cache: KVCache, layer: int, k: torch.Tensor, v: torch.Tensor, batch: PagedBatch) -> None:
    """Quantise k and v [tokens, kv_heads, head_dim] and write them to the places of `batch`."""
    slots = batch.slots(cache.page_size)
    pages, places = slots // cache.page_size, slots % cache.page_size
    for x, stored, scales, rotate in (
        (k, cache.k[layer], cache.k_scale[layer], cache.rotate),
        (v, cache.v[layer], cache.v_scale[layer], False),
    ):
        codes, scale = quantize(x, cache.kind, rotate)
        stored[pages, :, places] = codes
        if cache.kind != "fp16":
            scales[pages, :, places] = scale
