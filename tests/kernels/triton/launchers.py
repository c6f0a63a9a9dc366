"""Called in the interpreter's process: launches with what the public functions do not let one choose."""

from __future__ import annotations

from typing import Any

import torch

from kernels.attention import gpu
from kernels.attention.recipe import Recipe


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, recipe: Recipe, **options: Any) -> Any:
    return gpu.attend(gpu.rows_of(q), gpu.rows_of(k), gpu.rows_of(v), recipe, with_lse=True, **options)
