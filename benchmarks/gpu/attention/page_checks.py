"""Checks of what works on pages: the fused writer, single tokens, and prompts among them."""

from __future__ import annotations

import torch

from benchmarks.gpu.attention.checks import (
    Plan,
    Row,
    random,
    rows_cosine,
)
from konspekt import kernels
from konspekt.kernels import functional
from konspekt.kernels.attention.quantized_reference import attend
from konspekt.kernels.attention.recipe import RECIPES
from konspekt.kernels.kv_cache import Kind

DECODE = 0.9995  # mean cosine over int8 pages against attention without quantisation, on normal data
CPU = torch.device("cpu")


def plan(*, small: bool, quick: bool = False) -> Plan:
    found: Plan = []
    for kind in ("int8", "int4", "fp16"):
        groups = ((64, 3), (128, 6)) if small else ((128, 6), (64, 3), (96, 8), (256, 1))  # first what is timed
        for dim, group in groups[:1] if quick else groups:
            found += [("decode", {"kind": kind, "dim": dim, "group": group, "prompts": p}) for p in (False, True)]
        found += [
            ("store", {"kind": kind, "dim": dim})
            for dim in ((64,) if small else (128,) if quick else (128, 64, 96, 256))
        ]
    return found


def moved(cache: kernels.KVCache, device: torch.device) -> kernels.KVCache:
    for name in ("k", "v", "k_scale", "v_scale"):
        setattr(cache, name, getattr(cache, name).to(device))
    return cache


def decode(device: torch.device, kind: Kind, dim: int, group: int, prompts: bool) -> Row:
    """Against float64 over the same pages, and against attention without quantisation."""
    lengths = [40, 130] if device.type == "cpu" else [20, 500, 4000]
    q_lens = [1 if not prompts or s % 2 == 0 else 17 for s in range(len(lengths))]
    pages = [-(-n // 16) for n in lengths]
    cache = kernels.KVCache(1, sum(pages), 2, dim, kind=kind)
    tables = [table.tolist() for table in torch.split(torch.randperm(sum(pages)), pages)]
    keys = [random((n, 2, dim), CPU, torch.float32, n) for n in lengths]
    values = [random((n, 2, dim), CPU, torch.float32, n + 1) for n in lengths]
    batch = kernels.PagedBatch.of(q_lens, lengths, tables)
    q = random((sum(q_lens), 2 * group, dim), CPU, torch.bfloat16, 5)
    with kernels.use("reference"):
        for n, table, k, v in zip(lengths, tables, keys, values, strict=True):
            k[..., 3::29] += 20.0
            cache.store(0, k, v, kernels.PagedBatch.of([n], [n], [table]))
        same = functional.paged_attention(q, cache, 0, batch)
    with kernels.use("triton"):
        got = functional.paged_attention(q.to(device), moved(cache, device), 0, batch.to(device)).cpu()
    exact = [
        attend(rows.transpose(0, 1)[None], k.transpose(0, 1)[None], v.transpose(0, 1)[None], RECIPES["exact"],
               causal=True, scale=dim**-0.5)[0][0].transpose(0, 1)
        for rows, k, v in zip(torch.split(q, q_lens), keys, values, strict=True)
    ]  # fmt: skip
    cosine, kept = rows_cosine(got, torch.cat(exact)), float(rows_cosine(got, same).min())
    return {
        "what": f"{'prompts and ' if prompts else ''}single tokens over {kind} pages, d{dim} group {group}",
        "mean_cosine": float(cosine.mean()), "worst_cosine": float(cosine.min()),
        "worst_cosine_over_the_same_pages": kept,
        "good": kept >= 0.9999 and (kind == "int4" or float(cosine.mean()) >= DECODE),
    }  # fmt: skip


def store(device: torch.device, kind: Kind, dim: int) -> Row:
    """Rope, rotation, quantisation and the write, in one kernel, against the three steps of the reference."""
    batch = kernels.PagedBatch.of([20, 1], [30, 45], [[5, 0], [2, 4, 1]])
    q, k, v = (random((21, heads, dim), CPU, torch.float32, heads) for heads in (6, 2, 2))
    freq = functional.rope_frequencies(dim, 10_000.0)
    both = [kernels.KVCache(1, 6, 2, dim, kind=kind) for _ in range(2)]
    with kernels.use("reference"):
        want = functional.rope_and_store(q, k, v, both[0], 0, batch, inv_freq=freq)
    there, steps = moved(both[1], device), batch.to(device)
    with kernels.use("triton"):
        got = functional.rope_and_store(
            q.to(device), k.to(device), v.to(device), there, 0, steps, inv_freq=freq.to(device)
        )
    pages = torch.arange(6)
    loaded = [moved(cache, CPU).load(0, pages, 96) for cache in both]
    apart = [float((a - b).abs().max() / b.abs().max()) for a, b in zip(*loaded, strict=True)]
    most = {"int8": 0.02, "int4": 0.3, "fp16": 0.002}[kind]  # a code may round to its neighbour
    turned = float((got.cpu() - want).abs().max())
    return {"what": f"rope and store to {kind} pages, d{dim}", "queries": turned, "keys": apart[0], "values": apart[1],
            "good": turned < 1e-4 and max(apart) < most}  # fmt: skip
