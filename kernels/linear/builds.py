"""The builds of the matrix products that must compile for every GPU we know: `python -m kernels.triton.aot`."""

from __future__ import annotations

from typing import Any

from kernels.linear.gpu import constants
from kernels.linear.gpu_configs import GEMV_ROWS, Tile, gemm_tile, gemv_tile
from kernels.linear.gpu_kernel import gemm_kernel, gemv_kernel
from kernels.linear.gpu_layout import WALKS
from kernels.triton.build import Build

GEMM_ROWS = (16, 32, 64, 128)


def build(name: str, few: bool, tile: Tile, dtype: str) -> Build:
    kernel = gemv_kernel if few else gemm_kernel
    signature = dict.fromkeys(kernel.arg_names, "i32") | {
        **dict.fromkeys(("Codes", "High", "Scales"), "*u8"),
        **dict.fromkeys(("Levels", "Bias", "Out"), "*fp32"),
        "X": f"*{dtype}",
        "D": "*fp16",
    }
    fixed: dict[str, Any] = {
        "ROWS" if few else "BLOCK_M": tile.rows, "BLOCK_N": tile.outputs, "BLOCK_C": tile.chunks,
        "HAS_BIAS": True, "stride_xk": 1, **constants(WALKS[name], name),
    }  # fmt: skip
    return Build(
        f"{name} {'gemv' if few else 'gemm'} {tile.rows} {dtype}", kernel, signature, fixed, tile.warps, tile.stages,
        products=() if few or dtype == "fp32" else (dtype,), small_products=tile.outputs < 64,
        unaligned=frozenset({"M", "N"}),
    )  # fmt: skip


def BUILDS() -> list[Build]:
    """Every format, every tile that the launcher may choose; float32 and bfloat16 for one format."""
    found = []
    for name, walk in WALKS.items():
        types = ("fp16", "bf16", "fp32") if name == "Q4_K" else ("fp16",)
        for dtype in types:
            sizes = sorted({1 << (rows - 1).bit_length() for rows in range(1, GEMV_ROWS + 1)})
            found += [build(name, True, gemv_tile(walk, rows), dtype) for rows in sizes]
            found += [build(name, False, gemm_tile(walk, rows), dtype) for rows in GEMM_ROWS]
    return found
