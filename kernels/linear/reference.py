"""The definition of `linear`: y = x · Wᵀ + b in float64, with the weights dequantised exactly."""

from __future__ import annotations

import torch

from kernels.tensor import ROWS_AT_ONCE, QuantizedTensor

CACHE = "float32"  # the dequantised weights stay with the tensor: the reference runs whole models


def dense(w: QuantizedTensor) -> torch.Tensor:
    """float32 [out_features, in_features], computed once."""
    if CACHE not in w.prepared:
        w.prepared[CACHE] = w.dequantize()
    return torch.as_tensor(w.prepared[CACHE])


def linear(x: torch.Tensor, w: QuantizedTensor, bias: torch.Tensor | None = None) -> torch.Tensor:
    """float64 sums, float32 result. x: [..., in_features] -> [..., out_features]."""
    weight, wide = dense(w), x.double()
    parts = [wide @ weight[at : at + ROWS_AT_ONCE].double().T for at in range(0, w.out_features, ROWS_AT_ONCE)]
    y = torch.cat(parts, dim=-1)
    return (y if bias is None else y + bias.double()).float()


def linear_float32(x: torch.Tensor, w: QuantizedTensor, bias: torch.Tensor | None = None) -> torch.Tensor:
    """The same in float32: what runs where no compiler is."""
    return torch.nn.functional.linear(x.float(), dense(w), bias)
