"""Called in the interpreter's process: launches with what the public functions do not let one choose."""

from __future__ import annotations

from typing import Any

import torch

from kernels.attention import gpu
from kernels.attention.recipe import Recipe


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, recipe: Recipe, **options: Any) -> Any:
    return gpu.attend(gpu.rows_of(q), gpu.rows_of(k), gpu.rows_of(v), recipe, with_lse=True, **options)


@torch.inference_mode()
def llama_logits() -> tuple[torch.Tensor, torch.Tensor]:
    """Logits of a prompt and of one more token over the cache, with our attention and with PyTorch's."""
    from transformers import DynamicCache, LlamaConfig, LlamaForCausalLM

    import kernels

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=50, hidden_size=256, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, head_dim=64,
    )  # fmt: skip
    model = LlamaForCausalLM(config).half().eval()
    ids = torch.arange(14)[None] * 3
    found = []
    for name in (kernels.attention.register(strict=True), "sdpa"):
        model.set_attn_implementation(name)
        cache = DynamicCache(config=config)
        prompt = model(ids[:, :13], past_key_values=cache).logits
        found.append(torch.cat([prompt, model(ids[:, 13:], past_key_values=cache).logits], dim=1).float())
    return found[0], found[1]


def paged(q: torch.Tensor, cache: Any, batch: Any, **options: Any) -> torch.Tensor:
    from kernels.paged_attention import gpu

    return gpu.paged_attention(q, cache, 1, batch, **{"scale": q.shape[-1] ** -0.5, "window": None, **options})


def with_backend(name: str, function: str, *args: Any, **kwargs: Any) -> Any:
    import kernels

    with kernels.use(name):  # type: ignore[arg-type]
        return getattr(kernels, function)(*args, **kwargs)


def rope_and_store(q: Any, k: Any, v: Any, cache: Any, batch: Any, **options: Any) -> Any:
    """The rotated q and the cache, whose pages this process has written."""
    return with_backend("triton", "rope_and_store", q, k, v, cache, 1, batch, **options), cache


def store(k: torch.Tensor, v: torch.Tensor, cache: Any, batch: Any) -> Any:
    import kernels

    with kernels.use("triton"):
        cache.store(1, k, v, batch)
    return cache
