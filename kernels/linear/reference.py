"""The definition of `linear`: y = x · Wᵀ + b in float64, with the weights dequantised exactly.

Where a format quantises activations too (QuEST always; INT8 and FP8 from more than GEMV_ROWS rows of x), so does this.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from konspekt.kernels.formats import matquant, quest, rowwise
from konspekt.kernels.linear.gpu.configs import GEMV_ROWS
from konspekt.kernels.tensor import ROWS_AT_ONCE

if TYPE_CHECKING:
    from konspekt.kernels.packed import Packed

CACHE = "float32"  # the dequantised weights stay with the tensor: the reference runs whole models


def dense(w: Packed) -> torch.Tensor:
    """float32 [out_features, in_features], computed once."""
    key = f"{CACHE} {w.precision}" if isinstance(w, matquant.MatQuant) else CACHE
    if key not in w.prepared:
        w.prepared[key] = w.dequantize()
    return torch.as_tensor(w.prepared[key])


def linear(x: torch.Tensor, w: Packed, bias: torch.Tensor | None = None) -> torch.Tensor:
    """float64 sums, float32 result. x: [..., in_features] -> [..., out_features]."""
    y = _of_codes(x, w)
    if y is None:
        weight, wide = dense(w), x.double()
        parts = [wide @ weight[at : at + ROWS_AT_ONCE].double().T for at in range(0, w.shape[0], ROWS_AT_ONCE)]
        y = torch.cat(parts, dim=-1)
    return (y if bias is None else y + bias.double()).float()


def linear_group(
    x: torch.Tensor, weights: Sequence[Packed], biases: Sequence[torch.Tensor | None]
) -> list[torch.Tensor]:
    return [linear(x, w, bias) for w, bias in zip(weights, biases, strict=True)]


def _of_codes(x: torch.Tensor, w: Packed) -> torch.Tensor | None:
    """The product with quantised activations, float64; None where the format leaves them as they are."""
    rows = x.reshape(-1, x.shape[-1])
    if isinstance(w, quest.Quest):
        y = quest.product(quest.quantize_quest(rows, w.bits, w.seed), w)
    elif isinstance(w, rowwise.Rowwise) and len(rows) > GEMV_ROWS:
        codes = rowwise.quantize_rows(rows, "int8" if w.codes.dtype == torch.int8 else "fp8")
        y = rowwise.product(codes, w)
    else:
        return None
    return y.double().reshape(*x.shape[:-1], w.shape[0])


def linear_float32(x: torch.Tensor, w: Packed, bias: torch.Tensor | None = None) -> torch.Tensor:
    """The same in float32: what runs where there is no compiler."""
    y = _of_codes(x, w)
    if y is not None:
        return y.float() if bias is None else y.float() + bias
    return torch.nn.functional.linear(x.float(), dense(w), bias)
