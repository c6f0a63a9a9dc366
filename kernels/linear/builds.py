"""The builds of the matrix products that must compile for every GPU we know: `python -m kernels.triton.aot`."""

from __future__ import annotations

from typing import Any

from kernels.linear.gpu import constants
from kernels.linear.gpu_configs import GEMV_ROWS, Tile, gemm_tile, gemv_tile
from kernels.linear.gpu_kernel import gemm_kernel, gemv_kernel
from kernels.linear.gpu_layout import WALKS, Walk
from kernels.linear.grouped import WALKS as GROUPED
from kernels.triton.build import Build

GEMM_ROWS = (16, 32, 64, 128)


def build(  # noqa: PLR0917
    name: str, walk: Walk, few: bool, tile: Tile, dtype: str, architectures: tuple[int, ...] = (80, 89, 90)
) -> Build:
    kernel = gemv_kernel if few else gemm_kernel
    signature = dict.fromkeys(kernel.arg_names, "i32") | {
        **dict.fromkeys(("Codes", "High", "Scales"), "*u8"),
        **dict.fromkeys(("Levels", "Bias", "Out"), "*fp32"),
        "X": f"*{dtype}",
        "D": "*fp16",
    }
    fixed: dict[str, Any] = {
        "ROWS" if few else "BLOCK_M": tile.rows, "BLOCK_N": tile.outputs, "BLOCK_C": tile.chunks,
        "HAS_BIAS": True, "stride_xk": 1, **constants(walk, name, 128 if name.startswith("INT") else 0),
    }  # fmt: skip
    return Build(
        f"{name} {'gemv' if few else 'gemm'} {tile.rows} {dtype}", kernel, signature, fixed, tile.warps, tile.stages,
        architectures, () if few or dtype == "fp32" else (dtype,), unaligned=frozenset({"M", "N"}),
    )  # fmt: skip


def BUILDS() -> list[Build]:
    """Every format, every tile that the launcher may choose; bfloat16 and float32 for one format."""
    found = []
    for name, walk in (WALKS | {f"INT{bits}": walk for bits, walk in GROUPED.items()}).items():
        types = ("fp16", "bf16", "fp32") if name == "Q4_K" else ("fp16",)
        for dtype in types:
            sizes = sorted({1 << (rows - 1).bit_length() for rows in range(1, GEMV_ROWS + 1)})
            found += [build(name, walk, True, gemv_tile(walk, rows), dtype) for rows in sizes]
            for these in ((80, 89), (90,)):
                tiles = {gemm_tile(walk, rows, 4 if dtype == "fp32" else 2, these[0]) for rows in GEMM_ROWS}
                found += [build(name, walk, False, tile, dtype, these) for tile in sorted(tiles, key=lambda t: t.rows)]
    return found
