"""The builds of the page writer that must compile for every GPU we know: `python -m konspekt.kernels.triton.aot`."""

from __future__ import annotations

from konspekt.kernels.hadamard.rotation import block_size
from konspekt.kernels.kv_cache.gpu import rows_at_once
from konspekt.kernels.kv_cache.gpu_kernel import store_kernel
from konspekt.kernels.shared.limits import PAGE_BITS
from konspekt.kernels.shared.padding import padded
from konspekt.kernels.triton.build import Build

STORED = {"int8": "*i8", "int4": "*u8", "fp16": "*fp16"}


def store_build(kind: str, head_dim: int, longest: int, *, rope: bool) -> Build:
    size = block_size(head_dim)
    signature = dict.fromkeys(store_kernel.arg_names, "i32") | {
        **dict.fromkeys(("Q", "K", "V", "QOut"), "*bf16"), **dict.fromkeys(("Freq", "KScale", "VScale"), "*fp32"),
        "KPages": STORED[kind], "VPages": STORED[kind], **dict.fromkeys(("Table", "CuQ", "Context"), "*i32"),
    }  # fmt: skip
    constants = {
        "HEAD_DIM": head_dim, "BLOCK_D": padded(head_dim), "ROWS": rows_at_once(longest, head_dim),
        "BITS": PAGE_BITS[kind], "PAGE": 16, "ROPE": rope, "HALF": head_dim // 2, "NEOX": True,
        "ROTATE": kind != "fp16", "SIZE": size, "STEPS": size.bit_length() - 1,
    }  # fmt: skip
    name = f"store {kind} d{head_dim} {'decode' if longest == 1 else 'prompt'}{' with rope' if rope else ''}"
    return Build(name, store_kernel, signature, constants)


def BUILDS() -> list[Build]:
    return [
        store_build(kind, head_dim, longest, rope=rope)
        for kind in ("int8", "int4", "fp16")
        for head_dim in (64, 96, 128, 256)
        for longest in (1, 100)
        for rope in (True, False)
    ]
