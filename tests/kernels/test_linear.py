"""`linear` of every format and instruction set against float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from konspekt import kernels
from konspekt.kernels import functional
from konspekt.kernels.cpu import isa as isa_in_use
from konspekt.kernels.formats import FORMATS
from tests.kernels.helpers import PACKED, PLAIN, assert_close, random_rows, random_weight

EIGHT_BITS = {"cosine": 0.9998, "relative_l1": 0.012, "rmse": 0.012, "largest": 0.02}  # activations in 8 bits
FLOATS = {"cosine": 0.999999, "relative_l1": 1e-5, "rmse": 1e-5, "largest": 1e-5}


def odd_shape(name: str) -> tuple[int, int]:
    """Rows that are no multiple of a tile; columns that are no multiple of 256 where the format allows it."""
    return (37, 768) if FORMATS[name].block_size == 256 else (37, 608)


def reference(x: torch.Tensor, w: kernels.QuantizedTensor, bias: torch.Tensor | None = None) -> torch.Tensor:
    with kernels.use("reference"):
        return functional.linear(x, w, bias)


@pytest.mark.parametrize("name", [*PACKED, *PLAIN])
@pytest.mark.parametrize("rows", [1, 3, 8, 9, 41])
def test_linear_is_close_to_float64(isa: str, name: str, rows: int) -> None:
    assert isa_in_use() == isa
    out_features, in_features = odd_shape(name)
    w, x = random_weight(name, out_features, in_features), random_rows(rows, in_features)
    bias = random_rows(out_features, seed=1)
    bounds = FLOATS if name in PLAIN else EIGHT_BITS
    if out_features * rows < 200:  # a handful of numbers: no mean to speak of
        bounds = {**bounds, "relative_l1": 2 * bounds["relative_l1"], "rmse": 2 * bounds["rmse"]}
    assert_close(functional.linear(x, w, bias), reference(x, w, bias), **bounds)


@pytest.mark.parametrize("name", PACKED)
def test_a_row_does_not_depend_on_its_batch(isa: str, name: str) -> None:
    w, x = random_weight(name, *odd_shape(name)), random_rows(23, odd_shape(name)[1], outliers=True)
    whole = functional.linear(x, w)
    for rows in (1, 2, 3, 4, 5, 6, 7, 8, 9, 14):
        assert torch.equal(functional.linear(x[-rows:], w), whole[-rows:]), rows


@pytest.mark.parametrize("name", PACKED)
@pytest.mark.parametrize("rows", [1, 11])
def test_instruction_sets_differ_by_a_rounding_at_most(isa: str, name: str, rows: int) -> None:
    """AVX2 adds up 256 columns of a K format as integers, the others 32: the same sum, rounded elsewhere.

    Nobody moves a half-computed prompt to another processor, so equal bits between instruction sets buy nothing.
    """
    w, x = random_weight(name, *odd_shape(name)), random_rows(rows, odd_shape(name)[1])
    from konspekt.kernels.cpu import use_isa

    with use_isa("portable"):
        want = functional.linear(x, w)
    got = functional.linear(x, w)
    if FORMATS[name].block_size == 32:
        assert torch.equal(got, want)
    assert float((got - want).abs().max() / want.abs().max()) <= 1e-6


@pytest.mark.parametrize("name", PACKED)
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_codes_and_activations_at_their_ends_do_not_overflow(isa: str, name: str, sign: float) -> None:
    """Sums are taken in 16 bits where the range of the codes allows it: the largest codes times the largest x."""
    layout = FORMATS[name]
    for filled in (0, 255):
        blocks = np.full((33 * 512 // layout.block_size, layout.block_bytes), filled, np.uint8)
        raw = dict(layout.split(blocks))
        for field in ("d", "dmin", "m"):
            if field in raw:
                raw[field] = np.full((len(blocks), 1), 0.01, np.float16)
        w = kernels.QuantizedTensor.from_gguf(layout.join(raw), name, (33, 512))
        x = torch.full((9, 512), sign)
        x[1, 1::2], x[2, 2::4], x[2, 3::4] = -sign, -sign, -sign
        got, want = functional.linear(x, w), reference(x, w)
        size = (w.dequantize().abs() @ x[0].abs()).max()
        assert float((got - want).abs().max() / size.clamp_min(1e-6)) <= 1e-5


def test_outliers_cost_little_since_256_activations_share_a_scale(isa: str) -> None:
    w, x = random_weight("Q4_K", 48, 1024), random_rows(9, 1024, outliers=True)
    assert_close(functional.linear(x, w), reference(x, w), cosine=0.999, relative_l1=0.03, rmse=0.03, largest=0.04)


def test_formats_of_small_blocks_keep_an_outlier_to_its_32_activations(isa: str) -> None:
    w, x = random_weight("Q4_1", 48, 1024), random_rows(9, 1024)
    x[:, 5] = 300.0
    with kernels.use("reference"):
        dense = w.dequantize()
    rest = functional.linear(x, w) - x[:, :32] @ dense[:, :32].T
    assert_close(rest, x[:, 32:] @ dense[:, 32:].T, cosine=0.9, relative_l1=0.25, rmse=0.25, largest=0.3)


def test_a_group_equals_its_members(isa: str) -> None:
    names = ("Q4_K", "Q6_K", "Q8_0", "Q4_1", "F16")
    weights = [random_weight(name, 16 * (i + 1) + 3, 512, seed=i) for i, name in enumerate(names)]
    for rows in (1, 20):
        x = random_rows(rows, 512)
        together = functional.linear_group(x, weights)
        assert all(torch.equal(y, functional.linear(x, w)) for y, w in zip(together, weights, strict=True))


def test_leading_dimensions_stay(isa: str) -> None:
    w, x = random_weight("Q8_0", 20, 64), random_rows(2, 5, 64)
    y = functional.linear(x, w)
    assert y.shape == (2, 5, 20)
    assert torch.equal(y[1], functional.linear(x[1], w))
    assert functional.linear(x[:0], w).shape == (0, 5, 20)


def test_zeros_and_bfloat16_input(isa: str) -> None:
    w = random_weight("Q4_K", 16, 256)
    assert torch.equal(functional.linear(torch.zeros(2, 256), w), torch.zeros(2, 16))
    x = random_rows(3, 256).bfloat16()
    assert torch.equal(functional.linear(x, w), functional.linear(x.float(), w))


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_do_not_change_the_result(isa: str, threads: int) -> None:
    w, x = random_weight("Q6_K", 200, 512), random_rows(30, 512)
    before, want = kernels.get_threads(), functional.linear(x, w)
    kernels.set_threads(threads)
    try:
        assert kernels.get_threads() == threads
        assert torch.equal(functional.linear(x, w), want)
        assert torch.equal(functional.linear(x[:2], w), want[:2])
    finally:
        kernels.set_threads(before)


def test_shapes_that_do_not_fit_are_refused() -> None:
    w = random_weight("Q4_K", 16, 256)
    with pytest.raises(kernels.KernelError, match="255"):
        functional.linear(torch.zeros(1, 255), w)
    with pytest.raises(kernels.KernelError, match="bias"):
        functional.linear(torch.zeros(1, 256), w, torch.zeros(15))


def test_prepared_weights_can_let_go_of_the_file(isa: str) -> None:
    w, x = random_weight("Q4_K", 32, 256), random_rows(2, 256)
    want = functional.linear(x, w)
    kernels.prepare(w, release=True)
    assert torch.equal(functional.linear(x, w), want)
    with pytest.raises(kernels.KernelError, match="released"):
        w.dequantize()
