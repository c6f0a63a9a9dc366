"""The builds of the matrix products that must compile for every GPU we know (`konspekt.kernels.triton.aot`)."""

from __future__ import annotations

from typing import Any

from konspekt.kernels.linear.arrange import GROUPED
from konspekt.kernels.linear.gpu.codes_kernel import codes_kernel, quantize_kernel
from konspekt.kernels.linear.gpu.configs import (
    GEMV_ROWS,
    Tile,
    codes_tile,
    few_tile,
    gemm_tile,
    held_bytes,
)
from konspekt.kernels.linear.gpu.gemm_kernel import gemm_kernel
from konspekt.kernels.linear.gpu.gemv_kernel import gemv_kernel
from konspekt.kernels.linear.gpu.launch import constants
from konspekt.kernels.linear.gpu.layout import WALKS, Walk
from konspekt.kernels.linear.gpu.rows import WALKS as ROWS
from konspekt.kernels.triton.build import Build

GEMM_ROWS = (16, 32, 64, 128)


def build(  # noqa: PLR0917
    name: str, walk: Walk, few: bool, tile: Tile, dtype: str, architectures: tuple[int, ...] = (80, 89, 90),
    experts: bool = False,
) -> Build:  # fmt: skip
    kernel = gemv_kernel if few else gemm_kernel
    shape = {"ROWS": tile.rows, "PARTS": tile.chunks, "HELD": held_bytes(walk, 4 if dtype == "fp32" else 2)}
    if not few:
        shape = {"BLOCK_M": tile.rows, "BLOCK_C": tile.chunks}
    signature = dict.fromkeys(kernel.arg_names, "i32") | {
        **dict.fromkeys(("Codes", "High", "Scales"), "*u8"),
        **dict.fromkeys(("Levels", "Bias", "Out"), "*fp32"),
        "X": f"*{dtype}",
        "D": "*fp32" if name in ROWS else "*fp16",
        "Order": "*i32",
        "Expert": "*i64" if few else "*i32",
    }
    if name.startswith("E8P"):  # codes of 16 bits, and of 8 or 16 for what they leave; a table of words
        signature |= {"Codes": "*i16", "High": "*i16" if name == "E8P4" else "*u8", "Levels": "*i32"}
    fixed: dict[str, Any] = {
        **shape, "BLOCK_N": tile.outputs, "EXPERTS": experts, "HAS_BIAS": not experts, "stride_xk": 1,
        **constants(walk, name, 128 if name in {"INT4", "INT8"} else 0),
    }  # fmt: skip
    title = f"{name} gemv {tile.rows} {dtype} {tile.outputs} outputs" if few else f"{name} gemm {tile.rows} {dtype}"
    return Build(
        f"experts {title}" if experts else title, kernel, signature, fixed, tile.warps, tile.stages, architectures,
        () if few or dtype == "fp32" else (dtype,), unaligned=frozenset({"M", "N", "share"}),
    )  # fmt: skip


def BUILDS() -> list[Build]:
    """Every format, every tile that the launcher may choose; bfloat16 and float32 for one format.

    E8P's few rows are float32 always: a rotation is not rounded for them (gpu_packed.py).
    """
    found = []
    for name, walk in (WALKS | ROWS | {f"INT{bits}": walk for bits, walk in GROUPED.items()}).items():
        types = ("fp16", "bf16", "fp32") if name in {"Q4_K", "E8P2"} else ("fp16",)
        for dtype in types:
            few = {few_tile(walk, rows, n) for rows in range(1, GEMV_ROWS + 1) for n in (1024, 1 << 20)}
            held = "fp32" if walk.lattice else dtype
            if dtype == types[0] or not walk.lattice:
                found += [
                    build(name, walk, True, tile, held) for tile in sorted(few, key=lambda t: (t.rows, t.outputs))
                ]
            for these in ((80, 89), (90,)):
                tiles = {gemm_tile(walk, rows, 4 if dtype == "fp32" else 2, these[0]) for rows in GEMM_ROWS}
                found += [build(name, walk, False, tile, dtype, these) for tile in sorted(tiles, key=lambda t: t.rows)]
    return found + _of_codes()


def _of_codes() -> list[Build]:
    """Products of codes, and rows of activations made into them."""
    found = []
    for kind, bits in (("i8", 8), ("i8", 4), ("fp8e4nv", 8)):
        for architecture in (80, 89, 90) if kind == "i8" else (89, 90):
            tiles = [codes_tile(rows, bits, architecture) for rows in GEMM_ROWS]
            found += [codes_build(kind, bits, tile, (architecture,)) for tile in tiles]
    every: dict[str, tuple[int, ...]] = {"i8": (80, 89, 90), "fp8e4nv": (89, 90)}
    for kind, these in every.items():
        fixed = {"FP8": kind != "i8", "BLOCK": 4096, "stride_xk": 1}
        signature = dict.fromkeys(quantize_kernel.arg_names, "i32") | {
            "X": "*fp16", "Out": f"*{kind}", "Scales": "*fp32"
        }  # fmt: skip
        found.append(Build(f"quantize rows {kind}", quantize_kernel, signature, fixed, 8, 2, these))
    return found


def codes_build(kind: str, bits: int, tile: Tile, these: tuple[int, ...]) -> Build:
    signature = dict.fromkeys(codes_kernel.arg_names, "i32") | {
        **dict.fromkeys(("XScales", "WScales", "Bias", "Out"), "*fp32"),
        **dict.fromkeys(("XSums", "WSums"), "*i32"),
        "X": f"*{kind}", "Codes": f"*{'u8' if bits == 4 else kind}",
    }  # fmt: skip
    odd = kind == "i8"
    fixed = {
        "BLOCK_M": tile.rows, "BLOCK_N": tile.outputs, "BLOCK_B": tile.chunks, "BITS": bits, "ODD": odd,
        "HAS_BIAS": True,
    }  # fmt: skip
    return Build(
        f"codes {kind} {bits} bits {tile.rows} rows", codes_kernel, signature, fixed, tile.warps, tile.stages, these,
        ("int8" if kind == "i8" else "fp8",), unaligned=frozenset({"M", "N", "K", "pieces"}),
    )  # fmt: skip
