"""Which experts a token is sent to, and how much each counts, as the families have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch


@dataclass(frozen=True, slots=True)
class Routing:
    """The defaults are Mixtral's and Qwen3-MoE's.

    scoring: of an expert by the router's product, `softmax` over all or each one's `sigmoid` (DeepSeek-V3).
    groups: experts stand in so many groups of one size, and only those of the `groups_used` best are chosen from. A
    group is as good as its best expert under softmax (DeepSeek-V2), as its two best together under sigmoid (V3).
    normed: the weights of the chosen are brought to a sum of one. `scale` multiplies them.
    """

    scoring: Literal["softmax", "sigmoid"] = "softmax"
    groups: int = 1
    groups_used: int = 1
    normed: bool = True
    scale: float = 1.0


USUAL = Routing()


def choose(
    x: torch.Tensor, router: torch.Tensor, used: int, routing: Routing = USUAL, bias: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """x [tokens, features] -> experts int64 [tokens, used], the best first, and their weights float32.

    bias [experts] counts in the choice, not in the weights. On the CPU in float64, so that a token's experts do not
    depend on what else is in the batch.
    """
    wide = torch.float64 if x.device.type == "cpu" else torch.float32
    products = x.to(wide) @ router.to(wide).T
    share = products.softmax(-1) if routing.scoring == "softmax" else products.sigmoid()
    worth = share if bias is None else share + bias.to(wide)
    if routing.groups > routing.groups_used:
        worth = _of_best_groups(worth, routing)
    best, experts = worth.topk(used, -1)
    if worth is not share:
        best = share.gather(-1, experts)
    if routing.normed:
        best = best / best.sum(-1, keepdim=True).clamp_min(1e-20)
    return experts, (best * routing.scale).float()


def _of_best_groups(worth: torch.Tensor, routing: Routing) -> torch.Tensor:
    """The others' experts are worth -inf."""
    grouped = worth.view(len(worth), routing.groups, -1)  # [tokens, groups, experts of a group]
    counted = min(2, grouped.shape[-1]) if routing.scoring == "sigmoid" else 1
    best = grouped.topk(counted, -1).values.sum(-1).topk(routing.groups_used, -1).indices
    out = torch.ones(grouped.shape[:-1], dtype=torch.bool, device=worth.device).scatter(-1, best, False)
    return grouped.masked_fill(out[..., None], -torch.inf).flatten(-2)
