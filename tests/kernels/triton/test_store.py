"""The fused front: rope, rotation, quantisation and the page, by one kernel that the interpreter runs."""

from __future__ import annotations

import pytest
import torch

from konspekt import kernels
from konspekt.kernels import functional
from konspekt.kernels.kv_cache import Kind
from tests.kernels.helpers import random_rows
from tests.kernels.triton.conftest import Interpreted

SHAPES = [("int8", 64, "neox"), ("int4", 64, "norm"), ("fp16", 64, "neox"), ("int8", 96, "norm"), ("int4", 128, "neox")]


def batch_and_rows(dim: int):  # type: ignore[no-untyped-def]
    """A prompt's second piece and a single token late in a long sequence."""
    batch = kernels.PagedBatch.of([20, 1], [30, 45], [[5, 0], [2, 4, 1]])
    q, k, v = random_rows(21, 6, dim), random_rows(21, 2, dim, seed=1, outliers=True), random_rows(21, 2, dim, seed=2)
    return batch, q, k, v


def same_pages(got: kernels.KVCache, want: kernels.KVCache) -> None:
    """Codes may differ by one where a value falls between two."""
    if got.kind == "fp16":
        assert torch.allclose(got.k.float(), want.k.float(), rtol=1e-3, atol=1e-3)
        assert torch.equal(got.v, want.v)
        return
    for codes, right in ((got.k, want.k), (got.v, want.v)):
        parts = [(codes, right)] if got.kind == "int8" else [(codes & 15, right & 15), (codes >> 4, right >> 4)]
        for a, b in parts:
            apart = (a.int() - b.int()).abs()
            assert int(apart.max()) <= 1
            assert float((apart > 0).float().mean()) < 0.005
    assert torch.allclose(got.k_scale, want.k_scale, rtol=1e-4)
    assert torch.allclose(got.v_scale, want.v_scale, rtol=1e-5)


@pytest.mark.parametrize(("kind", "dim", "style"), SHAPES)
def test_one_pass_equals_rope_and_store(interpreted: Interpreted, kind: Kind, dim: int, style: str) -> None:
    batch, q, k, v = batch_and_rows(dim)
    caches = [kernels.KVCache(2, 6, 2, dim, kind=kind) for _ in range(2)]
    freq = functional.rope_frequencies(dim if style == "neox" else dim // 2, 10_000.0)  # `norm` here: half the head
    with kernels.use("reference"):
        want = functional.rope_and_store(q, k, v, caches[0], 1, batch, inv_freq=freq, style=style)  # type: ignore[arg-type]
    got, filled = interpreted(
        "tests.kernels.triton.launchers", "rope_and_store", q, k, v, caches[1], batch, inv_freq=freq, style=style
    )
    assert torch.allclose(got, want, atol=1e-5)
    same_pages(filled, caches[0])


@pytest.mark.parametrize("kind", ["int8", "int4"])
def test_storing_alone(interpreted: Interpreted, kind: Kind) -> None:
    batch, _, k, v = batch_and_rows(64)
    cache = kernels.KVCache(2, 6, 2, 64, kind=kind)
    filled = interpreted("tests.kernels.triton.launchers", "store", k, v, cache, batch)
    with kernels.use("reference"):
        cache.store(1, k, v, batch)
    same_pages(filled, cache)


def test_a_late_position_keeps_its_angle(interpreted: Interpreted) -> None:
    """Position 1,000,000 in float32 would be off by a sixteenth of a radian."""
    page = 1_000_000 // 16
    batch = kernels.PagedBatch.of([1], [1_000_001], [[0] * page + [1]])
    q, k = random_rows(1, 2, 64), random_rows(1, 1, 64, seed=1)
    freq = functional.rope_frequencies(64, 10_000.0)
    cache = kernels.KVCache(2, 2, 1, 64, kind="int8")
    got, _ = interpreted(
        "tests.kernels.triton.launchers", "rope_and_store", q, k, k, cache, batch, inv_freq=freq, style="neox"
    )
    with kernels.use("reference"):
        want = functional.rope(q, batch.positions(), freq)
    assert torch.allclose(got, want, atol=1e-5)


def test_what_does_not_fit_is_refused() -> None:
    batch, q, k, v = batch_and_rows(64)
    with pytest.raises(kernels.KernelError, match="do not fit a cache of 3 heads"):
        functional.rope_and_store(q, k, v, kernels.KVCache(1, 6, 3, 64), 0, batch, inv_freq=torch.ones(32))
    with pytest.raises(kernels.KernelError, match="40 frequencies"):
        functional.rope_and_store(q, k, v, kernels.KVCache(1, 6, 2, 64), 0, batch, inv_freq=torch.ones(40))
