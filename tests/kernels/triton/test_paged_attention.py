"""Attention over quantised pages by the GPU kernel, interpreted, against float64 over the same pages."""

from __future__ import annotations

import pytest
import torch

from konspekt import kernels
from konspekt.kernels import functional
from konspekt.kernels.kv_cache import Kind
from tests.kernels.helpers import random_rows
from tests.kernels.triton.conftest import SWEEP, Interpreted
from tests.kernels.triton.test_attention import cosines, relative_l1

PAGED = ("tests.kernels.triton.launchers", "paged")


def filled(kind: Kind, dim: int, kv_heads: int, lengths: list[int]) -> tuple[kernels.KVCache, list[list[int]]]:
    """Scattered pages; sequence s holds lengths[s] random keys, one channel of them fifty times larger."""
    pages_of = [-(-n // 16) for n in lengths]
    cache = kernels.KVCache(2, sum(pages_of) + 3, kv_heads, dim, kind=kind)
    order = torch.randperm(cache.pages, generator=torch.Generator().manual_seed(0)).tolist()
    tables = [[order.pop() for _ in range(n)] for n in pages_of]
    with kernels.use("reference"):
        for seq, n in enumerate(lengths):
            k, v = random_rows(n, kv_heads, dim, seed=seq, outliers=True), random_rows(n, kv_heads, dim, seed=50 + seq)
            cache.store(1, k, v, kernels.PagedBatch.of([n], [n], [tables[seq]]))
    return cache, tables


def reference(q, cache, batch, **options) -> torch.Tensor:  # type: ignore[no-untyped-def]
    with kernels.use("reference"):
        return functional.paged_attention(q, cache, 1, batch, **options)


DECODE = [(64, 1), (64, 3), (128, 6), (96, 8), (256, 1)]
if SWEEP:
    DECODE = [(dim, group) for dim in (64, 96, 128, 256) for group in (1, 3, 6, 8)]


@pytest.mark.parametrize("kind", ["int8", "int4", "fp16"])
@pytest.mark.parametrize(("dim", "group"), DECODE)
def test_single_tokens_over_split_pages(interpreted: Interpreted, kind: Kind, dim: int, group: int) -> None:
    lengths = [1, 17, 300]
    cache, tables = filled(kind, dim, 2, lengths)
    batch = kernels.PagedBatch.of([1, 1, 1], lengths, tables)
    q = random_rows(3, 2 * group, dim, seed=9)
    want = reference(q, cache, batch)
    for splits in (1, 3):
        got = interpreted(*PAGED, q, cache, batch, splits=splits)
        assert float(cosines(got, want).min()) >= 0.9999, splits
        assert relative_l1(got, want) <= 0.005


def test_a_long_context_is_split_whatever_lies_beside_it_and_short_ones_are_not(interpreted: Interpreted) -> None:
    """Five splits: the long sequence takes three of them, the short ones one each; the rest is not read back."""
    lengths = [600, 5, 40]
    cache, tables = filled("int8", 64, 1, lengths)
    batch = kernels.PagedBatch.of([1, 1, 1], lengths, tables)
    q = random_rows(3, 2, 64, seed=9)
    got, want = interpreted(*PAGED, q, cache, batch, splits=5), reference(q, cache, batch)
    assert float(cosines(got, want).min()) >= 0.9999
    for place in (1, 2):  # nothing of their sums depends on how many splits there are
        alone = kernels.PagedBatch.of([1], lengths[place : place + 1], tables[place : place + 1])
        assert torch.equal(interpreted(*PAGED, q[place : place + 1], cache, alone, splits=3)[0], got[place])


@pytest.mark.parametrize(
    ("programs", "context", "tokens", "splits"),
    [
        (8, 1024, 1, 2),  # sixteen programs for eight processors
        (512, 1024, 1, 1),
        (512, 32_768, 1, 8),  # one of them may be as long as that
        (512, 32_768, 16, 8),
        (512, 32_768, 17, 1),  # a prompt: its parts would be as many as its keys
        (1, 200, 1, 1),  # not worth merging
        (1, 1 << 20, 1, 64),
    ],
)
def test_how_many_splits_there_are(programs: int, context: int, tokens: int, splits: int) -> None:
    from konspekt.kernels.paged_attention.gpu import splits_for

    assert splits_for(torch.device("cpu"), programs, context, tokens) == splits


@pytest.mark.parametrize("kind", ["int8", "int4"])
@pytest.mark.parametrize("window", [None, 25])
def test_prompts_and_single_tokens_in_one_call(interpreted: Interpreted, kind: Kind, window: int | None) -> None:
    lengths, q_lens = [1, 70, 33, 130], [1, 1, 20, 70]
    cache, tables = filled(kind, 64, 2, lengths)
    batch = kernels.PagedBatch.of(q_lens, lengths, tables)
    q = random_rows(batch.tokens, 6, 64, seed=9)
    want = reference(q, cache, batch, window=window)
    got = interpreted(*PAGED, q, cache, batch, window=window)
    assert float(cosines(got, want).min()) >= 0.9999
    assert relative_l1(got, want) <= 0.005


def test_int8_pages_stay_close_to_attention_without_quantisation(interpreted: Interpreted) -> None:
    cache = kernels.KVCache(2, 20, 2, 128, kind="int8")
    k, v, q = (random_rows(300, heads, 128, seed=heads, outliers=heads == 2) for heads in (2, 2, 6))
    batch = kernels.PagedBatch.of([1], [300], [list(range(19))])
    with kernels.use("reference"):
        cache.store(1, k, v, kernels.PagedBatch.of([300], [300], [list(range(19))]))
        exact = functional.attention(q[-1:].transpose(0, 1)[None], k.transpose(0, 1)[None], v.transpose(0, 1)[None])
    got = interpreted(*PAGED, q[-1:], cache, batch)
    assert float(cosines(got, exact[0].transpose(0, 1)).min()) >= 0.9995


def test_values_beyond_the_range_of_fp16(interpreted: Interpreted) -> None:
    cache = kernels.KVCache(2, 3, 1, 64, kind="int8")
    k, v = random_rows(40, 1, 64), random_rows(40, 1, 64, seed=1) * 1e6
    v[::2] *= 1e-9
    batch = kernels.PagedBatch.of([1], [40], [[0, 1, 2]])
    with kernels.use("reference"):
        cache.store(1, k, v, kernels.PagedBatch.of([40], [40], [[0, 1, 2]]))
    q = random_rows(1, 2, 64, seed=9) * 1e5
    got, want = interpreted(*PAGED, q, cache, batch, scale=1e-7), reference(q, cache, batch, scale=1e-7)
    assert torch.isfinite(got).all()
    assert float(cosines(got, want).min()) >= 0.9999


def test_the_environment_chooses_it(interpreted: Interpreted) -> None:
    cache, tables = filled("int8", 64, 2, [20])
    batch, q = kernels.PagedBatch.of([1], [20], tables), random_rows(1, 4, 64)
    got = interpreted("tests.kernels.triton.launchers", "with_backend", "triton", "paged_attention", q, cache, 1, batch)
    assert torch.equal(got, interpreted(*PAGED, q, cache, batch))
