"""Sparse attention on a GPU: checks against its definition, then what a share of the blocks costs, the choice apart."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import torch

from benchmarks.gpu.attention.checks import (
    Plan,
    Row,
    random,
    rows_cosine,
    variants,
)
from benchmarks.gpu.attention.peers import FLASH, peer
from benchmarks.gpu.attention.timing import HEADS, milliseconds
from konspekt.kernels import functional
from konspekt.kernels.attention import launch as gpu
from konspekt.kernels.attention.recipe import RECIPES, Variant
from konspekt.kernels.attention.sparse import gpu as sparse_gpu
from konspekt.kernels.attention.sparse import reference as sparse_reference
from konspekt.kernels.attention.sparse.recipe import SparseRecipe, Thresholds

# against the definition with the same arithmetic: float32 against float64, and codes that fall on a border
SAME = 0.999
SHARES = (1.0, 0.5, 0.25, 0.1)


def plan(device: torch.device, *, small: bool, quick: bool = False) -> Plan:
    found: Plan = []
    for variant in (v for v in variants(device) if v in ("int8", "int8_fp8")):
        dims = (64,) if small else (64, 128) if quick else (64, 96, 128, 256)
        found += [("against_definition", {"variant": variant, "dim": dim}) for dim in dims]
        found += [("nothing_skipped", {"variant": variant, "dim": dim}) for dim in dims]
    return found


def wander(device: torch.device, heads: int, length: int, dim: int, seed: int) -> torch.Tensor:
    """Rows of a text that changes its subject every 200 tokens: [1, heads, length, dim]."""
    subjects = random((1, 1, 7, dim), device, torch.float32, 0)[:, :, torch.arange(-(-length // 200)) * 3 % 7]
    rows = subjects.repeat_interleave(200, dim=2)[:, :, :length]
    return (rows + random((1, heads, length, dim), device, torch.float32, seed)).half()


def inputs(device: torch.device, dim: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    heads, kv_heads, q_len, k_len = (2, 1, 150, 500) if device.type == "cpu" else (6, 2, 700, 3000)
    q, k = wander(device, heads, q_len, dim, 1), wander(device, kv_heads, k_len, dim, 2)
    return q, k, random((1, kv_heads, k_len, dim), device, torch.float16, 3)


def against_definition(device: torch.device, variant: Variant, dim: int) -> Row:
    """The output, and the share of blocks that the definition computes here."""
    q, k, v = inputs(device, dim)
    recipe = SparseRecipe(mass=0.7, spread=1.6)
    limits = Thresholds.of(recipe, q.shape[1])
    got = functional.attention(q, k, v, variant=variant, sparse=recipe, strict=True)
    options: dict[str, Any] = {"causal": True, "scale": dim**-0.5}
    want, _ = sparse_reference.attend(q, k, v, RECIPES[variant], limits, **options)
    share = float(sparse_reference.choose(q, k, limits, **options).share.mean())
    cosine = rows_cosine(got, want)
    finite = bool(torch.isfinite(got).all())
    return {"what": f"sparse {variant} d{dim}", "mean_cosine": float(cosine.mean()),
            "worst_cosine": float(cosine.min()), "computed": share,
            "good": finite and float(cosine.mean()) >= SAME and share < 1}  # fmt: skip


def nothing_skipped(device: torch.device, variant: Variant, dim: int) -> Row:
    """Thresholds that keep everything, on the tile of the sparse kernel: the dense result, to the last bit."""
    q, k, v = inputs(device, dim)
    tile = sparse_gpu.sparse_tile(device, variant, dim, causal=True)
    rows = gpu.rows_of(q), gpu.rows_of(k), gpu.rows_of(v)
    limits = Thresholds.of(SparseRecipe(mass=1.0), q.shape[1])
    options: dict[str, Any] = {"causal": True, "scale": dim**-0.5, "tile": tile}
    got, want = (gpu.attend(*rows, RECIPES[variant], **options, sparse=x)[0] for x in (limits, None))
    cosine = rows_cosine(got, want)
    # a GPU's compiler may fuse the two kernels' sums differently
    same = bool(torch.equal(got, want)) if device.type == "cpu" else float(cosine.min()) >= 0.9999
    return {"what": f"sparse {variant} d{dim}, nothing skipped", "worst_cosine": float(cosine.min()), "good": same}


def cases(*, quick: bool) -> Iterator[Row]:
    lengths = (8192,) if quick else (32768, 8192, 65536, 16384)
    for length, variant in itertools.product(lengths, ("int8",) if quick else ("int8", "int8_fp8")):
        yield {"length": length, "variant": variant, "dim": 128, "heads": HEADS if length <= 32768 else HEADS // 2}


def measure(device: torch.device, case: Row) -> Row:
    """Milliseconds of a causal prefill on random data by the share of blocks computed, and of its parts.

    choice: products of means with keys (ΔS, which the dense kernel needs too), selection. kernel: attention
    over lists and keys made before. whole: all of it, quantisation included. What share keeps a model's answers is a
    matter of the model, and is not measured here.
    """
    length, variant, dim = case["length"], case["variant"], case["dim"]
    q, k, v = (random((1, case["heads"], length, dim), device, torch.float16, seed) for seed in range(3))
    rows, recipe = (gpu.rows_of(q), gpu.rows_of(k), gpu.rows_of(v)), RECIPES[variant]
    options: dict[str, Any] = {"causal": True, "scale": dim**-0.5}
    times: dict[str, Any] = {"dense": milliseconds(lambda: gpu.attend(*rows, recipe, **options))}
    flash = peer(FLASH, q, k, v, True)
    times[FLASH] = flash if isinstance(flash, str) else milliseconds(flash)
    ready = gpu.quantize_keys(rows[1], recipe, rows[0]), gpu.quantize_values(rows[2], recipe)
    for share in SHARES:
        limits = Thresholds.of(SparseRecipe(top=share, spread=math.inf), case["heads"])
        choose: dict[str, Any] = {**options, "top_left": False, "window": None}
        lists = gpu.choose(rows[0], rows[1], ready[0], limits, **choose)
        given: dict[str, Any] = {**options, "sparse": limits, "quantized": ready, "lists": lists}
        times[f"{share:g}"] = {
            "choice": milliseconds(lambda: gpu.choose(rows[0], rows[1], ready[0], limits, **choose)),  # noqa: B023
            "kernel": milliseconds(lambda: gpu.attend(*rows, recipe, **given)),  # noqa: B023
            "whole": milliseconds(lambda: gpu.attend(*rows, recipe, **options, sparse=limits)),  # noqa: B023
        }
    return {**case, "milliseconds": times}


def table(rows: list[Row]) -> list[str]:
    """Markdown lines."""
    if all("error" in row for row in rows):
        return []
    lines = ["", "| tokens | variant | flash, ms | dense, ms | " +
             " | ".join(f"{100 * share:.0f} %: whole (choice, kernel)" for share in SHARES) + " |",
             "|---" * (4 + len(SHARES)) + "|"]  # fmt: skip
    for row in (row for row in rows if "error" not in row):
        times = row["milliseconds"]
        shown = [f"{t['whole']:.2f} ({t['choice']:.2f}, {t['kernel']:.2f})" for t in (times[f"{x:g}"] for x in SHARES)]
        flash = "–" if isinstance(times[FLASH], str) else f"{times[FLASH]:.2f}"
        lines.append(f"| {row['length']} | {row['variant']} | {flash} | {times['dense']:.2f} | {' | '.join(shown)} |")
    return [*lines, "", "Sparse prefill, causal, random data, by the share of blocks computed."]
