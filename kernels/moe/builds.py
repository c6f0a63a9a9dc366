"""The builds of the experts' products that must compile for every GPU we know (`konspekt.kernels.triton.aot`)."""

from __future__ import annotations

import itertools

from konspekt.kernels.linear.builds import build
from konspekt.kernels.linear.gpu.configs import few_tile, gemm_tile
from konspekt.kernels.linear.gpu.layout import WALKS
from konspekt.kernels.triton.build import Build

SIZES = (16, 32, 64)  # slots per block, see gpu.rows_of_block


def BUILDS() -> list[Build]:
    found = []
    for name, walk in WALKS.items():
        few = sorted({few_tile(walk, 1, outputs) for outputs in (1024, 1 << 20)}, key=lambda tile: tile.outputs)
        found += [build(name, walk, True, tile, "bf16", experts=True) for tile in few]
        found += [
            build(name, walk, False, gemm_tile(walk, rows, 2, these[0]), "bf16", these, experts=True)
            for rows, these in itertools.product(SIZES, ((80, 89), (90,)))
        ]
    return found
