"""Sparse decoding over pages: on every backend the dense kernel reads a shorter table of pages."""

from __future__ import annotations

import pytest
import torch

from konspekt import kernels
from konspekt.kernels import functional
from konspekt.kernels.attention.sparse.recipe import SparseRecipe, Thresholds
from konspekt.kernels.kv_cache import Kind
from konspekt.kernels.paged_attention.sparse import PageSummaries, select, sparse_paged_attention
from tests.kernels.helpers import random_rows

LENGTHS = [1, 16, 100, 333]


def filled(kind: Kind, dim: int = 64, kv_heads: int = 2) -> tuple[kernels.KVCache, kernels.PagedBatch, PageSummaries]:
    """Scattered pages, written in pieces; then a step of one token a sequence."""
    columns = [-(-n // 16) for n in LENGTHS]
    cache = kernels.KVCache(2, sum(columns) + 2, kv_heads, dim, kind=kind)
    order = torch.randperm(cache.pages, generator=torch.Generator().manual_seed(0)).tolist()
    tables = [[order.pop() for _ in range(n)] for n in columns]
    summaries = PageSummaries(cache)
    for s, n in enumerate(LENGTHS):
        subject = random_rows(n // 48 + 1, kv_heads, dim, seed=s).repeat_interleave(48, dim=0)[:n] * 2
        k, v = subject + random_rows(n, kv_heads, dim, seed=10 + s), random_rows(n, kv_heads, dim, seed=20 + s)
        done = 0
        while done < n:
            step = min(37, n - done)
            batch = kernels.PagedBatch.of([step], [done + step], [tables[s]])
            cache.store(1, k[done : done + step], v[done : done + step], batch)
            summaries.update(cache, 1, batch)
            done += step
    return cache, kernels.PagedBatch.of([1] * len(LENGTHS), LENGTHS, tables), summaries


@pytest.mark.parametrize("kind", ["fp16", "int8", "int4"])
def test_summaries_are_the_mean_and_reach_of_what_is_stored(kind: Kind) -> None:
    cache, batch, summaries = filled(kind)
    for s, length in enumerate(LENGTHS):
        keys, _ = cache.load(1, batch.block_table[s, : -(-length // 16)], length)  # [kv_heads, length, dim]
        for column, page in enumerate(batch.block_table[s, : -(-length // 16)].tolist()):
            rows = keys[:, 16 * column : 16 * column + 16]
            reach = (rows.amax(1) - rows.amin(1)) / 2
            assert torch.allclose(summaries.means[1, page].float(), rows.mean(1), rtol=1e-3, atol=1e-4)
            assert torch.allclose(summaries.reaches[1, page].float(), reach, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("backend", ["cpu", "reference"])
@pytest.mark.parametrize("kind", ["fp16", "int8", "int4"])
def test_keeping_every_page_is_dense_attention(backend: str, kind: Kind) -> None:
    cache, batch, summaries = filled(kind)
    q = random_rows(len(LENGTHS), 6, 64, seed=5)
    with kernels.use(backend):  # type: ignore[arg-type]
        want = functional.paged_attention(q, cache, 1, batch)
        got = sparse_paged_attention(q, cache, 1, batch, summaries, SparseRecipe(mass=1.0))
    assert torch.equal(got, want)


def test_only_the_pages_chosen_are_read() -> None:
    """Against float64 attention over the keys of those pages alone."""
    cache, batch, summaries = filled("int8")
    recipe = SparseRecipe(mass=(0.5, 0.9, 0.5, 0.5, 0.99, 0.1))
    q = random_rows(len(LENGTHS), 6, 64, seed=5)
    with kernels.use("reference"):
        got = sparse_paged_attention(q, cache, 1, batch, summaries, recipe)
    kept, count = select(q, cache, 1, batch, summaries, Thresholds.of(recipe, 6), 0.125)
    assert int(count.sum()) < 2 * sum(-(-n // 16) for n in LENGTHS)
    rows = functional.hadamard(q)
    for s, length in enumerate(LENGTHS):
        keys, values = cache.load(1, batch.block_table[s, : -(-length // 16)], length)
        assert bool(kept[s, :, [0, -(-length // 16) - 1]].all())
        for head in range(6):
            seen = kept[s, head // 3].repeat_interleave(16)[:length]
            scores = (keys[head // 3].double() @ rows[s, head].double()) * 0.125
            weights = torch.softmax(scores.masked_fill(~seen, -torch.inf), 0)
            assert torch.allclose(got[s, head].double(), weights @ values[head // 3].double(), atol=1e-5)


def test_the_page_that_takes_the_weight_is_found() -> None:
    cache = kernels.KVCache(1, 20, 1, 64, kind="int8")
    k, v = random_rows(320, 1, 64) * 0.3, random_rows(320, 1, 64, seed=1)
    k[64:80] += random_rows(64, seed=2) * 2
    batch = kernels.PagedBatch.of([320], [320], [list(range(20))])
    cache.store(0, k, v, batch)
    summaries = PageSummaries(cache)
    summaries.update(cache, 0, batch)
    step = kernels.PagedBatch.of([1], [320], [list(range(20))])
    q = (random_rows(64, seed=2) * 2).expand(1, 2, 64)
    kept, count = select(q, cache, 0, step, summaries, Thresholds.of(SparseRecipe(mass=0.9), 2), 0.125)
    assert kept[0, 0].nonzero()[:, 0].tolist() == [0, 4, 19]
    assert count.tolist() == [[3]]


def test_a_step_with_a_prompt_is_dense() -> None:
    cache, batch, summaries = filled("int8")
    q = random_rows(20, 6, 64, seed=5)
    prompt = kernels.PagedBatch.of([20], [333], [batch.block_table[3].tolist()])
    assert torch.equal(
        sparse_paged_attention(q, cache, 1, prompt, summaries, SparseRecipe(mass=0.1)),
        functional.paged_attention(q, cache, 1, prompt),
    )


def test_what_does_not_fit_is_refused() -> None:
    cache, batch, summaries = filled("int8")
    with pytest.raises(kernels.KernelError, match="is not a token of 64 for 4 sequences"):
        sparse_paged_attention(random_rows(3, 6, 64), cache, 1, batch, summaries)
    with pytest.raises(kernels.KernelError, match="5 heads, this call has 6"):
        sparse_paged_attention(random_rows(4, 6, 64), cache, 1, batch, summaries, SparseRecipe(mass=(0.5,) * 5))
