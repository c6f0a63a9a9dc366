"""`delta_rule`: the gated delta rule behind a short causal convolution (Gated DeltaNet), a state instead of keys.

A head keeps a matrix S [key_dim, value_dim]. Each token lets it fade, corrects what it answers to the token's key, and
reads it with the token's query (Yang et al. 2024, arXiv 2412.06464):

    S ← exp(g)·S;  S ← S + k ⊗ β(v - kᵀS);  o = qᵀS

q, k and v come out of a depthwise convolution over the latest `taps` tokens and SiLU; q and k are brought to length 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from konspekt.kernels.backends import implementation
from konspekt.kernels.delta.states import DeltaSizes, StateUse
from konspekt.kernels.errors import KernelError
from konspekt.kernels.packed import Packed


@dataclass(frozen=True, slots=True)
class DeltaRule:
    """What the rule itself has of weights, float32.

    conv [channels, taps], the latest token last; decay [value_heads], below zero; dt_bias [value_heads]. `tiled`: value
    head h belongs to key head h mod key_heads (as GGUF files have it); else neighbours share a key head.
    """

    sizes: DeltaSizes
    conv: torch.Tensor
    decay: torch.Tensor
    dt_bias: torch.Tensor
    tiled: bool = False


@dataclass(frozen=True, slots=True)
class DeltaLayer:
    """A decoder layer with the rule in the place of attention. Norms are float32."""

    attn_norm: torch.Tensor
    rule: DeltaRule
    w_mixed: Packed  # [channels, features]: q, k and v
    w_gate: Packed  # [value_heads · value_dim, features]: what the result is gated with
    w_decay: Packed  # [value_heads, features]
    w_beta: Packed  # [value_heads, features]
    wo: Packed  # [features, value_heads · value_dim]
    norm: torch.Tensor  # [value_dim]: of each head's result, before the gate
    ffn_norm: torch.Tensor
    gate: Packed
    up: Packed
    down: Packed
    prepared: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def matrices(self) -> list[Packed]:
        """Every packed weight."""
        return [self.w_mixed, self.w_gate, self.w_decay, self.w_beta, self.wo, self.gate, self.up, self.down]


def delta_rule(  # noqa: PLR0917
    mixed: torch.Tensor,
    decay: torch.Tensor,
    beta: torch.Tensor,
    rule: DeltaRule,
    uses: Sequence[StateUse],
    counts: Sequence[int],
    layer: int,
) -> torch.Tensor:
    """mixed [tokens, channels], decay and beta [tokens, value_heads], as the products gave them, of sequences with
    `counts` tokens one after another; `layer` counts those with states -> float32 [tokens, value_heads · value_dim].

    The states are read and written as `uses` says, one for each sequence. A sequence cut into pieces gives the same
    bits, except where long pieces are computed in chunks (torch, GPU).

    Raises: KernelError when shapes do not fit.
    """
    sizes, tokens = rule.sizes, sum(counts)
    if tuple(mixed.shape) != (tokens, sizes.channels):
        raise KernelError(f"mixed {tuple(mixed.shape)} must be [{tokens} tokens, {sizes.channels} channels]")
    for name, given in (("decay", decay), ("beta", beta)):
        if tuple(given.shape) != (tokens, sizes.value_heads):
            raise KernelError(f"{name} {tuple(given.shape)} must be [{tokens} tokens, {sizes.value_heads} heads]")
    if len(uses) != len(counts):
        raise KernelError(f"{len(uses)} states for {len(counts)} sequences")
    for use, count in zip(uses, counts, strict=True):
        use.check(sizes, count, layer)
    result: torch.Tensor = implementation("delta", mixed.device).delta_rule(
        mixed, decay, beta, rule, uses, counts, layer
    )
    return result


__all__ = ["DeltaLayer", "DeltaRule", "DeltaSizes", "StateUse", "delta_rule"]
