"""The operations as functions, each checked and sent to the backend that fits its tensors.

>>> from konspekt.kernels import QuantizedTensor, functional
>>> w = QuantizedTensor.from_gguf(data, "Q4_K", (out_features, in_features))
>>> y = functional.linear(x, w)

They are here, not in `konspekt.kernels` itself, because most have the name of the package that holds them.
"""

from __future__ import annotations

import torch

from konspekt.kernels.attention import attention
from konspekt.kernels.attention.sdpa import sdpa
from konspekt.kernels.backends import load
from konspekt.kernels.delta import delta_rule
from konspekt.kernels.embedding import embedding
from konspekt.kernels.gated import gated
from konspekt.kernels.hadamard.rotation import hadamard
from konspekt.kernels.linear import linear, linear_group
from konspekt.kernels.moe import mixture
from konspekt.kernels.paged_attention import paged_attention
from konspekt.kernels.rms_norm import rms_norm
from konspekt.kernels.rope import rope, rope_frequencies
from konspekt.kernels.rope.fused import rope_and_store
from konspekt.kernels.triton.available import installed

if torch.cuda.is_available() and installed():
    load("triton")

__all__ = [
    "attention",
    "delta_rule",
    "embedding",
    "gated",
    "hadamard",
    "linear",
    "linear_group",
    "mixture",
    "paged_attention",
    "rms_norm",
    "rope",
    "rope_and_store",
    "rope_frequencies",
    "sdpa",
]
