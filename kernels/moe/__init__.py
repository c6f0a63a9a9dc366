"""`mixture`: a feed-forward layer of many experts, of which each token is sent to a few (Shazeer et al. 2017).

As Mixtral and Qwen3-MoE have it: the router's softmax over all experts, the `used` best, their weights brought to a
sum of one, and the weighted sum of what those experts make of the token.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch

from konspekt.kernels.backends import implementation
from konspekt.kernels.errors import KernelError
from konspekt.kernels.gated import Activation
from konspekt.kernels.tensor import QuantizedTensor


@dataclass(frozen=True, slots=True)
class Experts:
    """router: float32 [experts, features]; gate, up: [width, features] and down: [features, width] of each expert."""

    router: torch.Tensor
    gate: tuple[QuantizedTensor, ...]
    up: tuple[QuantizedTensor, ...]
    down: tuple[QuantizedTensor, ...]
    used: int
    prepared: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        counts = {len(self.router), len(self.gate), len(self.up), len(self.down)}
        if len(counts) != 1 or not 1 <= self.used <= len(self.router):
            raise KernelError(f"{self.used} experts used of {len(self.router)} routed to, {sorted(counts)} given")

    @property
    def weights(self) -> tuple[QuantizedTensor, ...]:
        return (*self.gate, *self.up, *self.down)


def choose(x: torch.Tensor, router: torch.Tensor, used: int) -> tuple[torch.Tensor, torch.Tensor]:
    """x [tokens, features] -> experts int64 [tokens, used], the best first, and their weights float32, of sum one.

    On the CPU in float64, so that a token's experts do not depend on what else is in the batch.
    """
    wide = torch.float64 if x.device.type == "cpu" else torch.float32
    share = (x.to(wide) @ router.to(wide).T).softmax(-1)
    best, experts = share.topk(used, -1)
    return experts, (best / best.sum(-1, keepdim=True)).float()


def mixture(x: torch.Tensor, experts: Experts, activation: Activation = "silu") -> torch.Tensor:
    """x: [tokens, features] of any float type -> float32 [tokens, features].

    A row of the result depends only on its own row of x (on a GPU as `konspekt.kernels.linear` has it).

    Raises: KernelError when the shapes do not fit.
    """
    if x.ndim != 2 or x.shape[1] != experts.router.shape[1]:
        raise KernelError(f"x {tuple(x.shape)} must be [tokens, {experts.router.shape[1]}]")
    mixed: torch.Tensor = implementation("moe", x.device).mixture(x, experts, activation)
    return mixed


__all__ = ["Experts", "choose", "mixture"]
