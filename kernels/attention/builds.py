"""The builds of the attention kernels that must compile for every GPU we know (`konspekt.kernels.triton.aot`)."""

from __future__ import annotations

from typing import Any

from konspekt.kernels.attention import configs
from konspekt.kernels.attention.gpu.balance import balance_kernel
from konspekt.kernels.attention.gpu.delta import block_means_kernel, delta_kernel
from konspekt.kernels.attention.gpu.kernel import attention_kernel
from konspekt.kernels.attention.gpu.quantize import (
    finish_statistics_kernel,
    partial_statistics_kernel,
    quantize_keys_kernel,
    quantize_values_kernel,
)
from konspekt.kernels.attention.gpu.queries import quantize_queries_kernel
from konspekt.kernels.attention.recipe import (
    RECIPES,
    SMOOTH_BLOCK,
    Recipe,
    Variant,
)
from konspekt.kernels.attention.support import HEAD_DIMS
from konspekt.kernels.hadamard.rotation import block_size
from konspekt.kernels.shared.padding import padded
from konspekt.kernels.triton.build import Build

NAMES: tuple[Variant, ...] = ("sage", "int8", "int8_fp8", "int4_fp8")


def attention_build(
    variant: Variant,
    head_dim: int,
    tile: configs.Tile,
    architectures: tuple[int, ...],
    *,
    dtype: str = "fp16",
    causal: bool = True,
    recipe: Recipe | None = None,
    note: str = "",
    **features: Any,
) -> Build:
    """One configuration of the attention kernel; `features` sets WINDOW, MASK, VARLEN, LSE, TOP_LEFT."""
    r = recipe or RECIPES[variant]
    shown = "".join(f" {key.lower()}" for key, value in features.items() if value)
    name = f"{variant} d{head_dim} {tile.block_m}x{tile.block_n} w{tile.warps} s{tile.stages}"
    signature = dict.fromkeys(attention_kernel.arg_names, "i32") | {
        "Out": f"*{dtype}", "Q": "*i8", "K": "*i8", "V": "*fp8e4nv" if r.fp8 else f"*{dtype}",
        **dict.fromkeys(("QScale", "QTaken", "KScale", "VMean", "VScale", "Delta", "Lse"), "*fp32"),
        "Mask": "*i8", "CuQ": "*i32", "CuK": "*i32",
        "Lists": "*i32", "Counts": "*i32", "Limits": "*fp32",
    }  # fmt: skip
    constants = {
        "HEAD_DIM": head_dim, "BLOCK_D": padded(head_dim), "BLOCK_M": tile.block_m, "BLOCK_N": tile.block_n,
        "LEVELS": r.levels, "K_GROUP": r.k_group,
        "SMOOTH_Q": r.smooth_q, "FP8": r.fp8, "FP16_SUMS": r.fp16_sums, "BACKWARDS": r.backwards, "CAUSAL": causal,
        "SMOOTH_BLOCK": SMOOTH_BLOCK, "TOP_LEFT": False, "WINDOW": False, "MASK": 0, "VARLEN": False, "LSE": False,
        "LISTED": False, "SKIP": False, **features,
    }  # fmt: skip
    name += f"{'' if causal else ' full'}{shown}{note}"
    return Build(
        name, attention_kernel, signature, constants, tile.warps, tile.stages, architectures,
        ("int8", "fp8" if r.fp8 else dtype), unaligned=frozenset({"mask_q", "mask_k"}),
    )  # fmt: skip


