"""`attention` and `paged_attention` against float64."""

from __future__ import annotations

import pytest
import torch

from konspekt import kernels
from konspekt.kernels import functional
from konspekt.kernels.kv_cache import Kind
from tests.kernels.helpers import assert_close, random_rows

FLOATS = {"cosine": 0.99999, "relative_l1": 1e-4, "rmse": 1e-4, "largest": 1e-4}
# what the cache itself loses is in the reference too; what is left is float32 against float64, and where the codes are
# multiplied as integers the 16 bits of queries and weights
INTEGERS = {"cosine": 0.99999, "relative_l1": 2e-4, "rmse": 2e-4, "largest": 4e-4}
BOUNDS: dict[Kind, dict[str, float]] = {"fp16": FLOATS, "int8": INTEGERS, "int4": INTEGERS}


@pytest.mark.parametrize("dim", [64, 96, 128, 256])
@pytest.mark.parametrize("heads", [(3, 3), (6, 1), (8, 2)])
@pytest.mark.parametrize("lengths", [(1, 1), (17, 17), (5, 130), (33, 97)])
def test_prefill_with_cached_keys(isa: str, dim: int, heads: tuple[int, int], lengths: tuple[int, int]) -> None:
    (heads_q, kv_heads), (q_len, k_len) = heads, lengths
    q = random_rows(2, heads_q, q_len, dim)
    k, v = random_rows(2, kv_heads, k_len, dim, seed=1), random_rows(2, kv_heads, k_len, dim, seed=2)
    with kernels.use("reference"):
        want = functional.attention(q, k, v)
    assert_close(functional.attention(q, k, v), want, **FLOATS)


@pytest.mark.parametrize(("causal", "window"), [(False, None), (True, 20), (True, 70), (False, 40)])
def test_masks(isa: str, causal: bool, window: int | None) -> None:
    q, k, v = random_rows(1, 4, 30, 64), random_rows(1, 2, 200, 64, seed=1), random_rows(1, 2, 200, 64, seed=2)
    if not causal and window is not None:
        pytest.skip("a window without causality has no user")
    with kernels.use("reference"):
        want = functional.attention(q, k, v, causal=causal, window=window, scale=0.3)
    assert_close(functional.attention(q, k, v, causal=causal, window=window, scale=0.3), want, **FLOATS)


def test_a_query_that_sees_nothing_yields_zeros(isa: str) -> None:
    q, k = random_rows(1, 2, 5, 64), random_rows(1, 2, 3, 64, seed=1)
    out = functional.attention(q, k, k)
    assert torch.equal(out[:, :, :2], torch.zeros(1, 2, 2, 64))
    assert torch.isfinite(out).all()


def test_large_scores_do_not_overflow(isa: str) -> None:
    q, k, v = (random_rows(1, 2, 90, 64, seed=i) * 40 for i in range(3))
    with kernels.use("reference"):
        want = functional.attention(q, k, v)
    assert_close(functional.attention(q, k, v), want, cosine=0.9999, relative_l1=1e-3, rmse=1e-3, largest=1e-2)


def filled(kind: Kind, dim: int, kv_heads: int, lengths: list[int]) -> tuple[kernels.KVCache, list[list[int]]]:
    """A cache with scattered pages, sequence s holding lengths[s] random keys."""
    pages_of = [-(-n // 16) for n in lengths]
    cache = kernels.KVCache(2, sum(pages_of) + 3, kv_heads, dim, kind=kind)
    order = torch.randperm(cache.pages, generator=torch.Generator().manual_seed(0)).tolist()
    tables = [[order.pop() for _ in range(n)] for n in pages_of]
    for seq, n in enumerate(lengths):
        k, v = random_rows(n, kv_heads, dim, seed=seq, outliers=True), random_rows(n, kv_heads, dim, seed=50 + seq)
        cache.store(1, k, v, kernels.PagedBatch.of([n], [n], [tables[seq]]))
    return cache, tables


@pytest.mark.parametrize("kind", ["fp16", "int8", "int4"])
@pytest.mark.parametrize("dim", [64, 96, 128, 256])
def test_a_mixed_batch_over_pages(isa: str, kind: Kind, dim: int) -> None:
    lengths, q_lens = [1, 70, 33, 130], [1, 1, 20, 7]
    cache, tables = filled(kind, dim, 2, lengths)
    batch = kernels.PagedBatch.of(q_lens, lengths, tables)
    q = random_rows(batch.tokens, 6, dim, seed=9)
    for window in (None, 25):
        with kernels.use("reference"):
            want = functional.paged_attention(q, cache, 1, batch, window=window)
        assert_close(functional.paged_attention(q, cache, 1, batch, window=window), want, **BOUNDS[kind])


@pytest.mark.parametrize("window", [None, 50])
def test_a_query_does_not_depend_on_its_batch_nor_on_the_cut_of_its_prompt(isa: str, window: int | None) -> None:
    cache, tables = filled("int8", 64, 3, [150, 90])
    q = random_rows(150, 9, 64)
    whole = functional.paged_attention(q, cache, 1, kernels.PagedBatch.of([150], [150], tables[:1]), window=window)
    for begin, end in ((0, 1), (0, 64), (64, 100), (99, 150), (149, 150)):
        cut = kernels.PagedBatch.of([end - begin, 1], [end, 90], tables)
        rows = torch.cat([q[begin:end], q[:1]])
        got = functional.paged_attention(rows, cache, 1, cut, window=window)
        assert torch.equal(got[:-1], whole[begin:end]), (begin, end)
