"""Rounding keeps what it promises: half a step, the better of two scales, and GPTQ's smaller output error."""

from __future__ import annotations

import gguf
import numpy as np
import pytest
import torch
from gguf import quants
from hypothesis import given, settings
from hypothesis import strategies as st

from konspekt.kernels import KernelError, QuantizedTensor
from konspekt.quantization.methods import FORMATS, Place, pack
from konspekt.quantization.rounding.grids import Grid
from konspekt.quantization.rounding.hessian import Hessian
from konspekt.quantization.rounding.nearest import (
    gptq,
    gptq_codes,
    layer_error,
    nearest,
    values_of,
)
from tests.kernels.helpers import random_rows

GRIDS: dict[str, Grid] = {name: form.grid for name, form in FORMATS.items() if form.grid is not None}
K_FORMATS = ("Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K")
PLACE = Place(0, 30, "self_attn.q_proj")


def correlated_inputs(rows: int, columns: int, seed: int = 0) -> torch.Tensor:
    """Inputs whose columns share a few directions, as activations do: that is what GPTQ makes use of."""
    return random_rows(rows, 24, seed=seed) @ random_rows(24, columns, seed=seed + 1) + 0.3 * random_rows(
        rows, columns, seed=seed + 2
    )


def some_hessian(columns: int) -> Hessian:
    x = correlated_inputs(400, columns)
    return Hessian(x.T @ x)


def error_of(name: str, method: str, weight: torch.Tensor, hessian: Hessian | None = None) -> float:
    made = pack(FORMATS[name], method, weight, PLACE, hessian).dequantize()  # type: ignore[arg-type]
    return layer_error(weight, made, hessian)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_comes_closer_with_more_bits_than_zero(name: str) -> None:
    weight = random_rows(32, 256)
    made = pack(FORMATS[name], "rtn", weight, PLACE)
    assert made.shape == (32, 256)
    assert made.dequantize().shape == (32, 256)
    assert layer_error(weight, made.dequantize(), None) < 0.5


def test_more_bits_are_better_within_a_family() -> None:
    weight = random_rows(32, 256)
    for family in (
        ["paretoq-1", "paretoq-1.58", "paretoq-2", "paretoq-3", "paretoq-4"],
        ["Q4_0", "Q5_0", "Q8_0"],
        ["e8p-2", "e8p-3", "e8p-4"],
        list(K_FORMATS),
    ):
        errors = [error_of(name, "rtn", weight) for name in family]
        assert errors == sorted(errors, reverse=True)


@pytest.mark.parametrize("name", ["Q8_0", "Q5_1", "Q5_0", "Q4_1", "Q4_0"])
def test_rounding_to_gguf_is_as_good_as_the_gguf_packages(name: str) -> None:
    weight = random_rows(16, 256)
    mine = nearest(GRIDS[name], weight)
    kind = gguf.GGMLQuantizationType[name]
    theirs = torch.from_numpy(quants.dequantize(quants.quantize(weight.numpy(), kind), kind))
    assert isinstance(mine, QuantizedTensor)
    assert layer_error(weight, mine.dequantize(), None) <= 1.01 * layer_error(weight, theirs, None)


@pytest.mark.parametrize("search", [False, True])
@pytest.mark.parametrize("name", K_FORMATS)
def test_k_formats_are_what_the_gguf_package_reads(name: str, search: bool) -> None:
    """Bit for bit, with outliers and blocks of nothing; and no value further off than its format's bits allow."""
    weight = random_rows(12, 512, outliers=True)
    weight[3, :256], weight[5, 16:48] = 0, 0
    made = nearest(GRIDS[name], weight, search=search)
    assert isinstance(made, QuantizedTensor)
    theirs = quants.dequantize(made.data, gguf.GGMLQuantizationType[name])
    assert np.array_equal(made.dequantize().numpy(), theirs)
    assert not theirs[3, :256].any()
    bound = {"Q2_K": 0.2, "Q3_K": 0.06, "Q4_K": 0.016, "Q5_K": 0.004, "Q6_K": 0.0012}[name]
    assert layer_error(weight, made.dequantize(), None) < bound


@pytest.mark.parametrize("name", K_FORMATS)
def test_searched_k_formats_are_about_as_good_as_ggmls_own(name: str) -> None:
    """What llama.cpp's own quantiser leaves of such weights, measured once with 0.3.36 of its Python package."""
    ggml = {"Q2_K": 0.08888, "Q3_K": 0.02272, "Q4_K": 0.005113, "Q5_K": 0.001296, "Q6_K": 0.0003103}[name]
    assert error_of(name, "mse", random_rows(64, 512)) < 1.06 * ggml


