"""What stands between a decoder's products, and the experts of a mixture, through Triton's interpreter."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from konspekt import kernels
from konspekt.kernels import functional
from konspekt.kernels.linear.gpu.layout import WALKS
from konspekt.kernels.moe import Experts, mixture
from tests.kernels.helpers import assert_close, gaussian_weight, random_rows, random_weight
from tests.kernels.triton.conftest import SWEEP, Interpreted
from tests.kernels.triton.test_builds import faults

CALL = ("tests.kernels.triton.launchers", "with_backend", "triton")


@pytest.mark.parametrize("name", [*WALKS, "F16", "BF16"])
def test_embedded_rows_are_the_files_own(interpreted: Interpreted, name: str) -> None:
    table, ids = random_weight(name, 9, 512), torch.tensor([0, 8, 3, 3])
    got = interpreted(*CALL, "embedding", ids, table)
    assert torch.allclose(got, functional.embedding(ids, table), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("width", [7, 96, 1000])
def test_glue_is_what_float64_says(interpreted: Interpreted, width: int) -> None:
    gate, up, weight = random_rows(3, width, outliers=True), random_rows(3, width, seed=1), random_rows(width, seed=2)
    with kernels.use("reference"):
        for activation in ("silu", "gelu_tanh"):
            want = functional.gated(gate, up, activation)  # type: ignore[arg-type]
            assert torch.allclose(interpreted(*CALL, "gated", gate, up, activation), want, rtol=1e-4, atol=1e-5)
        want = functional.rms_norm(gate, weight, 1e-6)
        assert torch.allclose(interpreted(*CALL, "rms_norm", gate, weight, 1e-6), want, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("post", [False, True])
def test_the_residual_stream_is_added_to_in_place_and_normed(interpreted: Interpreted, post: bool) -> None:
    stream, added, weight, before = (random_rows(5, 96, seed=i) for i in range(4))
    got, summed = interpreted(
        "tests.kernels.triton.launchers", "add_rms_norm", stream, added, before[0] if post else None, weight[0]
    )
    with kernels.use("reference"):
        total = stream + (functional.rms_norm(added, before[0], 1e-6) if post else added)
        assert torch.allclose(summed, total, rtol=1e-5, atol=1e-6)
        assert torch.allclose(got, functional.rms_norm(total, weight[0], 1e-6), rtol=1e-5, atol=1e-5)


def experts(name: str, features: int, width: int, count: int, used: int) -> Experts:
    make = gaussian_weight if name in ("Q8_0", "Q5_0") else random_weight
    matrices = [
        tuple(make(name, *shape, seed=10 * i + at) for i in range(count))
        for at, shape in enumerate(((width, features), (width, features), (features, width)))
    ]
    return Experts(random_rows(count, features, seed=9), *matrices, used)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "tokens", "features", "width"),
    [(name, tokens, 256, 256) for name in WALKS for tokens in (1, 40)]
    if SWEEP
    else [("Q8_0", 3, 64, 32), ("Q8_0", 17, 64, 96), ("Q4_K", 17, 256, 256)],
)
def test_a_mixture_is_the_sum_of_its_experts(
    interpreted: Interpreted, name: str, tokens: int, features: int, width: int
) -> None:
    """Three tokens take the kernel of single slots, more the sorted blocks."""
    many, x = experts(name, features, width, 5, 2), random_rows(tokens, features, seed=3)
    got = interpreted(*CALL, "mixture", x, many)
    with kernels.use("reference"):
        want = mixture(x, many)
    assert_close(got, want, cosine=0.9999, relative_l1=0.01, rmse=0.01, largest=0.01)


@pytest.mark.parametrize("isa", ["cpu", "torch"])
def test_a_mixture_on_the_cpu_does_not_depend_on_the_batch(isa: str) -> None:
    many, x = experts("Q8_0", 64, 96, 5, 2), random_rows(23, 64, seed=3)
    with kernels.use(isa):  # type: ignore[arg-type]
        whole = mixture(x, many)
        if isa == "cpu":
            assert torch.equal(whole, torch.cat([mixture(x[:4], many), mixture(x[4:5], many), mixture(x[5:], many)]))
    with kernels.use("reference"):
        assert_close(whole, mixture(x, many), cosine=0.999, relative_l1=0.03, rmse=0.03, largest=0.03)


@settings(max_examples=60, deadline=None)
@given(
    chosen=st.integers(1, 8).flatmap(
        lambda count: st.lists(st.permutations(range(count)), min_size=1, max_size=40).map(lambda rows: (count, rows))
    ),
    used=st.integers(1, 8),
    size=st.sampled_from([16, 32, 64]),
)
def test_every_slot_stands_once_in_a_block_of_its_expert(
    chosen: tuple[int, list[list[int]]], used: int, size: int
) -> None:
    from konspekt.kernels.moe.gpu import sorted_slots

    count, rows = chosen
    picked = torch.tensor([row[: min(used, count)] for row in rows])
    slots = sorted_slots(picked, count, size)
    flat, blocks = picked.reshape(-1), slots.order.view(-1, size)
    assert sorted(int(s) for s in slots.order if s >= 0) == list(range(len(flat)))
    for expert, block in zip(slots.expert.tolist(), blocks.tolist(), strict=True):
        assert all(int(flat[s]) == expert for s in block if s >= 0)


def test_every_build_of_the_decoder_is_sound() -> None:
    assert not faults("konspekt.kernels.decoder.builds", [""] if SWEEP else ["embedding Q4_K"])
    assert not faults("konspekt.kernels.moe.builds", [""] if SWEEP else ["experts Q4_K gemm 16"])
