"""Quantised attention and low-bit matrix products: one numeric contract, several backends.

>>> w = QuantizedTensor.from_gguf(data, "Q4_K", (out_features, in_features))
>>> y = linear(x, w)
"""

from konspekt.kernels.attention import attention
from konspekt.kernels.attention.sdpa import sdpa
from konspekt.kernels.attention.sparse.recipe import SparseRecipe
from konspekt.kernels.backend import backend, use
from konspekt.kernels.decoder import Decoder, Layer
from konspekt.kernels.embedding import embedding
from konspekt.kernels.errors import BackendUnavailable, KernelError
from konspekt.kernels.gated import gated
from konspekt.kernels.kv_cache import KVCache, PagedBatch, hadamard
from konspekt.kernels.linear import linear, linear_group
from konspekt.kernels.moe import Experts, mixture
from konspekt.kernels.paged_attention import paged_attention
from konspekt.kernels.prepare import get_threads, prepare, set_threads
from konspekt.kernels.rms_norm import rms_norm
from konspekt.kernels.rope import rope, rope_frequencies
from konspekt.kernels.rope.fused import rope_and_store
from konspekt.kernels.tensor import QuantizedTensor

__all__ = [
    "BackendUnavailable",
    "Decoder",
    "Experts",
    "KVCache",
    "KernelError",
    "Layer",
    "PagedBatch",
    "QuantizedTensor",
    "SparseRecipe",
    "attention",
    "backend",
    "embedding",
    "gated",
    "get_threads",
    "hadamard",
    "linear",
    "linear_group",
    "mixture",
    "paged_attention",
    "prepare",
    "rms_norm",
    "rope",
    "rope_and_store",
    "rope_frequencies",
    "sdpa",
    "set_threads",
    "use",
]