def helper_builds(head_dim: int = 128) -> list[Build]:
    """The kernels around the attention kernel: statistics, quantisation, ΔS."""
    wide, both = padded(head_dim), (80, 89, 90)
    d = {"HEAD_DIM": head_dim, "BLOCK_D": wide, "VARLEN": False}
    turn = {"ROTATE": True, "SIZE": block_size(head_dim), "STEPS": block_size(head_dim).bit_length() - 1}
    floats = dict.fromkeys(("Sums", "Lows", "Highs", "Mean", "Means", "Scale", "Scales", "KMean", "Delta", "Balance",
                            "Variance", "Spreads", "QSpreads", "KSpreads", "KMeans", "Taken"), "*fp32")  # fmt: skip
    inputs = {
        **dict.fromkeys(("X", "K", "V", "Q"), "*bf16"),
        **dict.fromkeys(("CU", "CuQ", "CuK"), "*i32"),
        **dict.fromkeys(("largest_code", "factor"), "fp32"),
    }
    coded: tuple[tuple[Any, dict[str, Any]], ...] = (
        (quantize_keys_kernel, {"LEVELS": 127}),
        (quantize_keys_kernel, {"LEVELS": 7}),
        (quantize_queries_kernel, {"LEVELS": 127, "SMOOTH": True, "TAKEN": False}),
    )
    listed: list[tuple[Any, dict[str, Any], str, tuple[int, ...]]] = [
        (kernel, {**given, "GROUP": 1, "BLOCK": 128, "BALANCE": True, "PRODUCT": wanted, **turn}, "*i8", where)
        for wanted, where in ((False, (80, 89)), (True, (90,)))
        for kernel, given in coded
    ]
    listed += [
        (partial_statistics_kernel, {"CHUNK": 2048, "BLOCK": 64, "RANGE": True}, "", both),
        (finish_statistics_kernel, {"RANGE": True, "SMOOTH": True}, "", both),
        (balance_kernel, {"SMOOTH_BLOCK": SMOOTH_BLOCK, "BLOCKS": 16}, "", both),
        (quantize_values_kernel, {"BLOCK": 128}, "*fp8e4nv", (89, 90)),
        (block_means_kernel, {"BLOCK": SMOOTH_BLOCK}, "", both),
        (delta_kernel, {"BLOCK": 128}, "", both),
    ]
    made = []
    for kernel, constants, code, where in listed:
        signature = dict.fromkeys(kernel.arg_names, "i32") | floats | inputs | {"Codes": code}
        name = f"{kernel.__name__.removesuffix('_kernel')} d{head_dim} {constants.get('LEVELS', '')}".strip()
        warps = wide // 16 if kernel in (quantize_keys_kernel, quantize_queries_kernel) else 4
        known = {key: value for key, value in {**d, **constants}.items() if key in kernel.arg_names}
        made.append(Build(name, kernel, signature, known, warps, architectures=where))
    return made


def tiles(variant: Variant, head_dim: int) -> list[Build]:
    """Every tile on offer, causal and not. " first" in a name: what is launched where nothing was tuned."""
    made = []
    for arch in (80, 89, 90):
        if RECIPES[variant].fp8 and arch == 80:
            continue
        for place, tile in enumerate(configs.candidates(arch, variant, head_dim)):
            note = "" if place else " first"
            made += [attention_build(variant, head_dim, tile, (arch,), causal=c, note=note) for c in (True, False)]
    return made


def feature_builds() -> list[Build]:
    """Windows, masks, packed batches, fine scales: on the tile that they are launched with."""
    best = configs.candidates(90, "int8", 128)[0]
    return [
        attention_build("int8", 128, best, (90,), dtype="bf16", WINDOW=True, LSE=True),
        attention_build("int8", 128, configs.MASKED, (80, 89, 90), MASK=1, LSE=True, causal=False),
        attention_build("int8", 128, configs.MASKED, (80, 89, 90), MASK=2, causal=True),
        attention_build("int8", 128, best, (90,), VARLEN=True, LSE=True),
        attention_build("int8", 128, best, (90,), recipe=Recipe(k_group=1, q_group=32), note=" fine keys"),
        attention_build("int8", 128, best, (90,), recipe=Recipe(fp16_sums=True), note=" fp16 sums"),
    ]


def BUILDS() -> list[Build]:
    made = [build for variant in NAMES for head_dim in HEAD_DIMS for build in tiles(variant, head_dim)]
    return made + feature_builds() + helper_builds()
