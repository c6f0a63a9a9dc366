"""Quantised attention and low-bit matrix products: one numeric contract, several backends.

>>> w = QuantizedTensor.from_gguf(data, "Q4_K", (out_features, in_features))
>>> y = linear(x, w)
"""

from kernels.attention import attention
from kernels.attention.sdpa import sdpa
from kernels.attention.sparse_recipe import SparseRecipe
from kernels.backend import backend, use
from kernels.decoder import Decoder, Layer
from kernels.embedding import embedding
from kernels.errors import BackendUnavailable, KernelError
from kernels.gated import gated
from kernels.kv_cache import KVCache, PagedBatch, hadamard
from kernels.linear import linear, linear_group
from kernels.moe import Experts, mixture
from kernels.paged_attention import paged_attention
from kernels.prepare import get_threads, prepare, set_threads
from kernels.rms_norm import rms_norm
from kernels.rope import rope, rope_frequencies
from kernels.rope.fused import rope_and_store
from kernels.tensor import QuantizedTensor

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
