"""What the papers say of their grids holds for ours."""

from __future__ import annotations

import pytest
import torch

from konspekt import kernels
from konspekt.kernels.formats import (
    e8p,
    matquant,
    paretoq,
    quest,
    rowwise,
)
from tests.kernels.helpers import random_rows


def relative_error(got: torch.Tensor, want: torch.Tensor) -> float:
    return float((got - want).square().mean() / want.square().mean())


# --- MatQuant


def test_matquant_slices_nest() -> None:
    codes = torch.arange(256, dtype=torch.uint8)
    four, two = matquant.slice_bits(codes, 4), matquant.slice_bits(codes, 2)
    assert torch.equal(matquant.slice_bits(four, 2), two)
    assert torch.equal(four, codes & 0xF0)
    assert torch.equal(two, codes & 0xC0)
    assert torch.equal(matquant.slice_bits(codes, 8), codes)
    rounded = matquant.slice_bits(codes, 4, rounded=True).int()
    assert int((rounded - codes.int()).abs()[:248].max()) == 8  # to nearest, but for what is clamped at the top
    assert int(rounded.max()) == 240


def test_one_matquant_tensor_holds_three_models() -> None:
    weight = random_rows(32, 256)
    w = matquant.quantize_matquant(weight)
    assert torch.equal(w.at(4).codes(), matquant.slice_bits(w.codes(), 4))
    assert torch.equal(w.at(4).at(2).codes(), w.at(2).codes())
    errors = [relative_error(w.at(bits).dequantize(), weight) for bits in (8, 4, 2)]
    assert errors[0] < 1e-3 < errors[1] < 0.05 < errors[2] < 1
    assert [round(w.at(bits).bits_per_weight) for bits in (8, 4, 2)] == [8, 4, 2]
    with pytest.raises(kernels.KernelError, match="4 bits were loaded"):
        w.at(4).at(8)


# --- ParetoQ


def test_stretched_elastic_levels_are_balanced() -> None:
    for bits in ("1", "1.58", "2"):
        levels = torch.tensor(paretoq.LEVELS[bits], dtype=torch.float64)
        assert torch.allclose(levels, -levels.flip(0))
        assert float(levels.diff().std()) < 1e-12 if len(levels) > 2 else True
    assert (min(paretoq.LEVELS["4"]), max(paretoq.LEVELS["4"])) == (-8, 7)  # LSQ is not


@pytest.mark.parametrize("bits", paretoq.LEVELS)
def test_paretoq_packs_without_loss_and_levels_are_fixed_points(bits: paretoq.Bits) -> None:
    codes = torch.arange(7 * 43).reshape(7, 43) % len(paretoq.LEVELS[bits])
    scales = torch.linspace(0.5, 2, 7)
    w = paretoq.ParetoQ(paretoq.pack_codes(codes, bits), scales, bits, 43)
    assert torch.equal(w.codes(), codes.to(torch.uint8))
    assert torch.equal(paretoq.grid_codes(w.dequantize(), scales, bits), w.codes())


@pytest.mark.parametrize("bits", paretoq.LEVELS)
def test_paretoq_takes_the_nearest_level(bits: paretoq.Bits) -> None:
    weight, levels = random_rows(8, 200), torch.tensor(paretoq.LEVELS[bits])
    scales = paretoq.initial_scales(weight, bits)
    distance = (weight[..., None] - levels * scales[:, None, None]).abs()
    chosen = distance.gather(-1, paretoq.grid_codes(weight, scales, bits).long()[..., None])[..., 0]
    assert torch.allclose(chosen, distance.amin(-1), atol=1e-6)


def test_searched_scales_are_better_and_more_bits_are_better() -> None:
    weight = random_rows(16, 512)
    errors = []
    for bits in paretoq.LEVELS:
        searched = relative_error(paretoq.quantize_paretoq(weight, bits).dequantize(), weight)
        first = paretoq.quantize_paretoq(weight, bits, paretoq.initial_scales(weight, bits))
        assert searched <= relative_error(first.dequantize(), weight) + 1e-6
        errors.append(searched)
    assert errors == sorted(errors, reverse=True)


def test_the_sign_of_a_normal_keeps_what_theory_says() -> None:
    """With the mean of |w| as its scale a sign keeps 2/pi of a normal's variance."""
    weight = random_rows(4, 20000)
    w = paretoq.quantize_paretoq(weight, "1", paretoq.initial_scales(weight, "1"))
    assert relative_error(w.dequantize(), weight) == pytest.approx(1 - 2 / torch.pi, abs=0.02)


# --- QuEST


def test_the_grid_is_the_published_one() -> None:
    """The constants of the authors' code (OPTIMAL_GAUSSIAN_SCALES), which were found numerically too."""
    published = {1: 0.79788, 2: 1.49353, 3: 2.05107, 4: 2.51393, 5: 2.91609, 6: 3.27660}
    assert {bits: quest.best_reach(bits) for bits in published} == pytest.approx(published, abs=2e-3)


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_the_grid_is_the_best_for_a_normal(bits: int) -> None:
    best = quest.best_reach(bits)
    least = quest.normal_error(bits, best)
    assert least < min(quest.normal_error(bits, 0.95 * best), quest.normal_error(bits, 1.05 * best))
    sample = random_rows(1, 200_000)
    step = 2 * best / ((1 << bits) - 1)
    rounded = ((sample + best) / step).round().clamp(0, (1 << bits) - 1) * step - best
    assert float((rounded - sample).square().mean()) == pytest.approx(least, rel=0.05)


