"""Times of prefill and decode, by CUDA events; medians of repeated runs, the caches cold enough not to matter."""

from __future__ import annotations

import itertools
from typing import Any

import torch

import kernels
from benchmarks.gpu_attention.checks import random, variants
from benchmarks.gpu_attention.peers import PEERS, ours, peer
from kernels.attention.configs import Tile, candidates, gpu_name
from kernels.attention.recipe import Variant
from kernels.paged_attention import gpu as paged
from kernels.triton.available import architecture

TOKENS = 32_768  # batch · length of a prefill: the same work a row at every length
HEADS = 32


def milliseconds(call: Any) -> float:
    """The median of `triton.testing.do_bench`, which clears the L2 cache between runs."""
    from triton.testing import do_bench

    return float(do_bench(call, warmup=20, rep=100, return_mode="median"))


def operations(batch: int, heads: int, length: int, dim: int, causal: bool) -> float:
    """Multiply-adds of both products, counted as two; half of them under a causal mask."""
    return 4.0 * batch * heads * length * length * dim * (0.5 if causal else 1.0)


def prefill(device: torch.device, *, quick: bool) -> list[dict[str, Any]]:
    found = []
    lengths = (1024, 8192) if quick else (1024, 2048, 4096, 8192, 16384, 32768, 65536)
    for dim, causal, length in itertools.product((128,) if quick else (64, 128), (True, False), lengths):
        batch = max(1, TOKENS // length)
        heads = HEADS if length <= 32768 else HEADS // 2
        q, k, v = (random((batch, heads, length, dim), device, torch.float16, seed) for seed in range(3))
        tera = operations(batch, heads, length, dim, causal) / 1e9
        row: dict[str, Any] = {
            "dim": dim,
            "causal": causal,
            "length": length,
            "batch": batch,
            "heads": heads,
            "tops": {},
        }
        for variant in variants(device):
            whole, alone = ours(q, k, v, variant, causal)
            row["tops"][f"{variant} with quantisation"] = round(tera / milliseconds(whole), 1)
            row["tops"][f"{variant} kernel alone"] = round(tera / milliseconds(alone), 1)
        for name in PEERS:
            call = peer(name, q, k, v, causal)
            row["tops"][name] = call if isinstance(call, str) else round(tera / milliseconds(call), 1)
        print(row, flush=True)
        found.append(row)
    return found


def bandwidth(device: torch.device) -> float:
    """Bytes a second that a copy on this GPU reads and writes: the roof of decoding."""
    source = torch.empty(1 << 31, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    return 2 * source.numel() / milliseconds(lambda: target.copy_(source)) * 1e3


def decode(device: torch.device, *, quick: bool) -> list[dict[str, Any]]:
    """One token a sequence, 32 heads over 8 key heads of 128, over int8 and int4 pages."""
    found, roof = [], bandwidth(device)
    for kind, batch, context in itertools.product(
        ("int8",) if quick else ("int8", "int4"), (1, 64) if quick else (1, 4, 16, 64), (1024, 8192, 32768)
    ):
        pages = context // 16
        cache = kernels.KVCache(1, batch * pages, 8, 128, kind=kind, device=device)  # type: ignore[arg-type]
        cache.k.random_(0, 100)
        cache.v.random_(0, 100)
        cache.k_scale.fill_(0.01)
        cache.v_scale.fill_(0.01)
        table = torch.randperm(batch * pages).view(batch, pages).tolist()
        step = kernels.PagedBatch.of([1] * batch, [context] * batch, table).to(device)
        q = random((batch, 32, 128), device, torch.bfloat16, 0)
        time = milliseconds(lambda: paged.paged_attention(q, cache, 0, step, scale=0.1, window=None))  # noqa: B023
        read = batch * context * 2 * 8 * ((128 if kind == "int8" else 64) + 4)
        row = {"kind": kind, "batch": batch, "context": context, "microseconds": round(time * 1e3, 1),
               "share_of_bandwidth": round(read / (time * 1e-3) / roof, 3)}  # fmt: skip
        print(row, flush=True)
        found.append(row)
    return [{"measured_bandwidth_gb_s": round(roof / 1e9)}, *found]


def tune(device: torch.device, *, quick: bool) -> dict[str, Any]:
    """The fastest tile of each variant, head_dim and mask at 8k tokens, and how all of them did."""
    best: dict[str, list[int]] = {}
    tried: dict[str, dict[str, float]] = {}
    for variant, dim, causal in itertools.product(
        variants(device), (128,) if quick else (64, 96, 128, 256), (True, False)
    ):
        q, k, v = (random((2, 16, 8192, dim), device, torch.float16, seed) for seed in range(3))
        name = f"{variant}/{dim}/{'causal' if causal else 'full'}"
        times = {
            tile: _tile_time(q, k, v, variant, causal, tile) for tile in candidates(architecture(device), variant, dim)
        }
        tera = operations(2, 16, 8192, dim, causal) / 1e9
        tried[name] = {
            f"{t.block_m}x{t.block_n} w{t.warps} s{t.stages}": round(tera / ms, 1) for t, ms in times.items()
        }
        fastest = min(times, key=lambda tile: times[tile])
        best[name] = [fastest.block_m, fastest.block_n, fastest.warps, fastest.stages]
        print(name, tried[name], flush=True)
    return {"gpu": gpu_name(device), "tiles": best, "tops_tried": tried}


def _tile_time(  # noqa: PLR0917
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, variant: Variant, causal: bool, tile: Tile
) -> float:
    return milliseconds(ours(q, k, v, variant, causal, tile)[1])
