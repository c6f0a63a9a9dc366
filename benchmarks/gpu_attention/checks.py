"""Before any time is taken: each variant against float64 on the machine that will be timed."""

from __future__ import annotations

from typing import Any

import torch

import kernels
from kernels.attention import gpu
from kernels.attention.quantized_reference import attend
from kernels.attention.recipe import RECIPES, Variant
from kernels.triton.available import architecture

# mean and worst cosine of a row against exact attention, on normal data (INT4 loses least on real activations)
BOUNDS: dict[Variant, tuple[float, float]] = {
    "sage": (0.9998, 0.998),
    "int8": (0.9998, 0.998),
    "int8_fp8": (0.999, 0.995),
    "int4_fp8": (0.98, 0.8),
}
DECODE = 0.9995


def variants(device: torch.device) -> list[Variant]:
    """Those that this GPU has instructions for; the interpreter has all."""
    fp8 = device.type == "cpu" or architecture(device) >= 89
    return ["sage", "int8", "int8_fp8", "int4_fp8"] if fp8 else ["sage", "int8"]


def rows_cosine(got: torch.Tensor, want: torch.Tensor) -> torch.Tensor:
    a, b = got.double().flatten(0, -2), want.double().flatten(0, -2)
    return torch.nn.functional.cosine_similarity(a, b, dim=-1)[b.abs().sum(-1) > 0]


def random(shape: tuple[int, ...], device: torch.device, dtype: torch.dtype, seed: int) -> torch.Tensor:
    generator = torch.Generator(device).manual_seed(seed)
    return torch.randn(shape, generator=generator, device=device, dtype=torch.float32).to(dtype)


def check_prefill(device: torch.device, *, small: bool) -> list[dict[str, Any]]:
    """Every variant, head_dim and kind of mask: (batch, heads, kv_heads, q_len, k_len)."""
    found = []
    shape = (1, 2, 1, 65, 130) if small else (2, 6, 2, 700, 1500)
    batch, heads, kv_heads, q_len, k_len = shape
    for variant in variants(device):
        for dim in (64, 128) if small else (64, 96, 128, 256):
            for options in ({"causal": True}, {"causal": False}, {"causal": True, "window": 60}):
                for dtype in (torch.float16, torch.bfloat16):
                    q = random((batch, heads, q_len, dim), device, dtype, 0)
                    k, v = (random((batch, kv_heads, k_len, dim), device, dtype, seed) for seed in (1, 2))
                    k[..., 3::29] += 20.0  # channels that stick out, as real keys have
                    out, lse = kernels.attention.with_lse(q, k, v, variant=variant, strict=True, **options)
                    causal, window = bool(options["causal"]), options.get("window")
                    args = {"causal": causal, "window": window, "scale": dim**-0.5}
                    want, right = attend(q, k, v, RECIPES["exact"], **args)
                    cosine = rows_cosine(out, want)
                    mean, worst = BOUNDS[variant]
                    good = bool(torch.isfinite(out).all()) and float(cosine.mean()) >= mean
                    found.append({
                        "what": f"{variant} d{dim} {options} {str(dtype).removeprefix('torch.')}",
                        "mean_cosine": float(cosine.mean()), "worst_cosine": float(cosine.min()),
                        "relative_l1": float((out.double() - want).abs().sum() / want.abs().sum()),
                        "lse_error": float((lse - right).abs().max()), "good": good and float(cosine.min()) >= worst,
                    })  # fmt: skip
    return found


def check_decode(device: torch.device, *, small: bool) -> list[dict[str, Any]]:
    """One token a sequence over int8 and int4 pages against attention without quantisation."""
    found = []
    lengths = [40, 130] if small else [1, 500, 4000]
    for kind in ("int8", "int4"):
        for dim, group in ((64, 3), (128, 6)):
            pages = [-(-n // 16) for n in lengths]
            cache = kernels.KVCache(1, sum(pages), 2, dim, kind=kind)  # type: ignore[arg-type]
            tables = torch.arange(sum(pages)).split(pages)
            keys = [random((n, 2, dim), torch.device("cpu"), torch.float32, n) for n in lengths]
            values = [random((n, 2, dim), torch.device("cpu"), torch.float32, n + 1) for n in lengths]
            with kernels.use("reference"):
                for n, table, k, v in zip(lengths, tables, keys, values, strict=True):
                    k[..., 3::29] += 20.0
                    cache.store(0, k, v, kernels.PagedBatch.of([n], [n], [table.tolist()]))
            batch = kernels.PagedBatch.of([1] * len(lengths), lengths, [t.tolist() for t in tables])
            q = random((len(lengths), 2 * group, dim), torch.device("cpu"), torch.bfloat16, 5)
            with kernels.use("reference"):
                same = kernels.paged_attention(q, cache, 0, batch)
            for name in ("k", "v", "k_scale", "v_scale"):
                setattr(cache, name, getattr(cache, name).to(device))
            with kernels.use("triton"):
                got = kernels.paged_attention(q.to(device), cache, 0, batch.to(device)).cpu()
            exact = [
                attend(row[None, :, None], k.transpose(0, 1)[None], v.transpose(0, 1)[None], RECIPES["exact"],
                       causal=True, scale=dim**-0.5)[0][0, :, 0]
                for row, k, v in zip(q, keys, values, strict=True)
            ]  # fmt: skip
            cosine = rows_cosine(got, torch.stack(exact))
            kept = float(rows_cosine(got, same).min())
            found.append({
                "what": f"decode {kind} pages d{dim} group {group}", "mean_cosine": float(cosine.mean()),
                "worst_cosine": float(cosine.min()), "worst_cosine_over_the_same_pages": kept,
                    "good": kept >= 0.9999 and (kind == "int4" or float(cosine.mean()) >= DECODE),
            })  # fmt: skip
    return found


def check_graph(device: torch.device) -> list[dict[str, Any]]:
    """A captured call replays to the same bits."""
    q, k, v = (random((1, 4, 256, 128), device, torch.bfloat16, seed) for seed in range(3))

    def call() -> torch.Tensor:
        return gpu.attend(gpu.rows_of(q), gpu.rows_of(k), gpu.rows_of(v), RECIPES["int8"], causal=True, scale=0.1)[0]

    want = call().clone()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        out = call()
    out.zero_()
    graph.replay()
    torch.cuda.synchronize()
    return [{"what": "CUDA graph", "good": bool(torch.equal(out, want))}]
