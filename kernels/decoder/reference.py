"""A stack of decoder layers as the sum of its operations: readable, and what the fused call must equal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from konspekt.kernels.decoder import latent, recurrent
from konspekt.kernels.delta import DeltaLayer
from konspekt.kernels.gated import gated
from konspekt.kernels.kv_cache import KVCache, PagedBatch
from konspekt.kernels.linear import linear, linear_group
from konspekt.kernels.moe import mixture
from konspekt.kernels.paged_attention import paged_attention
from konspekt.kernels.rms_norm import rms_norm
from konspekt.kernels.rope import rope

if TYPE_CHECKING:
    from konspekt.kernels.decoder import Decoder, Layer


def forward(decoder: Decoder, hidden: torch.Tensor, cache: KVCache, batch: PagedBatch) -> torch.Tensor:
    cached = states = 0
    for layer in decoder.stack:
        if isinstance(layer, DeltaLayer):
            hidden = recurrent.forward(decoder, layer, hidden, batch, states)
            states += 1
            continue
        attend = _attend if layer.latent is None else latent.attend
        attended = attend(decoder, cached, hidden, cache, batch)
        cached += 1
        hidden = hidden + attended
        fed = _feed(decoder, layer, rms_norm(hidden, layer.ffn_norm, decoder.eps))
        hidden = hidden + (fed if layer.post_ffn_norm is None else rms_norm(fed, layer.post_ffn_norm, decoder.eps))
    return hidden


def _feed(decoder: Decoder, layer: Layer, x: torch.Tensor) -> torch.Tensor:
    if layer.experts is not None:
        mixed = mixture(x, layer.experts, decoder.activation)
        return mixed if layer.gate is None else mixed + _dense(decoder, layer, x)
    return _dense(decoder, layer, x)


def _dense(decoder: Decoder, layer: Layer, x: torch.Tensor) -> torch.Tensor:
    assert layer.gate is not None
    assert layer.up is not None
    assert layer.down is not None
    gate, up = linear_group(x, (layer.gate, layer.up))
    return linear(gated(gate, up, decoder.activation), layer.down)


def _attend(decoder: Decoder, index: int, hidden: torch.Tensor, cache: KVCache, batch: PagedBatch) -> torch.Tensor:
    layer, positions = decoder.layers[index], batch.positions()
    x = rms_norm(hidden, layer.attn_norm, decoder.eps)
    q, k, v = linear_group(x, (layer.wq, layer.wk, layer.wv), (layer.bq, layer.bk, layer.bv))
    tokens = len(hidden)
    q, k, v = (part.view(tokens, -1, cache.head_dim) for part in (q, k, v))
    if layer.q_norm is not None and layer.k_norm is not None:
        q, k = rms_norm(q, layer.q_norm, decoder.eps), rms_norm(k, layer.k_norm, decoder.eps)
    q = rope(q, positions, layer.inv_freq, decoder.rope_style)
    k = rope(k, positions, layer.inv_freq, decoder.rope_style)
    if layer.k_smooth is not None:
        k = k / layer.k_smooth
        q = (q.view(tokens, cache.kv_heads, -1, cache.head_dim) * layer.k_smooth[:, None]).view(q.shape)
    cache.store(index, k, v, batch)
    seen = paged_attention(q, cache, index, batch, scale=decoder.attention_scale, window=layer.window)
    flat = seen.reshape(tokens, -1)
    if layer.wg is not None:
        flat = flat * torch.sigmoid(linear(x, layer.wg))
    out = linear(flat, layer.wo, layer.bo)
    return out if layer.post_attn_norm is None else rms_norm(out, layer.post_attn_norm, decoder.eps)
