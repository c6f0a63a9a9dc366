"""The fused stack of layers against the sum of its operations."""

from __future__ import annotations

import pytest
import torch

from konspekt import kernels
from konspekt.kernels import functional
from konspekt.kernels.decoder import reference
from tests.kernels.helpers import assert_close, gaussian_weight, random_rows, random_weight

FEATURES, HEADS, KV_HEADS, DIM, FFN = 256, 4, 2, 64, 512


SHAPES = (
    ("wq", HEADS * DIM, FEATURES),
    ("wk", KV_HEADS * DIM, FEATURES),
    ("wv", KV_HEADS * DIM, FEATURES),
    ("wo", FEATURES, HEADS * DIM),
    ("gate", FFN, FEATURES),
    ("up", FFN, FEATURES),
    ("down", FEATURES, FFN),
)
MIXED = ("Q4_K", "Q5_0", "Q6_K", "Q8_0", "Q4_1", "F16", "Q4_K")
GAUSSIAN = ("Q8_0", "Q5_0", "Q8_0", "Q8_0", "Q4_1", "F16", "Q5_0")  # what the gguf package can quantise to


def small(kind: str, formats: tuple[str, ...] = MIXED) -> kernels.Decoder:
    gemma = kind == "gemma"
    weight = random_weight if formats is MIXED else gaussian_weight
    frequencies = [functional.rope_frequencies(DIM, 10000.0), functional.rope_frequencies(DIM, 1e6)]

    def norm(n: int, seed: int) -> torch.Tensor:
        return 1 + 0.1 * random_rows(n, seed=seed)

    def layer(i: int) -> kernels.Layer:
        weights = {
            name: weight(form, out, inner, seed=10 * i + at)
            for at, (form, (name, out, inner)) in enumerate(zip(formats, SHAPES, strict=True))
        }
        extra = (
            {
                "q_norm": norm(DIM, 1),
                "k_norm": norm(DIM, 2),
                "post_attn_norm": norm(FEATURES, 3),
                "post_ffn_norm": norm(FEATURES, 4),
                "window": 20 if i % 2 else None,
            }
            if gemma
            else {
                "bq": random_rows(HEADS * DIM),
                "bk": random_rows(KV_HEADS * DIM),
                "bv": random_rows(KV_HEADS * DIM),
                "k_smooth": 0.5 + random_rows(KV_HEADS, DIM).abs(),
            }
        )
        return kernels.Layer(
            attn_norm=norm(FEATURES, 5), ffn_norm=norm(FEATURES, 6), inv_freq=frequencies[i % 2], **weights, **extra
        )

    activation = "gelu_tanh" if gemma else "silu"
    style = "neox" if gemma else "norm"
    return kernels.Decoder([layer(i) for i in range(3)], 1e-6, activation=activation, rope_style=style)


@pytest.mark.parametrize("kind", ["qwen", "gemma"])
def test_one_call_equals_its_operations_to_the_bit(isa: str, kind: str) -> None:
    decoder = small(kind)
    caches = [kernels.KVCache(3, 12, KV_HEADS, DIM) for _ in range(2)]
    batch = kernels.PagedBatch.of([30, 9], [30, 9], [[3, 5], [0]])
    then = kernels.PagedBatch.of([1, 1], [31, 10], [[3, 5], [0]])
    for step, rows in ((batch, 39), (then, 2)):
        hidden = random_rows(rows, FEATURES, seed=rows)
        fused = decoder.forward(hidden, caches[0], step)
        assert torch.equal(fused, reference.forward(decoder, hidden, caches[1], step))
    assert torch.equal(caches[0].k, caches[1].k)
    assert torch.equal(caches[0].v_scale, caches[1].v_scale)


@pytest.mark.parametrize("kind", ["qwen", "gemma"])
def test_a_stack_stays_close_to_float64(isa: str, kind: str) -> None:
    decoder, hidden = small(kind, GAUSSIAN), random_rows(25, FEATURES)
    batch = kernels.PagedBatch.of([25], [25], [[2, 0]])
    got = decoder.forward(hidden, kernels.KVCache(3, 3, KV_HEADS, DIM), batch)
    with kernels.use("reference"):
        want = decoder.forward(hidden, kernels.KVCache(3, 3, KV_HEADS, DIM, kind="fp16"), batch)
    assert_close(got, want, cosine=0.9995, relative_l1=0.03, rmse=0.03, largest=0.03)


def test_a_prompt_in_pieces_gives_the_same_rows(isa: str) -> None:
    decoder, hidden = small("gemma"), random_rows(40, FEATURES)
    whole = decoder.forward(
        hidden, kernels.KVCache(3, 4, KV_HEADS, DIM), kernels.PagedBatch.of([40], [40], [[1, 2, 3]])
    )
    cache, done, pieces = kernels.KVCache(3, 4, KV_HEADS, DIM), 0, []
    for rows in (1, 17, 2, 20):
        done += rows
        step = kernels.PagedBatch.of([rows], [done], [[3, 0, 1]])
        pieces.append(decoder.forward(hidden[done - rows : done], cache, step))
    assert torch.equal(torch.cat(pieces), whole)


def test_what_does_not_fit_is_refused() -> None:
    decoder = small("qwen")
    batch = kernels.PagedBatch.of([2], [2], [[0]])
    with pytest.raises(kernels.KernelError, match="2 tokens"):
        decoder.forward(torch.zeros(3, FEATURES), kernels.KVCache(3, 1, KV_HEADS, DIM), batch)
    with pytest.raises(kernels.KernelError, match="layers"):
        decoder.forward(torch.zeros(2, FEATURES), kernels.KVCache(2, 1, KV_HEADS, DIM), batch)
