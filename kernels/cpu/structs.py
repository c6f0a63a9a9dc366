"""The C structures of kernels/cpu/*.h, field for field, and how a Python object becomes one."""

from __future__ import annotations

import ctypes

import torch

from kernels.errors import KernelError
from kernels.kv_cache import KVCache, PagedBatch

P, I32, I64, F32 = ctypes.c_void_p, ctypes.c_int32, ctypes.c_int64, ctypes.c_float
KINDS = ("fp16", "int8", "int4", "f32")


class CKvView(ctypes.Structure):
    _fields_ = (
        *(("kind", I32), ("rotate", I32), ("kv_heads", I64), ("head_dim", I64), ("page_size", I64)),
        *(("k", P), ("v", P), ("k_scale", P), ("v_scale", P)),
    )


class CAttentionJob(ctypes.Structure):
    _fields_ = (
        *(("kv", CKvView), ("sequences", I64), ("heads", I64), ("table_width", I64)),
        *(("starts", P), ("lengths", P), ("table", P), ("q", P), ("out", P)),
        *(("scale", F32), ("causal", I32), ("window", I64)),
    )


class CLayer(ctypes.Structure):
    _fields_ = (
        *((name, P) for name in ("wq", "wk", "wv", "wo", "gate", "up", "down")),
        *((name, P) for name in ("attn_norm", "ffn_norm", "inv_freq")),
        *((name, P) for name in ("bq", "bk", "bv", "bo", "q_norm", "k_norm", "post_attn_norm", "post_ffn_norm")),
        ("k_smooth", P),
        *(("rope_half", I64), ("window", I64)),
    )


class CDecoder(ctypes.Structure):
    _fields_ = (
        *(("layers", P), ("count", I64), ("features", I64), ("heads", I64), ("kv_heads", I64), ("head_dim", I64)),
        *(("eps", F32), ("scale", F32), ("activation", I32), ("neox", I32)),
    )


class CDecoderBatch(ctypes.Structure):
    _fields_ = (
        *(("tokens", I64), ("sequences", I64), ("table_width", I64)),
        *(("starts", P), ("lengths", P), ("table", P), ("kv", P)),
    )


def float32(x: torch.Tensor) -> torch.Tensor:
    """Contiguous float32 on the CPU, copied only if it is not that already."""
    return x.to(torch.float32).contiguous()


def int32(x: torch.Tensor) -> torch.Tensor:
    return x.to(torch.int32).contiguous()


def kv_view(cache: KVCache, layer: int) -> CKvView:
    scaled = cache.kind != "fp16"
    return CKvView(
        KINDS.index(cache.kind),
        int(cache.rotate),
        cache.kv_heads,
        cache.head_dim,
        cache.page_size,
        cache.k[layer].data_ptr(),
        cache.v[layer].data_ptr(),
        cache.k_scale[layer].data_ptr() if scaled else None,
        cache.v_scale[layer].data_ptr() if scaled else None,
    )


class CBatch:
    """The int32 arrays of a `PagedBatch`, held for the length of a call.

    Raises: KernelError where C++ would read a page that is not there.
    """

    def __init__(self, batch: PagedBatch, cache: KVCache) -> None:
        self.starts, self.lengths = int32(batch.cu_seqlens), int32(batch.context_lens)
        self.table = int32(batch.block_table)
        self.sequences, self.width = self.table.shape
        if len(self.starts) != self.sequences + 1 or len(self.lengths) != self.sequences:
            raise KernelError(f"{self.sequences} block tables, {len(self.lengths)} lengths, {len(self.starts)} starts")
        if self.sequences and int(self.lengths.max()) > self.width * cache.page_size:
            raise KernelError(f"a context of {int(self.lengths.max())} keys needs more than {self.width} pages")
        if self.table.numel() and (int(self.table.min()) < 0 or int(self.table.max()) >= cache.pages):
            needed = torch.arange(self.width)[None] * cache.page_size < self.lengths[:, None]
            read = self.table[needed]  # entries beyond a context may be anything
            if len(read) and (int(read.min()) < 0 or int(read.max()) >= cache.pages):
                raise KernelError(f"a block table names page {int(read.max())} of {cache.pages}, or one below zero")
        self.pointers = (self.starts.data_ptr(), self.lengths.data_ptr(), self.table.data_ptr())