@pytest.mark.parametrize(("bits", "bound"), [(4, 0.04), (8, 4e-4)])
def test_quest_products_are_integer_products_and_outliers_do_not_hurt(bits: int, bound: float) -> None:
    x, weight = random_rows(9, 576, outliers=True), random_rows(20, 576, seed=1)
    a, b = quest.quantize_quest(x, bits), quest.quantize_quest(weight, bits)
    assert int(a.odd_integers().abs().max()) < 1 << bits
    assert bool((a.odd_integers() % 2 != 0).all())
    got = quest.product(a, b)
    assert torch.allclose(got, a.dequantize() @ b.dequantize().T, rtol=1e-3, atol=1e-2)
    assert relative_error(got, x @ weight.T) < bound
    with pytest.raises(kernels.KernelError, match="seed"):
        quest.product(quest.quantize_quest(x, bits, seed=1), b)


# --- QuIP#


def test_the_e8p_codebook_is_two_to_the_sixteen_points_of_the_shifted_lattice() -> None:
    points = e8p.points(torch.arange(1 << 16))
    assert len(points.unique(dim=0)) == 1 << 16
    shift = torch.where(torch.arange(1 << 16) % 2 == 0, 0.25, -0.25)[:, None]
    doubled = ((points - shift) * 2).round()
    assert torch.equal(doubled / 2, points - shift)  # half-integers,
    assert bool((doubled.abs() % 2 == 1).all())  # all of them odd halves,
    assert bool(((points - shift).sum(1) % 2 == 0).all())  # with an even sum: D8 + 1/2, a half of E8
    table = e8p.absolute_values()
    assert table.shape == (256, 8)
    assert int((table.square().sum(1) <= 10).sum()) == 227


def test_the_nearest_point_is_the_nearest() -> None:
    x, points = random_rows(64, 8), e8p.points(torch.arange(1 << 16))
    found = e8p.points(e8p.nearest(x))
    best = torch.cdist(x.double(), points.double()).amin(1)
    assert torch.allclose((found - x).double().norm(dim=1), best, atol=1e-5)
    codes = torch.arange(0, 1 << 16, 97, dtype=torch.int32)
    assert torch.equal(e8p.nearest(e8p.points(codes)), codes)


def test_the_search_agrees_with_comparing_all_points_where_rounding_leaves_the_codebook() -> None:
    """Vectors of all lengths: near zero, at the rim of the codebook and far beyond it."""
    points = e8p.points(torch.arange(1 << 16)).double()
    for size in (0.1, 1.0, 1.4, 3.0):
        x = random_rows(48, 8, seed=int(10 * size)) * size
        best = torch.cdist(x.double(), points).amin(1)
        assert torch.allclose((e8p.points(e8p.nearest(x)) - x).double().norm(dim=1), best, atol=1e-5)


def test_the_residual_codebook_is_256_points_of_e8() -> None:
    points = e8p.short_points()
    assert points.unique(dim=0).shape == (256, 8)
    assert points.square().sum(1).unique(return_counts=True)[1].tolist() == [1, 240, 15]  # lengths 0, 2 and 4
    whole = (points == points.round()).all(1)
    assert bool(((points * 2).round() / 2 == points).all())
    assert bool((whole | ((points * 2) % 2 == 1).all(1)).all())  # all whole or all halves,
    assert bool((points.sum(1) % 2 == 0).all())  # with an even sum: E8
    dots = points @ points.T
    assert torch.equal(dots, dots.round())  # a lattice whose products are whole
    codes = torch.arange(256).to(torch.uint8)
    assert torch.equal(e8p.nearest_short(points), codes)


def test_the_lattice_beats_two_bits_a_number() -> None:
    """0.0915 of a normal's variance is left, where the best four levels (Lloyd-Max) leave 0.1175."""
    x = random_rows(3000, 8)
    left = [
        relative_error(e8p.points(e8p.nearest(x * s)) / s, x) for s in (0.9 * e8p.SCALE, e8p.SCALE, 1.1 * e8p.SCALE)
    ]
    assert left[1] == min(left)
    assert left[1] < 0.095


@pytest.mark.parametrize(("bits", "bound"), [(2, 0.1), (3, 0.034), (4, 0.011)])
def test_incoherence_makes_outliers_ordinary(bits: int, bound: float) -> None:
    weight = random_rows(64, 192)
    weight[:, 7] *= 20
    w = e8p.quantize_e8p(weight, bits)
    assert relative_error(w.dequantize(), weight) < bound
    assert w.bits_per_weight == bits + 32 / 192


# --- eight bits a row


@pytest.mark.parametrize(("kind", "bound"), [("int8", 1e-4), ("fp8", 1e-3)])
def test_eight_bits_a_row(kind: str, bound: float) -> None:
    weight, x = random_rows(12, 96), random_rows(5, 96, seed=2)
    w, a = rowwise.quantize_rows(weight, kind), rowwise.quantize_rows(x, kind)  # type: ignore[arg-type]
    assert relative_error(w.dequantize(), weight) < bound
    assert relative_error(rowwise.product(a, w), x @ weight.T) < 3 * bound
    assert torch.equal(rowwise.quantize_rows(torch.zeros(2, 8), kind).dequantize(), torch.zeros(2, 8))  # type: ignore[arg-type]
    with pytest.raises(kernels.KernelError, match="NaN"):
        rowwise.quantize_rows(torch.tensor([[float("nan")]]), kind)  # type: ignore[arg-type]
