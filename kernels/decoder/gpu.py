"""`Decoder.forward` through Triton: a dozen launches per layer, nothing read back, so that a CUDA graph can hold it.

The residual stream is float32; what goes into a product has `Decoder.products`' type. Matrices of one format that
take the same input (Q, K and V; gate and up) are stacked and multiplied in one launch; where they cannot
be (formats that differ, QuIP#), what becomes of the input is still computed once.

Layers with the delta rule have their products here; the rule itself is torch's, sequence by sequence, and no graph
holds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from konspekt.kernels.decoder.gpu_kernel import heads_kernel
from konspekt.kernels.delta import DeltaLayer, delta_rule
from konspekt.kernels.errors import KernelError
from konspekt.kernels.gated.gpu import gated
from konspekt.kernels.kv_cache import KVCache, PagedBatch
from konspekt.kernels.linear.gpu import packed as gpu_packed
from konspekt.kernels.moe import gpu as moe
from konspekt.kernels.packed import (
    Packed,
    joinable,
    joined,
    let_go,
)
from konspekt.kernels.paged_attention import paged_attention
from konspekt.kernels.rms_norm.gpu import add_rms_norm, rms_norm
from konspekt.kernels.rope.fused import rope_and_store
from konspekt.kernels.triton.available import require

if TYPE_CHECKING:
    from konspekt.kernels.decoder import Decoder, Layer


@dataclass(frozen=True, slots=True)
class Stacked:
    """Stacked matrices, and where each ends."""

    weight: Packed
    bias: torch.Tensor | None
    sizes: tuple[int, ...]


def stack(weights: Sequence[Packed], biases: Sequence[torch.Tensor | None], device: torch.device) -> list[Stacked]:
    """Neighbours joined where they can be (a bias beside none is zeros); their bits on the device alone."""
    runs: list[list[int]] = []
    for i, w in enumerate(weights):
        if runs and joinable(weights[runs[-1][0]], w):
            runs[-1].append(i)
        else:
            runs.append([i])
    made = []
    for run in runs:
        below = joined([weights[i] for i in run])
        gpu_packed.place(below, device)
        let_go(below)
        bias = None
        if any(biases[i] is not None for i in run):
            bias = torch.cat([_or_zeros(biases[i], weights[i].shape[0]) for i in run]).to(device)
        made.append(Stacked(below, bias, tuple(weights[i].shape[0] for i in run)))
    return made


def _or_zeros(bias: torch.Tensor | None, size: int) -> torch.Tensor:
    return torch.zeros(size) if bias is None else bias.float()


def product(x: torch.Tensor, stacks: Sequence[Stacked]) -> list[torch.Tensor]:
    """x [tokens, in_features] times each matrix -> float32 [tokens, out_features] each, views of what was computed."""
    made = gpu_packed.linear_group(x, [part.weight for part in stacks], [part.bias for part in stacks])
    return [y for part, whole in zip(stacks, made, strict=True) for y in torch.split(whole, list(part.sizes), dim=1)]


class Recurrent:
    """The weights of a layer with the delta rule on the device; fields that `Bound` has, too, mean the same."""

    experts = post_attn_norm = post_ffn_norm = None

    def __init__(self, layer: DeltaLayer, device: torch.device) -> None:
        self.into = stack((layer.w_mixed, layer.w_gate, layer.w_decay, layer.w_beta), (None,) * 4, device)
        self.out = stack((layer.wo,), (None,), device)
        self.gate_up = stack((layer.gate, layer.up), (None, None), device)
        self.down = stack((layer.down,), (None,), device)
        self.attn_norm, self.ffn_norm, self.norm = (
            x.float().to(device) for x in (layer.attn_norm, layer.ffn_norm, layer.norm)
        )
        rule = layer.rule
        conv, decay, dt_bias = (x.float().to(device) for x in (rule.conv, rule.decay, rule.dt_bias))
        self.rule = replace(rule, conv=conv, decay=decay, dt_bias=dt_bias)


class Bound:
    """A layer's weights on the device."""

    def __init__(self, layer: Layer, device: torch.device) -> None:
        def vector(x: torch.Tensor | None) -> torch.Tensor | None:
            return None if x is None else x.float().contiguous().to(device)

        if layer.latent is not None or (layer.experts is not None and layer.gate is not None):
            raise KernelError("latent attention and shared experts are computed on the CPU alone")
        opens = () if layer.wg is None else (layer.wg,)
        biases = (layer.bq, layer.bk, layer.bv, *(None for _ in opens))
        self.qkv = stack((layer.wq, layer.wk, layer.wv, *opens), biases, device)
        self.out = stack((layer.wo,), (layer.bo,), device)
        self.experts = layer.experts
        if layer.experts is not None:
            moe.place(layer.experts, device)
        self.gate_up = stack([w for w in (layer.gate, layer.up) if w is not None], (None, None), device)
        self.down = stack([w for w in (layer.down,) if w is not None], (None,), device)
        self.attn_norm, self.ffn_norm = layer.attn_norm.float().to(device), layer.ffn_norm.float().to(device)
        self.inv_freq = layer.inv_freq.float().to(device)
        self.q_norm, self.k_norm, self.smooth = vector(layer.q_norm), vector(layer.k_norm), vector(layer.k_smooth)
        self.post_attn_norm, self.post_ffn_norm = vector(layer.post_attn_norm), vector(layer.post_ffn_norm)
        self.window = layer.window


