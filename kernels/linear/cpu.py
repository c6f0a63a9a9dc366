"""`linear` through the C++ backend (kernels/cpu/linear_impl.h)."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import torch

from konspekt.kernels.cpu import library, packed
from konspekt.kernels.tensor import QuantizedTensor

AT_ONCE = 4  # GROUP_MAX of linear.h


def linear_group(
    x: torch.Tensor, weights: Sequence[QuantizedTensor], biases: Sequence[torch.Tensor | None]
) -> list[torch.Tensor]:
    if len(weights) > AT_ONCE:
        return [
            *linear_group(x, weights[:AT_ONCE], biases[:AT_ONCE]),
            *linear_group(x, weights[AT_ONCE:], biases[AT_ONCE:]),
        ]
    rows = x.reshape(-1, x.shape[-1]).to(torch.float32).contiguous()
    held = [None if bias is None else bias.to(torch.float32).contiguous() for bias in biases]
    results = [torch.empty(*x.shape[:-1], w.out_features) for w in weights]
    pointers = ctypes.c_void_p * len(weights)
    library().ks_linear(
        rows.data_ptr(),
        len(rows),
        len(weights),
        pointers(*(packed(w).address for w in weights)),
        pointers(*(None if bias is None else bias.data_ptr() for bias in held)),
        pointers(*(result.data_ptr() for result in results)),
    )
    return results
