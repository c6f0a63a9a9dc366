"""A layer with the delta rule as the sum of its operations, on any device."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from konspekt.kernels.delta import DeltaLayer, delta_rule
from konspekt.kernels.gated import gated
from konspekt.kernels.kv_cache import PagedBatch
from konspekt.kernels.linear import linear, linear_group
from konspekt.kernels.rms_norm import rms_norm

if TYPE_CHECKING:
    from konspekt.kernels.decoder import Decoder


def forward(decoder: Decoder, layer: DeltaLayer, hidden: torch.Tensor, batch: PagedBatch, states: int) -> torch.Tensor:
    """hidden [tokens, features] -> the same after the layer. `states`: how many layers before it have states."""
    x = rms_norm(hidden, layer.attn_norm, decoder.eps)
    mixed, gate, decay, beta = linear_group(x, (layer.w_mixed, layer.w_gate, layer.w_decay, layer.w_beta))
    seen = delta_rule(mixed, decay, beta, layer.rule, batch.states, batch.counts, states)
    normed = rms_norm(seen.view(-1, layer.rule.sizes.value_dim), layer.norm, decoder.eps).view(seen.shape)
    hidden = hidden + linear(gated(gate, normed), layer.wo)
    x = rms_norm(hidden, layer.ffn_norm, decoder.eps)
    opened, up = linear_group(x, (layer.gate, layer.up))
    return hidden + linear(gated(opened, up, decoder.activation), layer.down)
