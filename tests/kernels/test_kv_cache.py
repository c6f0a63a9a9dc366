"""What pages hold: the C++ writer against the reference, and how much each kind loses."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from konspekt import kernels
from konspekt.kernels import functional
from konspekt.kernels.kv_cache import Kind
from tests.kernels.helpers import Errors, random_rows


@pytest.mark.parametrize("kind", ["fp16", "int8", "int4"])
@pytest.mark.parametrize("dim", [64, 96, 256])
def test_the_backend_writes_what_the_reference_writes(isa: str, kind: Kind, dim: int) -> None:
    caches = [kernels.KVCache(1, 6, 2, dim, kind=kind) for _ in range(2)]
    k, v = random_rows(53, 2, dim, outliers=True), random_rows(53, 2, dim, seed=1)
    batch = kernels.PagedBatch.of([20, 33], [20, 50], [[5, 0], [2, 4, 1, 3]])
    caches[0].store(0, k, v, batch)
    with kernels.use("reference"):
        caches[1].store(0, k, v, batch)
    assert torch.allclose(caches[0].k_scale, caches[1].k_scale, rtol=1e-5)
    values = [cache.v.float() if kind != "int4" else cache.v.int() for cache in caches]
    assert float((values[0] != values[1]).float().mean()) <= 0.001  # a tie in rounding, now and then
    keys = [cache.k.float() if kind != "int4" else (cache.k & 15).float() for cache in caches]
    assert float((keys[0] - keys[1]).abs().max()) <= (0.01 if kind == "fp16" else 1)


@pytest.mark.parametrize(("kind", "rmse"), [("fp16", 0.0005), ("int8", 0.01), ("int4", 0.2)])
def test_what_is_stored_comes_back(isa: str, kind: Kind, rmse: float) -> None:
    cache = kernels.KVCache(1, 4, 2, 128, kind=kind)
    k, v = random_rows(40, 2, 128), random_rows(40, 2, 128, seed=1)
    cache.store(0, k, v, kernels.PagedBatch.of([40], [40], [[3, 1, 0]]))
    keys, values = cache.load(0, torch.tensor([3, 1, 0]), 40)
    keys = functional.hadamard(keys) if cache.rotate else keys
    for got, want in ((keys, k), (values, v)):
        assert Errors.between(got.transpose(0, 1), want).rmse <= rmse


def test_rotation_saves_keys_with_an_outlier_channel() -> None:
    k = random_rows(64, 1, 128)
    k[..., 7] = 100.0
    errors = {}
    for rotate in (False, True):
        cache = kernels.KVCache(1, 4, 1, 128, kind="int4", rotate=rotate)
        cache.store(0, k, k, kernels.PagedBatch.of([64], [64], [[0, 1, 2, 3]]))
        keys = cache.load(0, torch.arange(4), 64)[0]
        keys = functional.hadamard(keys) if rotate else keys
        errors[rotate] = float((keys.transpose(0, 1) - k)[..., 8:].pow(2).mean().sqrt())
    assert errors[True] < 0.75 * errors[False]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 60)), min_size=1, max_size=5))
def test_slots_and_positions_name_every_token_once(shape: list[tuple[int, int]]) -> None:
    q_lens, contexts = [new for new, _ in shape], [new + old for new, old in shape]
    pages = iter(range(1000))
    tables = [[next(pages) for _ in range(-(-n // 16))] for n in contexts]
    batch = kernels.PagedBatch.of(q_lens, contexts, tables)
    want = [
        (table[p // 16] * 16 + p % 16, p)
        for (new, old), table in zip(shape, tables, strict=True)
        for p in range(old, old + new)
    ]
    assert list(zip(batch.slots(16).tolist(), batch.positions().tolist(), strict=True)) == want


def test_nonsense_is_refused() -> None:
    with pytest.raises(kernels.KernelError, match="int3"):
        kernels.KVCache(1, 1, 1, 64, kind="int3")  # type: ignore[arg-type]
    with pytest.raises(kernels.KernelError, match="multiple of 16"):
        kernels.KVCache(1, 1, 1, 64, page_size=10)
    cache = kernels.KVCache(1, 1, 1, 64)
    with pytest.raises(kernels.KernelError, match="must be"):
        cache.store(0, torch.zeros(2, 1, 64), torch.zeros(3, 1, 64), kernels.PagedBatch.of([2], [2], [[0]]))


@pytest.mark.parametrize(
    ("table", "says"), [([[0, 3]], "page 3 of 3"), ([[0]], "more than 1 pages"), ([[0, -1]], "below zero")]
)
def test_pages_that_are_not_there_are_refused(table: list[list[int]], says: str) -> None:
    cache = kernels.KVCache(1, 3, 1, 64)
    batch = kernels.PagedBatch.of([20], [20], table)
    with kernels.use("cpu"), pytest.raises(kernels.KernelError, match=says):
        cache.store(0, torch.zeros(20, 1, 64), torch.zeros(20, 1, 64), batch)
    with kernels.use("cpu"), pytest.raises(kernels.KernelError, match=says):
        functional.paged_attention(torch.zeros(20, 2, 64), cache, 0, batch)


def test_the_table_beyond_a_context_is_never_read(isa: str) -> None:
    cache = kernels.KVCache(1, 3, 1, 64)
    x = random_rows(20, 1, 64)
    batch = kernels.PagedBatch.of([20], [20], [[2, 0, -1, 9999]])
    cache.store(0, x, x, batch)
    assert torch.isfinite(functional.paged_attention(x, cache, 0, batch)).all()
