"""`linear`: activations times quantised weights."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from kernels.backend import backend_on
from kernels.errors import KernelError
from kernels.linear import reference
from kernels.tensor import QuantizedTensor


def linear(x: torch.Tensor, w: QuantizedTensor, bias: torch.Tensor | None = None) -> torch.Tensor:
    """x · Wᵀ + bias. x: [..., in_features] of any float type; bias [out_features] -> float32 [..., out_features].

    A row of the result depends on its own row of x alone, to the bit: not on what else is in the batch. (On a GPU only
    among calls of up to four rows, and among those of more: the two regimes add in different orders.)

    Raises: KernelError when the shapes do not fit.
    """
    return linear_group(x, (w,), (bias,))[0]


def linear_group(
    x: torch.Tensor, weights: Sequence[QuantizedTensor], biases: Sequence[torch.Tensor | None] | None = None
) -> list[torch.Tensor]:
    """Several matrices on the same x (Q, K and V; gate and up): the activations are quantised once."""
    biases = biases if biases is not None else (None,) * len(weights)
    for w, bias in zip(weights, biases, strict=True):
        if x.shape[-1] != w.in_features:
            raise KernelError(f"x has {x.shape[-1]} features, the weight {w.shape} takes {w.in_features}")
        if bias is not None and tuple(bias.shape) != (w.out_features,):
            raise KernelError(f"bias of shape {tuple(bias.shape)} does not fit {w.out_features} outputs")
    name = backend_on(x.device)
    if name == "triton":
        from kernels.linear import gpu

        return gpu.linear_group(x, weights, biases)
    if name == "cpu":
        from kernels.linear import cpu

        return cpu.linear_group(x, weights, biases)
    compute = reference.linear if name == "reference" else reference.linear_float32
    return [compute(x, w, bias) for w, bias in zip(weights, biases, strict=True)]


__all__ = ["linear", "linear_group"]
