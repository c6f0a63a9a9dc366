"""Key channels made alike before they are rounded: a large bias or norm weight would else set the scale for all."""

from __future__ import annotations

import torch

SMOOTH_TO = 4.0  # the magnitude that large channels are brought to; 2 and 8 do as well on Qwen2.5-Coder-0.5B


def key_smoothing(known: torch.Tensor, kv_heads: int, head_dim: int) -> torch.Tensor:
    """float32 [kv_heads, head_dim] to divide keys by, and to multiply the queries of their group by.

    known: the bias of the key projection [kv_heads · head_dim], or the weight of the keys' norm [head_dim]: either
    tells how large a channel is. Both halves of a rope pair (style `neox`, the whole head rotated) get one factor, so
    that it commutes with rope: apply it before or after, or fold it into the projections for good.
    """
    pairs = known.float().reshape(-1, 2, head_dim // 2).norm(dim=1)  # [kv_heads or 1, head_dim / 2]
    return (pairs / SMOOTH_TO).clamp(min=1.0).repeat(1, 2).expand(kv_heads, -1).contiguous()
