"""Hadamard transforms by Triton's interpreter against float64, and the quantisation that is fused with them."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from konspekt import kernels
from konspekt.kernels.formats import quest
from konspekt.kernels.hadamard import reference
from tests.kernels.helpers import random_rows
from tests.kernels.triton.conftest import SWEEP, Interpreted
from tests.kernels.triton.test_builds import faults

GPU = "konspekt.kernels.hadamard.gpu"
SIZES = [1, 2, 8, 12, 20, 28, 48, 256, 448, 1280, 28672]
if SWEEP:  # 12, 20, 28 and 1; from 20480 on a block is shared by two to sixteen programs
    SIZES += [1024, 1536, 1792, 3584, 4096, 5120, 14336, 16384, 20480, 24576, 32768, 57344, 65536, 196608]


@pytest.mark.parametrize("n", SIZES)
def test_every_size_is_the_reference_and_back(interpreted: Interpreted, n: int) -> None:
    x = random_rows(*((2, 3) if n < 10_000 else (1, 1)), n, outliers=n > 3)
    got = interpreted(GPU, "transform", x)
    assert float((got - reference.hadamard_transform(x.double())).abs().max()) <= 2e-6 * float(x.abs().max()) * n**0.5
    back = interpreted(GPU, "transform", got, inverse=True)
    assert float((back - x).abs().max()) <= 3e-6 * float(x.abs().max()) * n**0.25


@settings(max_examples=60 if SWEEP else 8, deadline=None)
@given(n=st.integers(1, 700), rows=st.integers(0, 5), seed=st.integers(0, 9), inverse=st.booleans())
def test_any_width_is_rotated_in_blocks(interpreted: Interpreted, n: int, rows: int, seed: int, inverse: bool) -> None:
    x = random_rows(rows, n, seed=seed)
    got = interpreted(GPU, "randomised", x, seed, inverse=inverse)
    want = reference.randomised(x.double(), seed, inverse=inverse)
    assert got.shape == want.shape
    assert torch.allclose(got.double(), want, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_strided_rows_of_narrow_floats_are_read_where_they_lie(interpreted: Interpreted, dtype: torch.dtype) -> None:
    wide, tall = random_rows(4, 100).to(dtype), random_rows(48, 3).to(dtype)
    for x in (wide[::2, 20:68], tall.T):
        got = interpreted(GPU, "transform", x)
        assert torch.allclose(got.double(), reference.hadamard_transform(x.double()), atol=1e-5)


@pytest.mark.parametrize(("n", "bits"), [(256, 4), (256, 8), (576, 4), (576, 8), (1280, 4), (28672, 4)])
def test_quest_codes_are_those_of_the_reference(interpreted: Interpreted, n: int, bits: int) -> None:
    """But for numbers that lie on the border of two levels within a rounding: those may take either."""
    x = random_rows(2 if n > 10_000 else 5, n, outliers=True)
    want, reach = quest.quantize_quest(x, bits, 7), quest.best_reach(bits)
    codes, scales, sums = interpreted(GPU, "quest_codes", x, bits, 7, reach, n + 64)
    assert torch.allclose(scales, want.scales, rtol=1e-6)
    assert not codes[:, n:].any()
    odd = 2 * codes[:, :n].int() + 1
    exact = reference.randomised(x.double(), 7) / want.scales.double()[:, None]
    inner = exact.abs() < (1 << bits) - 1
    assert float((odd - exact).abs()[inner].max()) <= 1 + 1e-3
    assert float((odd != want.odd_integers()).float().mean()) < 2e-3
    assert torch.equal(sums.sum(1), codes.int().sum(1).to(sums.dtype))
    packed, same = interpreted(GPU, "quest_packed", x, bits, 7, reach)
    ours = quest.Quest(packed, same, bits, 7)
    assert torch.equal(ours.odd_integers().int(), odd)
    snapped = interpreted(GPU, "quest_values", x, bits, 7, reach)
    assert torch.allclose(snapped, ours.rotated(), rtol=1e-6)


def test_a_row_of_nothing_stays_finite(interpreted: Interpreted) -> None:
    values = interpreted(GPU, "quest_values", torch.zeros(1, 64), 4, 0, quest.best_reach(4))
    assert float(values.abs().max()) < 1e-18


def test_what_has_no_transform_is_said(interpreted: Interpreted) -> None:
    with pytest.raises(kernels.KernelError, match="36"):
        interpreted(GPU, "transform", torch.zeros(1, 36))
    with pytest.raises(kernels.KernelError, match="524288"):
        interpreted(GPU, "transform", torch.zeros(1, 1 << 19))
    with pytest.raises(kernels.KernelError, match="fill bytes"):
        interpreted(GPU, "quest_packed", torch.zeros(1, 7), 4, 0, 2.5)


@pytest.mark.parametrize("words", [[""]] if SWEEP else [["3584 codes"], ["1536 values inverse"]], ids=" ".join)
def test_every_build_is_sound(words: list[str]) -> None:
    assert not faults("konspekt.kernels.hadamard.builds", words)
