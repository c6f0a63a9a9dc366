"""Rounding keeps what it promises: half a step, the better of two scales, and GPTQ's smaller output error."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels import KernelError, QuantizedTensor
from quantization.methods import FORMATS, pack
from quantization.rounding import gptq, layer_error, nearest
from tests.kernels.helpers import random_rows

GRIDS = [name for name, form in FORMATS.items() if form.grid is not None]
GGUF = [name for name, form in FORMATS.items() if form.gguf]


def correlated_inputs(rows: int, columns: int, seed: int = 0) -> torch.Tensor:
    """Inputs whose columns share a few directions, as activations do: that is what GPTQ makes use of."""
    return random_rows(rows, 24, seed=seed) @ random_rows(24, columns, seed=seed + 1) + 0.3 * random_rows(
        rows, columns, seed=seed + 2
    )


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_comes_closer_with_more_bits_than_zero(name: str) -> None:
    weight = random_rows(32, 256)
    made = pack(FORMATS[name], "rtn", weight)
    assert made.shape == (32, 256)
    assert made.dequantize().shape == (32, 256)
    assert layer_error(weight, made.dequantize(), None) < 0.5


def test_more_bits_are_better_within_a_family() -> None:
    weight = random_rows(32, 256)
    for family in (["paretoq-1", "paretoq-1.58", "paretoq-2", "paretoq-3", "paretoq-4"], ["Q4_0", "Q5_0", "Q8_0"]):
        errors = [layer_error(weight, pack(FORMATS[name], "rtn", weight).dequantize(), None) for name in family]
        assert errors == sorted(errors, reverse=True)


@pytest.mark.parametrize("name", GGUF)
def test_rounding_to_gguf_is_as_good_as_the_gguf_packages(name: str) -> None:
    import gguf
    from gguf import quants

    weight = random_rows(16, 256)
    mine = nearest(FORMATS[name].grid, weight)  # type: ignore[arg-type]
    kind = gguf.GGMLQuantizationType[name]
    theirs = torch.from_numpy(quants.dequantize(quants.quantize(weight.numpy(), kind), kind))
    assert isinstance(mine, QuantizedTensor)
    assert layer_error(weight, mine.dequantize(), None) <= 1.01 * layer_error(weight, theirs, None)


@settings(deadline=None, max_examples=15)
@given(name=st.sampled_from(["Q4_0", "Q4_1", "int4-g32", "paretoq-3"]), seed=st.integers(0, 99))
def test_searched_scales_are_never_worse(name: str, seed: int) -> None:
    weight, grid = random_rows(8, 128, seed=seed), FORMATS[name].grid
    assert grid is not None
    plain, searched = (layer_error(weight, nearest(grid, weight, search=s).dequantize(), None) for s in (False, True))
    assert searched <= plain * (1 + 1e-6)


@pytest.mark.parametrize("name", [name for name in GRIDS if name != "Q8_0"])
def test_gptq_makes_up_for_its_errors(name: str) -> None:
    weight, x = random_rows(24, 256), correlated_inputs(400, 256)
    hessian = (x.T @ x).double()
    grid = FORMATS[name].grid
    assert grid is not None
    plain = layer_error(weight, nearest(grid, weight).dequantize(), hessian)
    made = layer_error(weight, gptq(grid, weight, hessian).dequantize(), hessian)
    assert made < 0.8 * plain
    outputs = x.double() @ weight.T.double()
    got = x.double() @ gptq(grid, weight, hessian).dequantize().T.double()
    assert float((got - outputs).square().sum() / outputs.square().sum()) == pytest.approx(made, rel=1e-4)


def test_gptq_without_correlation_is_rounding_to_nearest() -> None:
    """A diagonal Hessian leaves nothing to make up for."""
    weight, grid = random_rows(8, 128), FORMATS["Q4_0"].grid
    assert grid is not None
    made = gptq(grid, weight, torch.eye(128, dtype=torch.float64) * 3)
    assert torch.equal(made.dequantize(), nearest(grid, weight).dequantize())


def test_inputs_that_are_always_zero_do_not_stop_gptq() -> None:
    weight, x = random_rows(8, 128), correlated_inputs(200, 128)
    x[:, 5] = 0
    grid = FORMATS["int4-g64"].grid
    assert grid is not None
    assert torch.isfinite(gptq(grid, weight, (x.T @ x).double()).dequantize()).all()


def test_numbers_that_are_none_are_refused() -> None:
    weight, grid = random_rows(8, 128), FORMATS["Q4_0"].grid
    weight[3, 5] = float("inf")
    assert grid is not None
    with pytest.raises(KernelError, match="infinities"):
        nearest(grid, weight)
    with pytest.raises(KernelError, match="infinities"):
        gptq(grid, weight, torch.eye(128, dtype=torch.float64))