@settings(deadline=None, max_examples=30)
@given(name=st.sampled_from(sorted(GRIDS)), search=st.booleans(), seed=st.integers(0, 99))
def test_the_bytes_say_what_the_fit_says(name: str, search: bool, seed: int) -> None:
    """GPTQ corrects for the values that a fit promises; the packed bytes must hold just these, but for the last bit of
    a scale of two (2.4e-7): where the levels are symmetric a zero is the difference of two such numbers."""
    weight, grid = random_rows(4, 256, seed=seed), GRIDS[name]
    found, codes, _ = gptq_codes(grid, weight, Hessian(torch.eye(256)))
    promised = values_of(grid, found, codes)
    assert torch.allclose(grid.pack(codes, found).dequantize(), promised, rtol=1e-5, atol=5e-7)


@settings(deadline=None, max_examples=15)
@given(
    name=st.sampled_from(["Q4_0", "Q4_1", "Q4_K", "Q3_K", "IQ4_NL", "int4-g32", "paretoq-3"]), seed=st.integers(0, 99)
)
def test_searched_scales_are_never_worse(name: str, seed: int) -> None:
    weight, grid = random_rows(8, 256, seed=seed), GRIDS[name]
    plain, searched = (layer_error(weight, nearest(grid, weight, search=s).dequantize(), None) for s in (False, True))
    assert searched <= plain * (1 + 1e-6)


@pytest.mark.parametrize("name", [name for name in GRIDS if name != "Q8_0"])
def test_gptq_makes_up_for_its_errors(name: str) -> None:
    weight, x = random_rows(24, 256), correlated_inputs(400, 256)
    hessian, grid = Hessian(x.T @ x), GRIDS[name]
    plain = layer_error(weight, nearest(grid, weight).dequantize(), hessian)
    made = gptq(grid, weight, hessian).dequantize()
    assert layer_error(weight, made, hessian) < 0.5 * plain
    outputs, got = (x.double() @ w.T.double() for w in (weight, made))
    error = float((got - outputs).square().sum() / outputs.square().sum())
    assert error == pytest.approx(layer_error(weight, made, hessian), rel=0.01, abs=1e-7)


@pytest.mark.parametrize("bits", [2, 3, 4])
def test_the_lattice_makes_up_for_its_errors(bits: int) -> None:
    weight, hessian = random_rows(24, 192), some_hessian(192)
    assert error_of(f"e8p-{bits}", "ldlq", weight, hessian) < 0.2 * error_of(f"e8p-{bits}", "rtn", weight, hessian)


@pytest.mark.parametrize("name", [name for name, form in FORMATS.items() if "lsq" in form.methods])
def test_learned_scales_are_never_worse_than_gptq(name: str) -> None:
    weight, hessian = random_rows(24, 256), some_hessian(256)
    before, after = (error_of(name, method, weight, hessian) for method in ("gptq", "lsq"))
    assert after <= before * (1 + 1e-5)
    if name in {"paretoq-1", "paretoq-1.58", "paretoq-2"}:
        assert after < 0.85 * before


def test_gptq_without_correlation_is_rounding_to_nearest() -> None:
    """A diagonal Hessian leaves nothing to make up for."""
    weight, grid = random_rows(8, 128), GRIDS["Q4_0"]
    made = gptq(grid, weight, Hessian(torch.eye(128) * 3))
    assert torch.equal(made.dequantize(), nearest(grid, weight, search=True).dequantize())


def test_inputs_that_are_always_zero_do_not_stop_gptq() -> None:
    weight, x = random_rows(8, 128), correlated_inputs(200, 128)
    x[:, 5] = 0
    assert torch.isfinite(gptq(GRIDS["int4-g64"], weight, Hessian(x.T @ x)).dequantize()).all()


def test_numbers_that_are_none_are_refused() -> None:
    weight = random_rows(8, 128)
    weight[3, 5] = float("inf")
    with pytest.raises(KernelError, match="infinities"):
        nearest(GRIDS["Q4_0"], weight)
    with pytest.raises(KernelError, match="infinities"):
        gptq(GRIDS["Q4_0"], weight, Hessian(torch.eye(128)))
    with pytest.raises(KernelError, match="calibration text"):
        Hessian(torch.full((4, 4), float("nan")))
