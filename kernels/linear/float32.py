"""`linear` in torch's float32: what runs where there is no compiler, and what the C++ kernels leave to others."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from konspekt.kernels.linear import reference
from konspekt.kernels.packed import Packed


def linear_group(
    x: torch.Tensor, weights: Sequence[Packed], biases: Sequence[torch.Tensor | None]
) -> list[torch.Tensor]:
    return [reference.linear_float32(x, w, bias) for w, bias in zip(weights, biases, strict=True)]
