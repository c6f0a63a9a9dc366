"""Products with GPTQ's, AWQ's and compressed-tensors' integers, run by Triton's interpreter, against float64."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from konspekt import kernels
from konspekt.kernels import functional
from konspekt.kernels.formats.checkpoints import (
    from_awq,
    from_gptq,
    to_awq,
    to_gptq,
)
from konspekt.kernels.formats.grouped import Grouped, uniform_groups
from konspekt.kernels.linear import reference
from tests.kernels.helpers import assert_close, random_rows
from tests.kernels.triton.conftest import Interpreted
from tests.kernels.triton.test_linear import SINGLE


def some(out: int, groups: int, size: int, bits: int, seed: int = 0, *, shuffled: bool = False) -> Grouped:
    generator = torch.Generator().manual_seed(seed)
    group = uniform_groups(groups * size, size)
    return Grouped(
        torch.randint(0, 1 << bits, (out, groups * size), generator=generator, dtype=torch.uint8),
        (torch.rand(out, groups, generator=generator) * 0.02 + 0.001).half(),
        torch.randint(0, 1 << bits, (out, groups), generator=generator, dtype=torch.uint8),
        group[torch.randperm(groups * size, generator=generator)] if shuffled else group,
        bits,
    )


def run(interpreted: Interpreted, x: torch.Tensor, w: Grouped, bias: torch.Tensor | None = None) -> torch.Tensor:
    got: torch.Tensor = interpreted("tests.kernels.triton.launchers_linear", "linear", x, w, bias)
    return got


@pytest.mark.parametrize("size", [32, 64, 128, 416])
@pytest.mark.parametrize("bits", [4, 8])
def test_every_group_size_agrees_with_float64(interpreted: Interpreted, bits: int, size: int) -> None:
    w, bias = some(67, 416 // size or 1, size, bits), random_rows(67, seed=1)
    for rows in (1, 9):
        x = random_rows(rows, w.shape[1])
        assert_close(run(interpreted, x, w, bias), reference.linear(x, w, bias), **SINGLE)


@settings(max_examples=8, deadline=None)
@given(
    bits=st.sampled_from([4, 8]), rows=st.integers(1, 20), out=st.integers(1, 70),
    groups=st.integers(1, 4), seed=st.integers(0, 99),
)  # fmt: skip
def test_act_order_costs_a_gather_and_no_accuracy(  # noqa: PLR0917
    interpreted: Interpreted, bits: int, rows: int, out: int, groups: int, seed: int
) -> None:
    w = some(out, groups, 64, bits, seed, shuffled=True)
    x = random_rows(rows, w.shape[1], seed=seed)
    largest = float((x.abs() @ w.dequantize().abs().T).max())
    difference = run(interpreted, x, w) - reference.linear(x, w)
    assert float(difference.abs().max()) <= 5e-6 * max(largest, 1e-3)


def test_what_checkpoints_hold_is_multiplied(interpreted: Interpreted) -> None:
    w, x = some(24, 2, 64, 4), random_rows(2, 128)
    want = reference.linear(x, w)
    for read in (from_gptq(to_gptq(w)), from_awq(to_awq(w))):
        assert_close(run(interpreted, x, read), want, **SINGLE)


def test_uneven_groups_are_refused(interpreted: Interpreted) -> None:
    w = some(8, 2, 64, 4)
    w.group[:5] = 1
    with pytest.raises(kernels.KernelError, match="must be equal"):
        run(interpreted, random_rows(1, 128), w)
    with pytest.raises(kernels.KernelError, match="127"):
        functional.linear(random_rows(1, 127), w)
