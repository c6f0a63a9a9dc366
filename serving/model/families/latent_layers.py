"""A layer of DeepSeek-V2 and V3: latents, and experts beside a network that all tokens pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from konspekt.kernels import Latent, Layer, QuantizedTensor
from konspekt.serving.model.architectures import ModelConfig

if TYPE_CHECKING:
    from konspekt.serving.model.assemble import Parts


def latent_layer(parts: Parts, config: ModelConfig, index: int, inv_freq: torch.Tensor) -> Layer:
    """Raises: ModelFileError, UnsupportedModelError."""
    at, latent = f"blk.{index}.", config.latent
    assert latent is not None
    up, values = _split(parts, at) if parts.has(f"{at}attn_v_b.weight") else _joint(parts, config, at)
    warmth = config.rope.yarn.warmth if config.rope.yarn is not None else 1.0
    fields = parts.feed_forward(at, experts=config.has_experts(index))
    if config.has_experts(index) and config.shared_size:
        fields |= parts.feed_forward(at, experts=False, names="ffn_{}_shexp")
    return Layer(
        attn_norm=parts.needed(at + "attn_norm.weight"),
        ffn_norm=parts.needed(at + "ffn_norm.weight"),
        wq=parts.matrix(f"{at}attn_q_b.weight" if latent.q_rank else f"{at}attn_q.weight"),
        wk=parts.matrix(at + "attn_kv_a_mqa.weight"),
        wv=values,
        wo=parts.matrix(at + "attn_output.weight"),
        inv_freq=inv_freq,
        latent=Latent(
            config.heads,
            up,
            parts.needed(at + "attn_kv_a_norm.weight"),
            parts.matrix(at + "attn_q_a.weight") if latent.q_rank else None,
            parts.vector(at + "attn_q_a_norm.weight") if latent.q_rank else None,
            warmth**2,
        ),
        **fields,
    )


def _split(parts: Parts, at: str) -> tuple[QuantizedTensor, QuantizedTensor]:
    """As llama.cpp's converter writes it since 2025-04: k_b [heads, rank, plain] is turned around already, and v_b is
    [heads, values, rank]."""
    names = (f"{at}attn_k_b.weight", f"{at}attn_v_b.weight")
    up, values = (parts.arranged(parts.raw(name), name) for name in names)
    return up, values


def _joint(parts: Parts, config: ModelConfig, at: str) -> tuple[QuantizedTensor, QuantizedTensor]:
    """As folders and older files have it: of each head, rows of keys [plain, rank] and then of values [values, rank].

    Those of values are taken as they are packed. Those of keys are needed the other way round, and a block of a row
    cannot become one of a column: they become halves, which hold what eight bits and fewer say to three digits.
    """
    latent, heads, name = config.latent, config.heads, at + "attn_kv_b.weight"
    assert latent is not None
    both = parts.raw(name)
    rows = both.data.reshape(heads, latent.plain + latent.values, -1)
    taken = np.ascontiguousarray(rows[:, latent.plain :]).reshape(heads * latent.values, -1)
    values = QuantizedTensor(taken, both.type_name, (heads * latent.values, latent.rank))
    of_keys = np.ascontiguousarray(rows[:, : latent.plain]).reshape(heads * latent.plain, -1)
    keys = QuantizedTensor(of_keys, both.type_name, (heads * latent.plain, latent.rank)).dequantize()
    turned = keys.view(heads, latent.plain, latent.rank).transpose(1, 2).half().contiguous().numpy()
    up = QuantizedTensor.from_gguf(turned, "F16", (heads * latent.rank, latent.plain))
    return parts.arranged(up, name), parts.arranged(values, name)