def bind(decoder: Decoder, device: torch.device) -> list[Bound | Recurrent]:
    """The layers on `device`, put there at first use and kept. Raises: BackendUnavailable, KernelError."""
    require(device)
    key = f"gpu {device}"
    found = decoder.prepared.get(key)
    if not isinstance(found, list):
        found = decoder.prepared[key] = [
            Recurrent(layer, device) if isinstance(layer, DeltaLayer) else Bound(layer, device)
            for layer in decoder.stack
        ]
    return found


def forward(decoder: Decoder, hidden: torch.Tensor, cache: KVCache, batch: PagedBatch) -> torch.Tensor:
    """hidden: float32 [tokens, features] -> the same after the last layer. `cache` and `batch` lie on its device."""
    layers, eps, dtype = bind(decoder, hidden.device), decoder.eps, decoder.products
    stream = hidden.float().clone()
    x = rms_norm(stream, layers[0].attn_norm, eps, dtype)
    cached = states = 0
    for index, layer in enumerate(layers):
        if isinstance(layer, Recurrent):
            attended, states = _recur(decoder, layer, states, x, batch), states + 1
        else:
            attended, cached = _attend(decoder, layer, cached, x, cache, batch), cached + 1
        x = add_rms_norm(stream, attended, layer.post_attn_norm, layer.ffn_norm, eps, dtype)
        if layer.experts is not None:
            fed = moe.mixture(x, layer.experts, decoder.activation)
        else:
            gate, up = product(x, layer.gate_up)
            fed = product(gated(gate, up, decoder.activation, dtype), layer.down)[0]
        following = layers[index + 1].attn_norm if index + 1 < len(layers) else None
        x = add_rms_norm(stream, fed, layer.post_ffn_norm, following, eps, dtype)
    return stream


def _attend(  # noqa: PLR0917
    decoder: Decoder, layer: Bound, index: int, x: torch.Tensor, cache: KVCache, batch: PagedBatch
) -> torch.Tensor:
    """x [tokens, features], normed -> float32 [tokens, features]."""
    q, k, v, *opens = product(x, layer.qkv)
    dim, tokens = cache.head_dim, len(x)
    heads, kv_heads = q.shape[1] // dim, k.shape[1] // dim
    if tokens and (layer.q_norm is not None or layer.smooth is not None):
        nothing = layer.inv_freq
        heads_kernel[(tokens, heads + kv_heads)](
            q, k, nothing if layer.q_norm is None else layer.q_norm, nothing if layer.k_norm is None else layer.k_norm,
            nothing if layer.smooth is None else layer.smooth, heads, kv_heads, dim, decoder.eps, q.stride(0),
            k.stride(0), NORM=layer.q_norm is not None, SMOOTH=layer.smooth is not None,
            BLOCK=1 << (dim - 1).bit_length(), num_warps=1,
        )  # fmt: skip
    q, k, v = (part.view(tokens, -1, dim) for part in (q, k, v))
    q = rope_and_store(q, k, v, cache, index, batch, inv_freq=layer.inv_freq, style=decoder.rope_style)
    seen = paged_attention(
        q.to(decoder.products), cache, index, batch, scale=decoder.attention_scale, window=layer.window
    )
    flat = seen.flatten(1)
    if opens:
        flat = (flat * torch.sigmoid(opens[0])).to(decoder.products)
    return product(flat, layer.out)[0]


def _recur(decoder: Decoder, layer: Recurrent, index: int, x: torch.Tensor, batch: PagedBatch) -> torch.Tensor:
    """The same for a layer with states, the `index`th of them."""
    mixed, gate, decay, beta = product(x, layer.into)
    seen = delta_rule(mixed, decay, beta, layer.rule, batch.states, batch.counts, index)
    normed = rms_norm(seen.view(-1, layer.rule.sizes.value_dim), layer.norm, decoder.eps, torch.float32)
    return product(gated(gate, normed.view(seen.shape), "silu", decoder.products), layer.out)[0]
