"""`mixture`: a feed-forward layer of many experts, of which each token is sent to a few (Shazeer et al. 2017).

The router's choice (routing.py) of `used` experts, and the weighted sum of what those make of the token.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch

from konspekt.kernels.backends import implementation
from konspekt.kernels.errors import KernelError
from konspekt.kernels.gated import Activation
from konspekt.kernels.moe.routing import USUAL, Routing, choose
from konspekt.kernels.tensor import QuantizedTensor


@dataclass(frozen=True, slots=True)
class Experts:
    """router: float32 [experts, features]; gate, up: [width, features] and down: [features, width] of each expert;
    bias: float32 [experts], of the choice alone."""

    router: torch.Tensor
    gate: tuple[QuantizedTensor, ...]
    up: tuple[QuantizedTensor, ...]
    down: tuple[QuantizedTensor, ...]
    used: int
    routing: Routing = USUAL
    bias: torch.Tensor | None = None
    prepared: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        counts = {len(self.router), len(self.gate), len(self.up), len(self.down)}
        if len(counts) != 1 or not 1 <= self.used <= len(self.router):
            raise KernelError(f"{self.used} experts used of {len(self.router)} routed to, {sorted(counts)} given")
        r, experts = self.routing, len(self.router)
        if experts % r.groups or not 1 <= r.groups_used <= r.groups or self.used > experts // r.groups * r.groups_used:
            raise KernelError(f"{self.used} of {experts} experts in {r.groups_used} of {r.groups} groups")
        if self.bias is not None and tuple(self.bias.shape) != (experts,):
            raise KernelError(f"a bias of shape {tuple(self.bias.shape)} for {experts} experts")

    @property
    def weights(self) -> tuple[QuantizedTensor, ...]:
        return (*self.gate, *self.up, *self.down)


def mixture(x: torch.Tensor, experts: Experts, activation: Activation = "silu") -> torch.Tensor:
    """x: [tokens, features] of any float type -> float32 [tokens, features].

    A row of the result depends only on its own row of x (on a GPU as `konspekt.kernels.linear` has it).

    Raises: KernelError when the shapes do not fit.
    """
    if x.ndim != 2 or x.shape[1] != experts.router.shape[1]:
        raise KernelError(f"x {tuple(x.shape)} must be [tokens, {experts.router.shape[1]}]")
    mixed: torch.Tensor = implementation("moe", x.device).mixture(x, experts, activation)
    return mixed


__all__ = ["USUAL", "Experts", "Routing", "choose", "mixture"]
