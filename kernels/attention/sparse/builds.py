"""The builds of sparse attention that must compile for every GPU we know: `python -m konspekt.kernels.triton.aot`."""

from __future__ import annotations

from typing import Any

from konspekt.kernels.attention.builds import attention_build
from konspekt.kernels.attention.recipe import RECIPES, Variant
from konspekt.kernels.attention.sparse.gpu import (
    COLUMNS,
    GATHERED,
    ROWS,
    pool_warps,
    select_warps,
    untuned_tile,
)
from konspekt.kernels.attention.sparse.kernel import (
    gather_kernel,
    pool_kernel,
    predict_kernel,
    select_kernel,
)
from konspekt.kernels.attention.sparse.recipe import K_BLOCK, Q_BLOCK
from konspekt.kernels.attention.support import HEAD_DIMS
from konspekt.kernels.shared.padding import padded
from konspekt.kernels.triton.build import Build

VARIANTS: tuple[Variant, ...] = ("int8", "int8_fp8", "int4_fp8")
WIDTHS = (16, 128, 512, 2048)  # blocks of keys in a row: up to 1k, 8k, 32k, 128k tokens


def walking_builds() -> list[Build]:
    """The attention kernel with a list to walk, without and with the second skip."""
    made = []
    for variant in VARIANTS:
        for head_dim in HEAD_DIMS:
            for arch in (89, 90) if RECIPES[variant].fp8 else (80, 89, 90):
                tile = untuned_tile(arch, variant, head_dim)
                made += [
                    attention_build(variant, head_dim, tile, (arch,), LISTED=True, SKIP=skip) for skip in (False, True)
                ]
    best = untuned_tile(90, "int8", 128)
    features: tuple[dict[str, Any], ...] = ({"causal": False}, {"WINDOW": True, "LSE": True}, {"VARLEN": True})
    return made + [attention_build("int8", 128, best, (90,), LISTED=True, **feature) for feature in features]


def choosing_builds() -> list[Build]:
    """The kernels that make the list."""
    made = []
    for head_dim in HEAD_DIMS:
        wide = padded(head_dim)
        for block, centred in ((Q_BLOCK, False), (K_BLOCK, True)):
            signature = _signature(pool_kernel, X="*bf16", CU="*i32", Centre="*fp32", Means="*fp32", Alike="*fp32")
            constants = {"HEAD_DIM": head_dim, "BLOCK_D": wide, "BLOCK": block, "VARLEN": False, "CENTRED": centred}
            warps = pool_warps(block, wide)
            made.append(Build(f"pool d{head_dim} of {block}", pool_kernel, signature, constants, warps))
        signature = _signature(predict_kernel, QMeans="*fp32", KMeans="*fp32", Scores="*fp32", factor="fp32")
        constants = {"BLOCK_D": wide, "ROWS": ROWS, "COLUMNS": COLUMNS}
        odd = frozenset({"q_blocks", "k_blocks", "group"})
        made.append(Build(f"predict d{head_dim}", predict_kernel, signature, constants, unaligned=odd))
    floats = dict.fromkeys(("Scores", "OfQ", "OfK", "Limits"), "*fp32") | {"scale": "fp32"}
    integers = dict.fromkeys(("List", "Count", "CuQ", "CuK"), "*i32")
    odd = frozenset({"q_length", "k_length", "q_blocks", "k_blocks", "group", "window"})
    for width in WIDTHS:
        for by_mass, each in ((True, True), (True, False), (False, True)):
            constants = {
                "EACH": each, "Q_BLOCK": Q_BLOCK, "K_BLOCK": K_BLOCK, "WIDTH": width, "BLOCK_D": 256,
                "BY_MASS": by_mass, "CAUSAL": True, "TOP_LEFT": False, "WINDOW": True, "VARLEN": True,
            }  # fmt: skip
            name = f"select of {width} by {'mass' if by_mass else 'number'}{'' if each else ', means'}"
            signature = _signature(select_kernel, **floats, **integers)
            made.append(Build(name, select_kernel, signature, constants, select_warps(width), unaligned=odd))
    signature = _signature(gather_kernel, Delta="*fp32", Scores="*fp32", CuK="*i32")
    constants = {"K_BLOCK": K_BLOCK, "COLUMNS": GATHERED, "VARLEN": True}
    odd = frozenset({"k_length", "q_blocks", "k_blocks"})
    return [*made, Build("gather", gather_kernel, signature, constants, unaligned=odd)]


def _signature(kernel: Any, **types: str) -> dict[str, str]:
    return dict.fromkeys(kernel.arg_names, "i32") | types


def BUILDS() -> list[Build]:
    return walking_builds() + choosing_builds()
