"""The attention half of a layer whose heads share latents, operation by operation (`konspekt.kernels.latent`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from konspekt.kernels.kv_cache import KVCache, PagedBatch
from konspekt.kernels.latent import latent_attention, linear_heads, rotated
from konspekt.kernels.linear import linear, linear_group
from konspekt.kernels.rms_norm import rms_norm
from konspekt.kernels.rope import rope

if TYPE_CHECKING:
    from konspekt.kernels.decoder import Decoder

EPS = 1e-6  # of the two norms inside, whatever the model's other norms have: transformers, modeling_deepseek_v3.py


def attend(decoder: Decoder, index: int, hidden: torch.Tensor, cache: KVCache, batch: PagedBatch) -> torch.Tensor:
    """hidden: float32 [tokens, features] -> what the layer adds to it; latents and positions go into the cache."""
    layer, positions, tokens = decoder.layers[index], batch.positions(), len(hidden)
    assert layer.latent is not None
    latent, rank = layer.latent, cache.value_dim
    x = rms_norm(hidden, layer.attn_norm, decoder.eps)
    if latent.q_down is None or latent.q_norm is None:
        q, joint = linear_group(x, (layer.wq, layer.wk))
    else:
        low, joint = linear_group(x, (latent.q_down, layer.wk))
        q = linear(rms_norm(low, latent.q_norm, EPS), layer.wq)
    q = q.view(tokens, latent.heads, -1)
    plain = q.shape[2] - cache.head_dim
    latents = rms_norm(joint[:, :rank].contiguous(), latent.norm, EPS)
    k = rope(joint[:, None, rank:].contiguous(), positions, layer.inv_freq, decoder.rope_style)
    turned = rope(q[:, :, plain:].contiguous(), positions, layer.inv_freq, decoder.rope_style)
    cache.store(index, k, rotated(latents, cache)[:, None], batch)
    scale = decoder.attention_scale if decoder.attention_scale is not None else q.shape[2] ** -0.5
    absorbed = linear_heads(q[:, :, :plain], latent.up)
    seen = latent_attention(turned * latent.sharpness, absorbed, cache, index, batch, scale)
    return linear(linear_heads(seen, layer.wv).flatten(1), layer.wo, layer.bo)
