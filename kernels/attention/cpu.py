"""`attention` through the C++ backend: contiguous keys are a cache whose pages are as long as a sequence."""

from __future__ import annotations

import ctypes

import torch

from konspekt.kernels.cpu import library
from konspekt.kernels.cpu.structs import (
    KINDS,
    CAttentionJob,
    CKvView,
    float32,
)


def attention(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, *, causal: bool, scale: float, window: int | None
) -> torch.Tensor:
    (batch, heads, q_len, dim), (kv_heads, k_len) = q.shape, k.shape[1:3]
    rows, keys, values = float32(q.transpose(1, 2)), float32(k), float32(v)  # rows: [batch, q_len, heads, dim]
    out = torch.empty_like(rows)
    starts = torch.arange(batch + 1, dtype=torch.int32) * q_len
    lengths = torch.full((batch,), k_len, dtype=torch.int32)
    table = torch.arange(batch, dtype=torch.int32)
    view = CKvView(KINDS.index("f32"), 0, kv_heads, dim, k_len, keys.data_ptr(), values.data_ptr(), None, None)
    arrays = (starts.data_ptr(), lengths.data_ptr(), table.data_ptr(), rows.data_ptr(), out.data_ptr())
    job = CAttentionJob(view, batch, heads, 1, *arrays, scale, int(causal), window or 0)
    library().ks_attend(ctypes.byref(job))
    return out.transpose(1, 2)
