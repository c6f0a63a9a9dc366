"""The builds of the experts' products that must compile for every GPU we know: `python -m kernels.triton.aot`."""

from __future__ import annotations

import itertools
from typing import Any

from kernels.linear.gpu import constants
from kernels.linear.gpu_configs import gemm_tile, gemv_tile
from kernels.linear.gpu_layout import WALKS
from kernels.moe.gpu_kernel import moe_gemm_kernel, moe_gemv_kernel
from kernels.triton.build import Build

SIZES = (16, 32, 64)  # slots of a block, see gpu.rows_of_block


def _signature(kernel: Any) -> dict[str, str]:
    return dict.fromkeys(kernel.arg_names, "i32") | {
        **dict.fromkeys(("Codes", "High", "Scales"), "*u8"), **dict.fromkeys(("Levels", "Out"), "*fp32"), "X": "*bf16",
        "D": "*fp16", "Chosen": "*i64", "Sorted": "*i32", "Expert": "*i32",
    }  # fmt: skip


def BUILDS() -> list[Build]:
    found, loose = [], frozenset({"share", "N"})
    for name, walk in WALKS.items():
        fixed, tile = constants(walk, name), gemv_tile(walk, 1)
        sizes = {"BLOCK_N": tile.outputs, "BLOCK_C": tile.chunks}
        signature = _signature(moe_gemv_kernel)
        found.append(
            Build(f"experts {name} gemv", moe_gemv_kernel, signature, sizes | fixed, tile.warps, tile.stages,
                  unaligned=loose),
        )  # fmt: skip
        signature = _signature(moe_gemm_kernel)
        for rows, these in itertools.product(SIZES, ((80, 89), (90,))):
            tile = gemm_tile(walk, rows, 2, these[0])
            sizes = {"BLOCK_M": rows, "BLOCK_N": tile.outputs, "BLOCK_C": tile.chunks}
            found.append(
                Build(f"experts {name} gemm {rows}", moe_gemm_kernel, signature, sizes | fixed, tile.warps,
                      tile.stages, these, ("bf16",), unaligned=loose),
            )  # fmt: skip
    return found
