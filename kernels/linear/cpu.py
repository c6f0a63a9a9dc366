"""`linear` through the C++ backend (kernels/cpu/linear_impl.h)."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import torch

from konspekt.kernels.cpu import library, packed
from konspekt.kernels.linear import float32
from konspekt.kernels.packed import Packed
from konspekt.kernels.tensor import QuantizedTensor

AT_ONCE = 4  # GROUP_MAX of linear.h


def linear_group(
    x: torch.Tensor, weights: Sequence[Packed], biases: Sequence[torch.Tensor | None]
) -> list[torch.Tensor]:
    """The C++ kernels have GGUF's formats; each weight of another kind is multiplied by torch."""
    ours = [w for w in weights if isinstance(w, QuantizedTensor)]
    if len(ours) == len(weights):
        return _group(x, ours, biases)
    results: list[torch.Tensor] = []
    for w, bias in zip(weights, biases, strict=True):
        results += _group(x, [w], [bias]) if isinstance(w, QuantizedTensor) else float32.linear_group(x, [w], [bias])
    return results


def place(w: Packed, device: torch.device) -> None:
    """Repack now what the C++ kernels read."""
    if isinstance(w, QuantizedTensor):
        packed(w)


def _group(
    x: torch.Tensor, weights: Sequence[QuantizedTensor], biases: Sequence[torch.Tensor | None]
) -> list[torch.Tensor]:
    if len(weights) > AT_ONCE:
        return [
            *_group(x, weights[:AT_ONCE], biases[:AT_ONCE]),
            *_group(x, weights[AT_ONCE:], biases[AT_ONCE:]),
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
