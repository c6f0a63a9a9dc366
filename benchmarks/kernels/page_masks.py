"""Which keys each token of a text would read if it were decoded with sparse pages."""

from __future__ import annotations

import torch

from konspekt.kernels.attention.sparse.recipe import Thresholds
from konspekt.kernels.attention.sparse.reference import smallest_share

PAGE = 16


def summaries(k: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and half range of a page after each key stored in it: [..., len, dim] as k, float16 as `PageSummaries`."""
    pages = k.reshape(*k.shape[:-2], -1, PAGE, k.shape[-1])
    count = torch.arange(1, PAGE + 1, device=k.device)[:, None]
    mean = pages.cumsum(-2) / count
    reach = (pages.cummax(-2).values - pages.cummin(-2).values) / 2
    return mean.half().to(k.dtype).flatten(-3, -2), reach.half().to(k.dtype).flatten(-3, -2)


def read(q: torch.Tensor, k: torch.Tensor, scale: float, sparse: Thresholds) -> tuple[torch.Tensor, torch.Tensor]:
    """q [1, heads, len, dim], k [1, kv_heads, len, dim] -> bool [1, heads, len, len], share of pages read [heads].

    A token sees the pages before it, full, and its own as far as it is written.
    """
    length, groups = k.shape[2], q.shape[1] // k.shape[1]
    padded = torch.nn.functional.pad(k, (0, 0, 0, -length % PAGE))
    means, reaches = (x[0] for x in summaries(padded))  # [kv_heads, len, dim]
    rows = q[0].reshape(-1, groups, *q.shape[2:])  # [kv_heads, group, len, dim]
    page = torch.arange(length, device=q.device) // PAGE
    full_means, full_reaches = (x[:, PAGE - 1 :: PAGE, None].transpose(1, 2) for x in (means, reaches))
    scores = rows @ full_means.mT + rows.abs() @ full_reaches.mT / 2  # [kv_heads, group, len, pages]
    own = (rows * means[:, None, :length]).sum(-1) + (rows.abs() * reaches[:, None, :length]).sum(-1) / 2
    scores = scores.scatter(-1, page.expand(own.shape)[..., None], own[..., None])
    column = torch.arange(scores.shape[-1], device=q.device)
    there = column <= page[:, None]
    p = torch.softmax((scores * scale).masked_fill(~there, -torch.inf), dim=-1)
    keep = sparse.on(q.device)[0].view(-1, groups, 1, 1)
    chosen = smallest_share(p, there.expand_as(p), keep, by_mass=sparse.by_mass)
    always = there & ((column == 0) | (column == page[:, None]))
    kept = (chosen | always).any(1).repeat_interleave(groups, dim=0)  # one head of a group reads: all have it
    share = kept.double().sum((-1, -2)) / there.sum()
    seen = kept.repeat_interleave(PAGE, dim=-1)[..., :length]
    return (seen & torch.ones(length, length, dtype=torch.bool, device=q.device).tril())[None], share
