"""Attention over latents: the C++ kernels against float64, in every kind of cache and division of the work."""

from __future__ import annotations

import pytest
import torch

from konspekt import kernels
from konspekt.kernels import KernelError, KVCache, PagedBatch, QuantizedTensor, get_threads, set_threads
from konspekt.kernels.kv_cache import Kind
from konspekt.kernels.latent import latent_attention, linear_heads, rotated
from konspekt.kernels.moe import Experts, Routing, choose

BOUND = {"fp16": 1e-5, "int8": 2e-4, "int4": 2e-4}  # queries and weights of 16 bits over a cache of codes


def filled(kind: Kind, rank: int, turned: int) -> tuple[KVCache, PagedBatch]:
    """Two sequences, of 77 keys (30 of them new) and of 150 (1 new)."""
    torch.manual_seed(0)
    cache = KVCache(1, 16, 1, turned, kind=kind, value_dim=rank)
    tables = [[15, 2, 9, 4, 7], [0, 1, 3, 5, 6, 8, 10, 11, 12, 13]]
    whole = PagedBatch.of([77, 150], [77, 150], tables)
    latents = torch.randn(227, rank)
    latents[:, 3] *= 40  # a channel as real models have them
    cache.store(0, torch.randn(227, 1, turned), rotated(latents, cache)[:, None], whole)
    return cache, PagedBatch.of([30, 1], [77, 150], tables)


@pytest.mark.parametrize("kind", ["fp16", "int8", "int4"])
@pytest.mark.parametrize(("heads", "rank", "turned"), [(5, 512, 64), (20, 48, 16), (133, 64, 32)])
def test_the_kernels_compute_what_the_reference_computes(kind: Kind, heads: int, rank: int, turned: int) -> None:
    cache, batch = filled(kind, rank, turned)
    q, latent_q = torch.randn(31, heads, turned), torch.randn(31, heads, rank) / 8
    with kernels.use("reference"):
        want = latent_attention(q, latent_q, cache, 0, batch, 0.3)
    with kernels.use("cpu"):
        found = latent_attention(q, latent_q, cache, 0, batch, 0.3)
        one = PagedBatch.of([1], [150], [batch.block_table[1].tolist()])
        threads = get_threads()
        try:
            set_threads(6)  # heads of one token are divided among threads
            alone = latent_attention(q[-1:], latent_q[-1:], cache, 0, one, 0.3)
        finally:
            set_threads(threads)
    assert float((found - want).abs().max()) < BOUND[kind] * float(want.abs().max())
    assert torch.equal(alone[0], found[-1])


@pytest.mark.parametrize("kind", ["F16", "Q8_0"])
def test_heads_have_matrices_of_their_own(kind: str) -> None:
    import gguf
    import gguf.quants

    torch.manual_seed(0)
    packed = gguf.quants.quantize(torch.randn(3 * 32, 64).numpy(), gguf.GGMLQuantizationType[kind])
    w, x = QuantizedTensor.from_gguf(packed, kind, (96, 64)), torch.randn(21, 3, 64)
    with kernels.use("reference"):
        want = linear_heads(x, w)
    assert torch.allclose(want[:, 1], x[:, 1] @ w.dequantize()[32:64].T, atol=1e-4)
    with kernels.use("cpu"):
        found = linear_heads(x, w)
        assert torch.equal(linear_heads(x[7:8], w), found[7:8])
    assert float((found - want).norm() / want.norm()) < (1e-6 if kind == "F16" else 0.02)
    with pytest.raises(KernelError, match="5 heads"):
        linear_heads(torch.randn(2, 5, 64), w)


def test_experts_are_chosen_from_the_best_groups_and_a_bias_counts_in_the_choice_alone() -> None:
    router, x = torch.eye(6), torch.tensor([[3.0, -2.0, 2.0, 1.9, 0.0, 2.5]])
    sigmoid = x[0].sigmoid()
    chosen, shares = choose(x, router, 2, Routing("sigmoid", normed=False))
    assert chosen.tolist() == [[0, 5]]
    assert torch.allclose(shares[0], sigmoid[[0, 5]])
    # by two experts a group (2, 3) is the best, by one (0, 1)
    assert choose(x, router, 2, Routing("sigmoid", 3, 1))[0].tolist() == [[2, 3]]
    assert choose(x, router, 2, Routing("softmax", 3, 1))[0].tolist() == [[0, 1]]
    assert choose(x, router, 2, Routing("softmax", 3, 2))[0].tolist() == [[0, 5]]
    bias = torch.tensor([-1.0, 0.0, 0.0, 0.5, 0.0, 0.0])
    chosen, shares = choose(x, router, 2, Routing("sigmoid", scale=2.5), bias)
    assert chosen.tolist() == [[3, 5]]
    assert torch.allclose(shares[0], 2.5 * sigmoid[[3, 5]] / sigmoid[[3, 5]].sum())


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(KernelError, match="value_dim"):
        KVCache(1, 1, 1, 64, value_dim=576)
    cache = KVCache(1, 1, 2, 16, value_dim=32)
    batch = PagedBatch.of([1], [1], [[0]])
    with pytest.raises(KernelError, match="shared by all heads"):
        latent_attention(torch.zeros(1, 2, 16), torch.zeros(1, 2, 32), cache, 0, batch, 1.0)
    with pytest.raises(KernelError, match=r"\(1, 2, 16\) and \(1, 2, 32\)"):
        cache.store(0, torch.zeros(1, 2, 16), torch.zeros(1, 2, 16), batch)
    with pytest.raises(KernelError, match=r"kernels\.latent"):
        kernels.functional.paged_attention(torch.zeros(1, 2, 16), cache, 0, batch)
    one = QuantizedTensor.from_gguf(torch.zeros(4, 4), "F32", (4, 4))
    with pytest.raises(KernelError, match="groups"):
        Experts(torch.zeros(4, 4), (one,) * 4, (one,) * 4, (one,) * 4, 2, Routing(groups=4))
