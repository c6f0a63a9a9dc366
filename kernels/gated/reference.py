"""The gated halves of a feed-forward layer (Shazeer 2020): act(gate) · up."""

from __future__ import annotations

import torch


def gated(gate: torch.Tensor, up: torch.Tensor, activation: str) -> torch.Tensor:
    wide = gate.double()
    active = wide * torch.sigmoid(wide) if activation == "silu" else torch.nn.functional.gelu(wide, approximate="tanh")
    return (active * up.double()).float()
