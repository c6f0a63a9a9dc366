"""Scaled dot-product attention in float64, the masks aligned at the bottom right."""

from __future__ import annotations

import torch


def visible(q_len: int, k_len: int, *, causal: bool, window: int | None) -> torch.Tensor:
    """bool [q_len, k_len]: the last query sees the last key; `window` keys at most, itself included."""
    query = torch.arange(q_len)[:, None] + (k_len - q_len)
    key = torch.arange(k_len)[None, :]
    mask = key <= query if causal else torch.ones(q_len, k_len, dtype=torch.bool)
    return mask if window is None else mask & (key > query - window)


def attention(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, *, causal: bool, scale: float, window: int | None
) -> torch.Tensor:
    groups = q.shape[1] // k.shape[1]
    keys = k.double().repeat_interleave(groups, dim=1)
    values = v.double().repeat_interleave(groups, dim=1)
    scores = q.double() @ keys.transpose(-1, -2) * scale  # [batch, heads, q_len, k_len]
    mask = visible(q.shape[2], k.shape[2], causal=causal, window=window)
    weights = torch.softmax(scores.masked_fill(~mask, -torch.inf), dim=-1)
    return (torch.nan_to_num(weights) @ values).float()  # a query that sees nothing yields zeros
