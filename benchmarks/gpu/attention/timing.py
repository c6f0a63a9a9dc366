"""Times of prefill and decode, by CUDA events: medians of repeated runs, nothing left in the L2 cache between them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import torch

from benchmarks.gpu import jobs
from benchmarks.gpu.attention.checks import random, rows_cosine, variants
from benchmarks.gpu.attention.peers import (
    BUILT_IN,
    FLASH,
    OTHERS,
    ours,
    peer,
)
from konspekt import kernels
from konspekt.kernels.attention.configs import Tile, candidates
from konspekt.kernels.attention.recipe import Variant
from konspekt.kernels.paged_attention import gpu as paged
from konspekt.kernels.triton.available import architecture

Row = dict[str, Any]
TOKENS = 32_768  # batch · length of a prefill: the same work a row at every length
HEADS = 32
LENGTHS = (1024, 2048, 4096, 8192, 16384, 32768, 65536)
DECODED = 256 * 2**20  # bytes of pages that one measurement walks through: several times what an L2 cache holds


def milliseconds(call: Callable[[], Any]) -> float:
    """The median of `triton.testing.do_bench`, which clears the L2 cache between runs."""
    from triton.testing import do_bench

    return float(do_bench(call, warmup=20, rep=100, return_mode="median"))


def operations(batch: int, heads: int, length: int, dim: int, causal: bool) -> float:
    """Multiply-adds of both products, counted as two; half of them under a causal mask."""
    return 4.0 * batch * heads * length * length * dim * (0.5 if causal else 1.0)


def prefill_cases(*, quick: bool) -> Iterator[Row]:
    """The lengths that most people have come first: time may end before the list does."""
    lengths = (1024, 8192) if quick else (8192, 1024, 32768, 2048, 4096, 16384, 65536)
    for length, dim, causal in itertools.product(lengths, (128,) if quick else (128, 64), (True, False)):
        yield {"dim": dim, "causal": causal, "length": length, "batch": max(1, TOKENS // length),
               "heads": HEADS if length <= 32768 else HEADS // 2}  # fmt: skip


def prefill(device: torch.device, case: Row, sound: list[Variant]) -> Row:
    """Tera-operations a second of each variant of `sound`, with quantisation and without, and of torch's own."""
    (q, k, v), causal, tera = of_case(device, case)
    tops: dict[str, float | str] = {}
    cosines: dict[str, float] = {}
    flash = peer(FLASH, q, k, v, causal)
    want = None if isinstance(flash, str) else flash()
    for variant in sound:
        whole, alone = ours(q, k, v, variant, causal)
        if want is not None:  # at this very size: an offset that overflows shows only in long sequences
            cosines[variant] = round(float(rows_cosine(whole()[0][:1, :2], want[:1, :2]).mean()), 6)
        tops[f"{variant} with quantisation"] = round(tera / milliseconds(whole), 1)
        tops[f"{variant} kernel alone"] = round(tera / milliseconds(alone), 1)
    for name in BUILT_IN:
        call = peer(name, q, k, v, causal)
        tops[name] = call if isinstance(call, str) else round(tera / milliseconds(call), 1)
    return {**case, "tops": tops, "mean_cosine_with_flash": cosines}


def others(device: torch.device, case: Row) -> Row:
    """The same of the peers that are packages or compiled for the case: in a call of its own, for one may hang."""
    (q, k, v), causal, tera = of_case(device, case)
    calls = {name: peer(name, q, k, v, causal) for name in OTHERS}
    return {
        name: call if isinstance(call, str) else round(tera / milliseconds(call), 1) for name, call in calls.items()
    }


def of_case(device: torch.device, case: Row) -> tuple[list[torch.Tensor], bool, float]:
    """q, k, v; causal or not; a thousand million operations."""
    length, dim, causal, batch, heads = (case[name] for name in ("length", "dim", "causal", "batch", "heads"))
    rows = [random((batch, heads, length, dim), device, torch.float16, seed) for seed in range(3)]
    return rows, causal, operations(batch, heads, length, dim, causal) / 1e9


