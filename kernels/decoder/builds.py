"""The builds of what lies between a decoder's products (`konspekt.kernels.triton.aot`)."""

from __future__ import annotations

from typing import Any

from konspekt.kernels.decoder.gpu_kernel import heads_kernel
from konspekt.kernels.embedding.gpu import CHUNKS
from konspekt.kernels.embedding.gpu_kernel import embedding_kernel
from konspekt.kernels.gated.gpu import BLOCK
from konspekt.kernels.gated.gpu_kernel import gated_kernel
from konspekt.kernels.linear.gpu.launch import constants
from konspekt.kernels.linear.gpu.layout import WALKS
from konspekt.kernels.rms_norm.gpu import warps_for
from konspekt.kernels.rms_norm.gpu_kernel import norm_kernel
from konspekt.kernels.triton.build import Build

FLOATS = ("X", "Added", "AddedWeight", "Weight", "Q", "K", "QNorm", "KNorm", "Smooth", "Gate", "Up", "Levels")


def _signature(kernel: Any, out: str) -> dict[str, str]:
    return dict.fromkeys(kernel.arg_names, "i32") | {
        **dict.fromkeys(FLOATS, "*fp32"), **dict.fromkeys(("Codes", "High", "Scales"), "*u8"), "Ids": "*i64",
        "D": "*fp16", "Out": out, "eps": "fp32",
    }  # fmt: skip


def BUILDS() -> list[Build]:
    found = []
    for width in (1024, 4096, 8192):
        fixed = {"ADD": True, "NORM_ADDED": True, "NORM": True, "BLOCK": width}
        found.append(
            Build(f"add and norm {width}", norm_kernel, _signature(norm_kernel, "*bf16"), fixed, warps_for(width))
        )
    for dim in (64, 128, 256):
        signature = _signature(heads_kernel, "*fp32") | {"K": "*fp32"}
        fixed = {"NORM": True, "SMOOTH": True, "BLOCK": dim}
        found.append(Build(f"heads d{dim}", heads_kernel, signature, fixed, 1))
    fixed = {"SILU": False, "BLOCK": BLOCK}
    found.append(Build("gated", gated_kernel, _signature(gated_kernel, "*bf16"), fixed))
    for name, walk in WALKS.items():
        signature = _signature(embedding_kernel, "*fp32") | {"K": "i32"}
        found.append(
            Build(f"embedding {name}", embedding_kernel, signature, {"BLOCK_C": CHUNKS, **constants(walk, name)})
        )
    return found
