"""Called in the interpreter's process: launches with what the public functions do not let one choose."""

from __future__ import annotations

from typing import Any

import torch

from konspekt.kernels.attention import launch as gpu
from konspekt.kernels.attention.recipe import Recipe


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, recipe: Recipe, **options: Any) -> Any:
    return gpu.attend(gpu.rows_of(q), gpu.rows_of(k), gpu.rows_of(v), recipe, with_lse=True, **options)


@torch.inference_mode()
def llama_logits() -> tuple[torch.Tensor, torch.Tensor]:
    """Logits of a prompt and of one more token over the cache, with our attention and with PyTorch's."""
    from transformers import DynamicCache, LlamaConfig, LlamaForCausalLM

    from konspekt.kernels import functional

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=50, hidden_size=256, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, head_dim=64,
    )  # fmt: skip
    model = LlamaForCausalLM(config).half().eval()
    ids = torch.arange(14)[None] * 3
    found = []
    for name in (functional.attention.register(strict=True), "sdpa"):
        model.set_attn_implementation(name)
        cache = DynamicCache(config=config)
        prompt = model(ids[:, :13], past_key_values=cache).logits
        found.append(torch.cat([prompt, model(ids[:, 13:], past_key_values=cache).logits], dim=1).float())
    return found[0], found[1]


def paged(q: torch.Tensor, cache: Any, batch: Any, **options: Any) -> torch.Tensor:
    from konspekt.kernels.paged_attention import gpu

    return gpu.paged_attention(q, cache, 1, batch, **{"scale": q.shape[-1] ** -0.5, "window": None, **options})


def with_backend(name: str, function: str, *args: Any, **kwargs: Any) -> Any:
    from konspekt import kernels
    from konspekt.kernels import functional

    with kernels.use(name):  # type: ignore[arg-type]
        return getattr(functional, function)(*args, **kwargs)


def rope_and_store(q: Any, k: Any, v: Any, cache: Any, batch: Any, **options: Any) -> Any:
    """The rotated q and the cache, whose pages this process has written."""
    return with_backend("triton", "rope_and_store", q, k, v, cache, 1, batch, **options), cache


def store(k: torch.Tensor, v: torch.Tensor, cache: Any, batch: Any) -> Any:
    from konspekt import kernels

    with kernels.use("triton"):
        cache.store(1, k, v, batch)
    return cache


def compiled_attention(q: Any, k: Any, v: Any, variant: str) -> list[tuple[str, list[Any], list[Any]]]:
    """Each public call's name, and what it gives compiled as one graph and plain."""
    from konspekt.kernels import functional

    cu_q, cu_k = (torch.tensor([0, x.shape[2]]).int() for x in (q, k))

    def causal(q: Any, k: Any, v: Any) -> Any:
        return [functional.attention(q * 2, k, v, variant=variant) + 1]

    def with_lse(q: Any, k: Any, v: Any) -> Any:
        return list(functional.attention.with_lse(q, k, v, causal=False, variant=variant))

    def packed(q: Any, k: Any, v: Any) -> Any:
        rows = (x[0].transpose(0, 1) for x in (q, k, v))
        return list(functional.attention.varlen(*rows, cu_q, cu_k, q.shape[2], k.shape[2], variant=variant))

    def sdpa(q: Any, k: Any, v: Any) -> Any:
        return [functional.sdpa(q, k, v, is_causal=True, enable_gqa=True, variant=variant)]

    calls = [causal, with_lse, packed, sdpa]
    return [
        (call.__name__, torch.compile(call, fullgraph=True, backend="aot_eager")(q, k, v), call(q, k, v))
        for call in calls
    ]


def compiled_step(q: Any, k: Any, v: Any, kind: Any, batch: Any) -> tuple[list[Any], list[Any]]:
    """A layer's output, queries and pages: compiled as one graph, and plain."""
    from konspekt import kernels
    from konspekt.kernels import functional

    freq = functional.rope_frequencies(q.shape[2], 10_000.0)

    def step(q: Any, k: Any, v: Any, cache: Any) -> Any:
        turned = functional.rope_and_store(q, k, v, cache, 0, batch, inv_freq=freq)
        seen = functional.paged_attention(turned, cache, 0, batch)
        cache.store(1, k, v, batch)
        return [turned, seen * 2]

    found = []
    with kernels.use("triton"):
        for run in (torch.compile(step, fullgraph=True, backend="aot_eager"), step):
            cache = kernels.KVCache(2, 5, k.shape[1], k.shape[2], kind=kind)
            found.append([*run(q, k, v, cache), cache.k, cache.v, cache.k_scale, cache.v_scale])
    return found[0], found[1]


def check_page_operators(checks: tuple[str, ...]) -> list[str]:
    """What torch.library's checks say of the operators on pages."""
    from konspekt import kernels
    from konspekt.kernels import functional
    from konspekt.kernels.kv_cache import ops as stores
    from konspekt.kernels.paged_attention import ops

    batch, cache = kernels.PagedBatch.of([2], [20], [[1, 0]]), kernels.KVCache(1, 2, 1, 64)
    q, k = torch.randn(2, 2, 64), torch.randn(2, 1, 64)
    layer, places, freq = stores.layer_of(cache, 0), stores.places_of(batch), functional.rope_frequencies(64, 10_000.0)
    said: list[str] = []
    for op, given in (
        (stores.rope_and_store_pages, (q, k, k, *layer, *places, freq, "neox")),
        (stores.store_pages, (k, k, *layer, *places)),
        (ops.paged, (q, *layer, *places, 0.1, None)),
    ):
        said += torch.library.opcheck(op, given, test_utils=checks).values()  # type: ignore[arg-type]
    return said


def add_rms_norm(stream: Any, added: Any, added_weight: Any, weight: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """What is normed, and the stream that was added to."""
    from konspekt.kernels.rms_norm import gpu

    return gpu.add_rms_norm(stream, added, added_weight, weight, 1e-6, torch.float32), stream
