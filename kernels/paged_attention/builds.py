"""The builds of paged attention that must compile for every GPU we know: `python -m konspekt.kernels.triton.aot`."""

from __future__ import annotations

from konspekt.kernels.attention.support import HEAD_DIMS
from konspekt.kernels.hadamard.rotation import block_size
from konspekt.kernels.paged_attention.gpu import (
    LEAST_KEYS,
    keys_at_once,
    rows_at_once,
    warps_for,
)
from konspekt.kernels.paged_attention.gpu_kernel import combine_kernel, paged_kernel
from konspekt.kernels.shared.limits import PAGE_BITS
from konspekt.kernels.shared.padding import padded
from konspekt.kernels.triton.build import Build

STORED = {"int8": "*i8", "int4": "*u8", "fp16": "*fp16"}


def paged_build(kind: str, head_dim: int, group: int, longest: int, *, dtype: str = "bf16") -> Build:
    """longest 1: a step of single tokens; more: prompts."""
    size, rows = block_size(head_dim), rows_at_once(group, longest, head_dim)
    signature = dict.fromkeys(paged_kernel.arg_names, "i32") | {
        "Q": f"*{dtype}", "K": STORED[kind], "V": STORED[kind], "factor": "fp32",
        **dict.fromkeys(("KScale", "VScale", "Out", "Lse"), "*fp32"),
        **dict.fromkeys(("Table", "CuQ", "Context"), "*i32"),
    }  # fmt: skip
    constants = {
        "HEAD_DIM": head_dim, "BLOCK_D": padded(head_dim), "BITS": PAGE_BITS[kind], "PAGE": 16, "ROWS": rows,
        "HEADS": 1 << (group - 1).bit_length(), "BLOCK_N": keys_at_once(rows, head_dim), "ROTATE": kind != "fp16",
        "SIZE": size, "STEPS": size.bit_length() - 1, "WINDOW": False, "LEAST": LEAST_KEYS,
    }  # fmt: skip
    return Build(
        f"paged {kind} d{head_dim} {'decode' if longest == 1 else 'prompt'} group {group}",
        paged_kernel, signature, constants, warps=warps_for(rows, head_dim), stages=3,
        products=("fp16",) if kind == "fp16" else ("int8", "fp16"),
        small_products=rows < 64,
    )  # fmt: skip


def combine_build(head_dim: int) -> Build:
    signature = dict.fromkeys(combine_kernel.arg_names, "i32") | {
        "Parts": "*fp32", "Lses": "*fp32", "Out": "*bf16",
    }  # fmt: skip
    constants = {"HEAD_DIM": head_dim, "BLOCK_D": padded(head_dim), "SPLITS": 64}
    return Build(f"combine d{head_dim}", combine_kernel, signature, constants)


def BUILDS() -> list[Build]:
    made = [
        paged_build(kind, head_dim, group, longest)
        for kind in ("int8", "int4", "fp16")
        for head_dim in HEAD_DIMS
        for group, longest in ((1, 1), (6, 1), (6, 100))
    ]
    return made + [combine_build(head_dim) for head_dim in (128, 256)]
