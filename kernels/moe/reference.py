"""Expert by expert over `konspekt.kernels.linear`: the definition, and what a CPU computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from konspekt.kernels.gated import Activation, gated
from konspekt.kernels.linear import linear, linear_group

if TYPE_CHECKING:
    from konspekt.kernels.moe import Experts


def mixture(x: torch.Tensor, experts: Experts, activation: Activation) -> torch.Tensor:
    """Experts are taken in order of their number, so that a token's sum does not depend on the batch."""
    from konspekt.kernels.moe import choose

    chosen, shares = choose(x, experts.router, experts.used, experts.routing, experts.bias)
    out = torch.zeros(x.shape, dtype=torch.float32)
    for number in sorted(set(chosen.flatten().tolist())):
        token, place = (chosen == number).nonzero(as_tuple=True)
        gate, up = linear_group(x[token], (experts.gate[number], experts.up[number]))
        made = linear(gated(gate, up, activation), experts.down[number])
        out[token] += shares[token, place, None] * made
    return out
