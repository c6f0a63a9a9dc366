"""A real model whose attention is replaced by the float64 references of the quantised kernels.

The references are the same arithmetic as the GPU kernels, which Triton's interpreter holds to them. Pages are the
pages of `kernels.KVCache`, written and read by its reference.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from konspekt import kernels
from konspekt.kernels import functional
from konspekt.kernels.attention.quantized_reference import attend
from konspekt.kernels.attention.recipe import RECIPES, Recipe
from konspekt.kernels.kv_cache import Kind
from konspekt.kernels.kv_cache.smoothing import key_smoothing

NAME = "konspekt_study"
STUDIED: dict[str, Recipe] = {
    "sage": RECIPES["sage"],
    "sage, K not smoothed": replace(RECIPES["sage"], smooth_k=False),
    "int8": RECIPES["int8"],
    "int8, P·V summed in fp16": replace(RECIPES["int8"], fp16_sums=True),
    "int8, not balanced": replace(RECIPES["int8"], balance=False),
    "int8, not rotated": replace(RECIPES["int8"], rotate=False),
    "int8, neither": replace(RECIPES["int8"], balance=False, rotate=False),
    "int8, neither, Q not smoothed": replace(RECIPES["int8"], balance=False, rotate=False, smooth_q=False),
    "int8_fp8": RECIPES["int8_fp8"],
    "int8_fp8, V smoothed": replace(RECIPES["int8_fp8"], smooth_v=True),
    "int4_fp8": RECIPES["int4_fp8"],
    "int4_fp8, not balanced": replace(RECIPES["int4_fp8"], balance=False),
    "int4_fp8, Q in INT4 too": replace(RECIPES["int4_fp8"], q_levels=7),
}
PAGES: dict[str, tuple[Kind, bool]] = {  # kind, and whether keys are divided by what their bias suggests
    "int8 pages": ("int8", True),
    "int8 pages, keys as they are": ("int8", False),
    "int4 pages": ("int4", True),
    "int4 pages, keys as they are": ("int4", False),
}
END_TO_END = ("exact", "int8", "int8_fp8", "int4_fp8", "sage", "int8 pages", "int4 pages")


def dequantised(path: Path) -> Any:
    """The transformers model of a GGUF file, float32; kept beside it, for dequantising takes most of a minute."""
    from transformers import AutoModelForCausalLM

    kept = path.with_suffix(".float32.pt")
    if kept.exists():
        return torch.load(kept, weights_only=False, mmap=True)
    model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32)
    part = kept.with_suffix(".part")  # a run that is cut short leaves no half-written model
    torch.save(model, part)
    part.rename(kept)
    return model


class Study:
    """An attention function for transformers: computes one variant and compares those named in `compare`."""

    def __init__(self) -> None:
        self.variant = "exact"
        self.compare: tuple[str, ...] = ()
        self.rows: dict[str, list[torch.Tensor]] = defaultdict(list)  # one entry per layer: the cosine of every row
        self.whole: dict[str, list[float]] = defaultdict(list)  # one entry per layer: all of its output as one vector
        self.l1: dict[str, list[float]] = defaultdict(list)

    def __call__(
        self, module: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: Any, **options: Any
    ) -> tuple[torch.Tensor, None]:
        scale = options.get("scaling") or query.shape[-1] ** -0.5
        if self.compare:
            exact = compute("exact", module, query, key, value, scale)
            for name in self.compare:
                self.note(name, compute(name, module, query, key, value, scale), exact)
        return compute(self.variant, module, query, key, value, scale).to(query.dtype).transpose(1, 2), None

    def note(self, name: str, got: torch.Tensor, want: torch.Tensor) -> None:
        a, b = got.double().flatten(0, -2), want.double().flatten(0, -2)
        self.rows[name].append(torch.nn.functional.cosine_similarity(a, b, dim=-1))
        self.whole[name].append(float(torch.nn.functional.cosine_similarity(a.flatten(), b.flatten(), dim=0)))
        self.l1[name].append(float((a - b).abs().sum() / b.abs().sum()))

    def summary(self) -> dict[str, dict[str, float | int]]:
        return {
            name: {
                "mean_cosine": round(float(torch.cat(rows).mean()), 6),
                "worst_layer_mean_cosine": round(min(float(row.mean()) for row in rows), 6),
                "worst_layer": min(range(len(rows)), key=lambda i: float(rows[i].mean())),
                "worst_row_cosine": round(float(torch.cat(rows).min()), 5),
                "rows_under_0.998": round(float((torch.cat(rows) < 0.998).float().mean()), 6),
                "whole_cosine": round(sum(self.whole[name]) / len(rows), 6),
                "worst_whole_cosine": round(min(self.whole[name]), 6),
                "mean_relative_l1": round(sum(self.l1[name]) / len(rows), 6),
            }
            for name, rows in self.rows.items()
        }


def compute(name: str, module: Any, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scale: float) -> torch.Tensor:  # noqa: PLR0917
    """q [1, heads, len, dim], k and v [1, kv_heads, len, dim] -> [1, heads, len, dim], causal."""
    if name in PAGES:
        return over_pages(PAGES[name], module, q, k, v, scale)
    # values as a half-precision model would hand them over: the kernels round P to the type of V
    return attend(q, k, v.half(), STUDIED.get(name, RECIPES["exact"]), causal=True, scale=scale)[0]


def over_pages(  # noqa: PLR0917
    how: tuple[Kind, bool], module: Any, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scale: float
) -> torch.Tensor:
    """Every query as it would be decoded: over pages that hold what stands before it."""
    (kind, smoothed), (_, kv_heads, length, dim) = how, k.shape
    biases = [getattr(getattr(module, name, None), "bias", None) for name in ("k_proj", "q_proj")]
    if smoothed and biases[0] is not None and biases[1] is not None:
        factors = key_smoothing(biases[0], biases[1], kv_heads, dim)[:, None]  # [kv_heads, 1, dim]
        k, q = k / factors, (q.view(1, kv_heads, -1, length, dim) * factors[:, None]).reshape(q.shape)
    pages = list(range(-(-length // 16)))
    cache = kernels.KVCache(1, len(pages), kv_heads, dim, kind=kind)
    batch = kernels.PagedBatch.of([length], [length], [pages])
    with kernels.use("reference"):
        cache.store(0, k[0].transpose(0, 1), v[0].transpose(0, 1), batch)
        out = functional.paged_attention(q[0].transpose(0, 1), cache, 0, batch, scale=scale)
    return out.transpose(0, 1)[None]
