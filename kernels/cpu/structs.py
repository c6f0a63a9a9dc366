"""The C structures of kernels/cpu/*.h, field for field, and how a Python object becomes one."""

from __future__ import annotations

import ctypes

import torch

P, I32, I64, F32 = ctypes.c_void_p, ctypes.c_int32, ctypes.c_int64, ctypes.c_float
KINDS = ("fp16", "int8", "int4", "f32")


class CKvView(ctypes.Structure):
    _fields_ = (
        *(("kind", I32), ("rotate", I32), ("kv_heads", I64), ("head_dim", I64), ("page_size", I64)),
        *(("k", P), ("v", P), ("k_scale", P), ("v_scale", P), ("value_dim", I64)),
    )


class CAttentionJob(ctypes.Structure):
    _fields_ = (
        *(("kv", CKvView), ("sequences", I64), ("heads", I64), ("table_width", I64)),
        *(("starts", P), ("lengths", P), ("table", P), ("q", P), ("out", P)),
        *(("scale", F32), ("causal", I32), ("window", I64)),
    )


class CLatentJob(ctypes.Structure):
    _fields_ = (("job", CAttentionJob), ("latent_q", P))


class CLayer(ctypes.Structure):
    _fields_ = (
        *((name, P) for name in ("wq", "wk", "wv", "wo", "gate", "up", "down")),
        *((name, P) for name in ("attn_norm", "ffn_norm", "inv_freq")),
        *((name, P) for name in ("bq", "bk", "bv", "bo", "q_norm", "k_norm", "post_attn_norm", "post_ffn_norm")),
        ("k_smooth", P),
        *(("rope_half", I64), ("window", I64)),
        *(("wg", P), ("delta", P)),
    )


class CDecoder(ctypes.Structure):
    _fields_ = (
        *(("layers", P), ("count", I64), ("features", I64), ("heads", I64), ("kv_heads", I64), ("head_dim", I64)),
        *(("eps", F32), ("scale", F32), ("activation", I32), ("neox", I32)),
    )


class CDecoderBatch(ctypes.Structure):
    _fields_ = (
        *(("tokens", I64), ("sequences", I64), ("table_width", I64)),
        *(("starts", P), ("lengths", P), ("table", P), ("kv", P), ("uses", P)),
    )


class CDeltaNet(ctypes.Structure):
    _fields_ = (
        *((name, P) for name in ("mixed", "gate", "decay_in", "beta_in", "wo")),
        *((name, P) for name in ("conv", "decay", "dt_bias", "norm")),
        *((name, I64) for name in ("key_heads", "value_heads", "key_dim", "value_dim", "taps", "tiled")),
    )


class CStateUse(ctypes.Structure):
    _fields_ = (
        *(("read", P), ("journal", P), ("drafts", I64), ("writes", I64)),
        *(("after", I64 * 4), ("target", P * 4)),
    )


class CDeltaJob(ctypes.Structure):
    _fields_ = (
        *(("net", P), ("uses", P), ("starts", P), ("sequences", I64), ("layer", I64)),
        *(("mixed", P), ("decay", P), ("beta", P), ("out", P)),
    )


def float32(x: torch.Tensor) -> torch.Tensor:
    """Contiguous float32 on the CPU, copied only if it is not that already."""
    return x.to(torch.float32).contiguous()


def int32(x: torch.Tensor) -> torch.Tensor:
    return x.to(torch.int32).contiguous()
