"""`linear`: activations times quantised weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from konspekt.kernels.backends import implementation
from konspekt.kernels.errors import KernelError

if TYPE_CHECKING:
    from konspekt.kernels.packed import Packed


def linear(x: torch.Tensor, w: Packed, bias: torch.Tensor | None = None) -> torch.Tensor:
    """x · Wᵀ + bias. x: [..., in_features] of any float type; bias [out_features] -> float32 [..., out_features].

    w: a QuantizedTensor (GGUF), or a Grouped, Rowwise, MatQuant, ParetoQ, Quest or E8P of `kernels.formats`. The C++
    kernels have GGUF alone: on the CPU the others are dequantised at first use, kept so, and multiplied by torch.

    A row of the result depends only on its own row of x, to the bit: not on what else is in the batch. (On a GPU only
    among calls of up to four rows, and among those of more: the two regimes add in different orders, and INT8 and FP8
    weights meet x in 8 bits in the second.)

    Raises: KernelError when the shapes do not fit.
    """
    return linear_group(x, (w,), (bias,))[0]


def linear_group(
    x: torch.Tensor, weights: Sequence[Packed], biases: Sequence[torch.Tensor | None] | None = None
) -> list[torch.Tensor]:
    """Several matrices on the same x (Q, K and V; gate and up): the activations are quantised once."""
    biases = biases if biases is not None else (None,) * len(weights)
    for w, bias in zip(weights, biases, strict=True):
        if x.shape[-1] != w.shape[1]:
            raise KernelError(f"x has {x.shape[-1]} features, the weight {w.shape} takes {w.shape[1]}")
        if bias is not None and tuple(bias.shape) != (w.shape[0],):
            raise KernelError(f"bias of shape {tuple(bias.shape)} does not fit {w.shape[0]} outputs")
    products: list[torch.Tensor] = implementation("linear", x.device).linear_group(x, weights, biases)
    return products


__all__ = ["linear", "linear_group"]
