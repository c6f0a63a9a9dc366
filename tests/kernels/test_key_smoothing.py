"""Keys divided and queries multiplied by one factor a channel: nothing is lost, and rounding keys costs less."""

from __future__ import annotations

import torch

from konspekt import kernels
from konspekt.kernels import functional
from konspekt.kernels.kv_cache.smoothing import key_smoothing
from tests.kernels.helpers import random_rows

HEADS, KV_HEADS, DIM, TOKENS = 4, 2, 64, 70


def with_biases() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Queries and keys of a model that adds large biases to some channels of its keys, as Qwen2.5 does."""
    key_bias, query_bias = torch.zeros(KV_HEADS * DIM), random_rows(HEADS * DIM, seed=3)
    key_bias[5::16] = 80.0
    q = random_rows(TOKENS, HEADS, DIM) + query_bias.view(HEADS, DIM)
    return q, random_rows(TOKENS, KV_HEADS, DIM, seed=1) + key_bias.view(KV_HEADS, DIM), key_bias, query_bias


def test_it_commutes_with_rope_and_leaves_products_alone() -> None:
    q, k, key_bias, query_bias = with_biases()
    factors = key_smoothing(key_bias, query_bias, KV_HEADS, DIM)
    freq, places = functional.rope_frequencies(DIM, 10_000.0), torch.arange(TOKENS, dtype=torch.int32)
    before = functional.rope(k / factors, places, freq)
    after = functional.rope(k, places, freq) / factors
    assert torch.allclose(before, after, rtol=1e-4, atol=1e-4)
    grouped = q.view(TOKENS, KV_HEADS, -1, DIM)
    plain = torch.einsum("thgd,shd->hgts", grouped, k)
    smooth = torch.einsum("thgd,shd->hgts", grouped * factors[:, None], k / factors)
    assert torch.allclose(plain, smooth, rtol=1e-3, atol=1e-2)


def test_int8_pages_keep_more_of_keys_with_biases() -> None:
    q, k, key_bias, query_bias = with_biases()
    factors, v = key_smoothing(key_bias, query_bias, KV_HEADS, DIM), random_rows(TOKENS, KV_HEADS, DIM, seed=2)
    batch, errors = kernels.PagedBatch.of([TOKENS], [TOKENS], [list(range(5))]), []
    with kernels.use("reference"):
        exact = functional.attention(*(x.transpose(0, 1)[None] for x in (q, k, v)))[0].transpose(0, 1)
        for scale in (torch.ones(KV_HEADS, DIM), factors):
            cache = kernels.KVCache(1, 5, KV_HEADS, DIM)
            cache.store(0, k / scale, v, batch)
            rows = (q.view(TOKENS, KV_HEADS, -1, DIM) * scale[:, None]).view(q.shape)
            got = functional.paged_attention(rows, cache, 0, batch)
            errors.append(float(1 - torch.nn.functional.cosine_similarity(got, exact, dim=-1).mean()))
    assert errors[1] < 0.4 * errors[0]


def test_weights_of_norms_serve_all_heads() -> None:
    factors = key_smoothing(random_rows(DIM).abs() + 1, random_rows(DIM, seed=1).abs() + 1, KV_HEADS, DIM)
    assert factors.shape == (KV_HEADS, DIM)
    assert torch.equal(factors[0], factors[1])
    assert torch.equal(factors[:, : DIM // 2], factors[:, DIM // 2 :])
