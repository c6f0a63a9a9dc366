"""Quantised attention and low-bit matrix products: one numeric contract, several backends.

>>> from konspekt.kernels import QuantizedTensor, functional
>>> w = QuantizedTensor.from_gguf(data, "Q4_K", (out_features, in_features))
>>> y = functional.linear(x, w)
"""

from konspekt.kernels.attention.sparse.recipe import SparseRecipe
from konspekt.kernels.backends import backend, use
from konspekt.kernels.decoder import Decoder, Layer
from konspekt.kernels.delta import DeltaLayer, DeltaRule, DeltaSizes, StateUse
from konspekt.kernels.errors import BackendUnavailable, KernelError
from konspekt.kernels.kv_cache import KVCache, PagedBatch
from konspekt.kernels.latent import Latent
from konspekt.kernels.moe import Experts, Routing
from konspekt.kernels.preparing import get_threads, prepare, set_threads
from konspekt.kernels.tensor import QuantizedTensor

__all__ = [
    "BackendUnavailable",
    "Decoder",
    "DeltaLayer",
    "DeltaRule",
    "DeltaSizes",
    "Experts",
    "KVCache",
    "KernelError",
    "Latent",
    "Layer",
    "PagedBatch",
    "QuantizedTensor",
    "Routing",
    "SparseRecipe",
    "StateUse",
    "backend",
    "get_threads",
    "prepare",
    "set_threads",
    "use",
]