def bandwidth(device: torch.device) -> Row:
    """GB/s that a copy on this GPU reads and writes: the roof of decoding."""
    source = torch.empty(1 << 31, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    return {"gb_s": round(2 * source.numel() / milliseconds(lambda: target.copy_(source)) / 1e6)}


def decode_cases(*, quick: bool) -> Iterator[Row]:
    kinds, batches = (("int8",), (1, 64)) if quick else (("int8", "int4"), (1, 4, 16, 64))
    for kind, batch, context in itertools.product(kinds, batches, (1024, 8192, 32768)):
        yield {"kind": kind, "batch": batch, "context": context}


def decode(device: torch.device, case: Row, roof: float) -> Row:
    """One token a sequence, 32 heads over 8 key heads of 128. A graph of several layers, as a model runs them: no time
    of the host in between, and each layer's pages come from memory rather than from the cache."""
    kind, batch, context = case["kind"], case["batch"], case["context"]
    pages, read = context // 16, batch * context * 2 * 8 * ((128 if kind == "int8" else 64) + 4)
    layers = max(1, -(-DECODED // read))
    cache = kernels.KVCache(layers, batch * pages, 8, 128, kind=kind, device=device)
    cache.k.random_(0, 100)
    cache.v.random_(0, 100)
    cache.k_scale.fill_(0.01)
    cache.v_scale.fill_(0.01)
    table = torch.randperm(batch * pages).view(batch, pages).tolist()
    step = kernels.PagedBatch.of([1] * batch, [context] * batch, table).to(device)
    q = random((batch, 32, 128), device, torch.bfloat16, 0)

    def layers_once() -> None:
        for layer in range(layers):
            paged.paged_attention(q, cache, layer, step, scale=0.1, window=None)

    time = graph_milliseconds(layers_once) / layers
    return {**case, "layers": layers, "microseconds": round(time * 1e3, 1),
            "share_of_bandwidth": round(read / (time * 1e-3) / roof, 3) if roof else None}  # fmt: skip


def graph_milliseconds(call: Callable[[], Any], runs: int = 20) -> float:
    """The median time of a replay."""
    call()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        call()
    found = []
    for _ in range(runs + 2):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
        start.record()
        graph.replay()
        end.record()
        torch.cuda.synchronize()
        found.append(start.elapsed_time(end))
    return float(torch.tensor(found[2:]).median())


def tune_cases(device: torch.device, *, quick: bool) -> list[tuple[str, Variant, int, bool]]:
    """What is tuned, under the names of `configs.tile_for`."""
    dims = (128,) if quick else (128, 64, 256, 96)
    chosen: tuple[Variant, ...] = tuple(v for v in variants(device) if v != "sage")  # `sage` shares the tiles of `int8`
    return [
        (f"{variant}/{dim}/{'causal' if causal else 'full'}", variant, dim, causal)
        for dim, variant, causal in itertools.product(dims, chosen, (True, False))
    ]


def tuned(device: torch.device, variant: Variant, dim: int, causal: bool) -> Row:
    """The fastest tile at 8k tokens as [block_m, block_n, warps, stages], and tera-operations a second of all."""
    q, k, v = (random((2, 16, 8192, dim), device, torch.float16, seed) for seed in range(3))
    tera, best, tried = operations(2, 16, 8192, dim, causal) / 1e9, Tile(0, 0, 0, 0), dict[str, float]()
    for tile in candidates(architecture(device), variant, dim):
        try:
            speed = round(tera / milliseconds(ours(q, k, v, variant, causal, tile)[1]), 1)
        except Exception as reason:  # a tile that this GPU cannot hold is no candidate
            if not jobs.alive():
                raise
            print(f"{tile} of {variant} d{dim}: {type(reason).__name__}")
            continue
        if not tried or speed > max(tried.values()):
            best = tile
        tried[f"{tile.block_m}x{tile.block_n} w{tile.warps} s{tile.stages}"] = speed
    return {"tile": [best.block_m, best.block_n, best.warps, best.stages], "tried": tried}


def warm(device: torch.device, variant: Variant, dim: int, causal: bool, tile: list[int] | None) -> Row:
    """Compile what will be timed, so that the clock of the run is spent on running."""
    q, k, v = (random((1, 4, 1024, dim), device, torch.float16, seed) for seed in range(3))
    ours(q, k, v, variant, causal, Tile(*tile) if tile else None)[0]()
    return {"what": "compiled", "good": True}
