"""Called in the interpreter's process: what the public functions of sparse attention keep to themselves."""

from __future__ import annotations

import warnings
from typing import Any

import torch

from konspekt import kernels
from konspekt.kernels import functional
from konspekt.kernels.attention import launch as gpu
from konspekt.kernels.attention.recipe import RECIPES
from konspekt.kernels.attention.skipping import SparsePlan
from konspekt.kernels.attention.sparse import gpu as sparse_gpu
from konspekt.kernels.attention.sparse.recipe import SparseRecipe, Thresholds
from konspekt.kernels.paged_attention.sparse import PageSummaries, sparse_paged_attention


def chosen(q: torch.Tensor, k: torch.Tensor, recipe: SparseRecipe, **options: Any) -> torch.Tensor:
    """bool [batch, heads, q_blocks, k_blocks]: what the lists hold."""
    rows, keys = gpu.rows_of(q), gpu.rows_of(k)
    quantized = gpu.quantize_keys(keys, RECIPES["int8"])
    options = {"top_left": False, "window": None, **options}
    lists = gpu.choose(rows, keys, quantized, Thresholds.of(recipe, q.shape[1]), **options)
    place = torch.arange(lists.blocks.shape[-1])
    listed = place < lists.counts[..., None]
    found = torch.zeros(lists.blocks.shape, dtype=torch.int32)
    return found.scatter_add(-1, torch.where(listed, lists.blocks, 0).long(), listed.int()) > 0


def rows_of_a_program(variant: str, head_dim: int) -> int:
    return sparse_gpu.sparse_tile(torch.device("cpu"), variant, head_dim, causal=True).block_m


def with_warnings(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, **options: Any) -> Any:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        out = functional.attention(q, k, v, **options)
    return out, [str(w.message) for w in caught]


def decode(q: torch.Tensor, cache: Any, batch: Any, summaries: PageSummaries, recipe: SparseRecipe) -> torch.Tensor:
    with kernels.use("triton"):
        return sparse_paged_attention(q, cache, 1, batch, summaries, recipe)


@torch.inference_mode()
def llama_logits(plans: list[SparsePlan | None]) -> list[torch.Tensor]:
    """Logits of a prompt of 260 tokens with each plan of thresholds."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=50, hidden_size=128, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, head_dim=64,
    )  # fmt: skip
    model = LlamaForCausalLM(config).half().eval()
    found = []
    for at, plan in enumerate(plans):
        model.set_attn_implementation(functional.attention.register(f"konspekt_{at}", strict=True, sparse=plan))
        found.append(model(torch.arange(260)[None] % 50, use_cache=False).logits)
    return found
