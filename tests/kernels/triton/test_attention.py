"""The attention kernels, run by Triton's interpreter, against float64.

KONSPEKT_SWEEP=1 takes every head_dim, group and pair of lengths together, and of variants, masks and packed sequences
every two values together (tests/kernels/pairwise.py); all combinations would take hours.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from typing import Any

import pytest
import torch

from konspekt.kernels.attention.quantized_reference import attend, attend_varlen
from konspekt.kernels.attention.recipe import RECIPES, Recipe, Variant
from tests.kernels.helpers import random_rows
from tests.kernels.pairwise import pairwise
from tests.kernels.triton.conftest import SWEEP, Interpreted

EXACT = RECIPES["exact"]
INT4 = replace(RECIPES["int4_fp8"], fp8=False)  # Q·K in INT4, P·V as exact as V's type
ALL: tuple[Variant, ...] = ("sage", "int8", "int8_fp8", "int4_fp8")
# Against the reference of the same recipe: what is left is float32 against float64, and codes that fall on a border.
SAME = {"sage": 0.9999, "int8": 0.9999, "int8_fp8": 0.999, "int4_fp8": 0.999}
# Against exact attention, on normal data, which is the hardest for INT4: mean and worst cosine, relative L1.
BOUNDS: dict[Variant, tuple[float, float, float]] = {
    "sage": (0.9998, 0.998, 0.02),
    "int8": (0.9998, 0.998, 0.02),
    "int8_fp8": (0.999, 0.996, 0.05),
    "int4_fp8": (0.98, 0.85, 0.25),
}


def cosines(got: torch.Tensor, want: torch.Tensor) -> torch.Tensor:
    """Of every row that sees something."""
    a, b = got.double().flatten(0, -2), want.double().flatten(0, -2)
    return torch.nn.functional.cosine_similarity(a, b, dim=-1)[b.abs().sum(-1) > 0]


def relative_l1(got: torch.Tensor, want: torch.Tensor) -> float:
    return float((got.double() - want).abs().sum() / want.abs().sum())


def qkv(  # noqa: PLR0917
    batch: int, heads: int, kv_heads: int, q_len: int, k_len: int, dim: int, dtype: torch.dtype = torch.float16
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    return (
        random_rows(batch, heads, q_len, dim).to(dtype),
        random_rows(batch, kv_heads, k_len, dim, seed=1).to(dtype),
        random_rows(batch, kv_heads, k_len, dim, seed=2).to(dtype),
    )


def launch(interpreted: Interpreted, variant: str, q, k, v, **options):  # type: ignore[no-untyped-def]
    """Output and log-sum-exp of the kernels."""
    return interpreted("konspekt.kernels.attention", "attention.with_lse", q, k, v, variant=variant, **options)


def agree(variant: Variant, got, want, *, worst: float | None = None) -> None:  # type: ignore[no-untyped-def]
    """worst: cosine of a row, SAME's unless given."""
    (out, lse), (right, right_lse) = got, want
    assert torch.isfinite(out).all()
    assert torch.equal(lse.isinf(), right_lse.isinf())
    assert float(cosines(out, right).min()) >= (worst or SAME[variant])
    seen = right_lse.isfinite()
    assert float((lse - right_lse)[seen].abs().max()) < 0.02


SHAPES = [  # batch, heads, kv_heads, q_len, k_len, dim, type
    (1, 2, 2, 1, 1, 64, torch.float16),
    (2, 3, 1, 17, 17, 96, torch.bfloat16),
    (1, 6, 1, 1, 300, 128, torch.float16),
    (1, 8, 1, 17, 17, 64, torch.float16),
    (1, 2, 1, 128, 300, 64, torch.bfloat16),
    (1, 1, 1, 17, 128, 256, torch.float16),
    (1, 1, 1, 300, 128, 64, torch.float32),  # more queries than keys: the first see nothing
]
CASES = [(variant, *shape, True) for shape in SHAPES for variant in ALL[1:]]
LENGTHS = ((1, 1), (1, 300), (17, 17), (17, 128), (128, 128), (300, 300), (128, 300), (300, 128))
if SWEEP:  # 128: every head_dim, group and pair of lengths together, each two of them with every variant
    drawn = random.Random(0)
    CASES = [
        (ALL[(d + g + at) % len(ALL)], batch, kv_heads * group, kv_heads, *lengths, dim, dtype, causal)
        for (d, dim), (g, group), (at, lengths) in itertools.product(
            enumerate((64, 96, 128, 256)), enumerate((1, 3, 6, 8)), enumerate(LENGTHS)
        )
        for batch, kv_heads in (drawn.choice(((1, 2), (2, 1))) if min(lengths) < 128 else (1, 1),)
        for dtype, causal in ((drawn.choice((torch.float16, torch.bfloat16)), drawn.choice((True, False))),)
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda c: "-".join(map(str, c)))
def test_every_shape_agrees_with_its_reference(interpreted: Interpreted, case) -> None:  # type: ignore[no-untyped-def]
    variant, *shape, causal = case
    q, k, v = qkv(*shape)
    want = attend(q, k, v, RECIPES[variant], causal=causal, scale=shape[5] ** -0.5)
    agree(variant, launch(interpreted, variant, q, k, v, causal=causal), want)


@pytest.mark.parametrize("variant", ALL)
def test_what_quantising_loses_is_bounded(interpreted: Interpreted, variant: Variant) -> None:
    q, k, v = qkv(1, 2, 1, 150, 260, 64)
    got, _ = launch(interpreted, variant, q, k, v, causal=False)
    want, _ = attend(q, k, v, EXACT, causal=False, scale=64**-0.5)
    mean, worst, l1 = BOUNDS[variant]
    assert float(cosines(got, want).mean()) >= mean
    assert float(cosines(got, want).min()) >= worst
    assert relative_l1(got, want) <= l1


OPTIONS: list[dict[str, Any]] = [
    {"causal": True, "window": 20},
    {"causal": True, "window": 130},
    {"causal": False, "window": 70},
    {"causal": False, "mask": "bool"},
    {"causal": True, "mask": "added"},
    {"causal": False, "mask": "by key"},
    {"causal": True, "scale": 0.5},
]
MASKED = [(variant, at, 64, 2, (70, 200)) for at in range(len(OPTIONS)) for variant in ("sage", "int8", "int8_fp8")]
if SWEEP:
    MASKED = pairwise(
        ALL, range(len(OPTIONS)), (64, 96, 128, 256), (1, 3, 6, 8), ((70, 200), (17, 17), (300, 128), (1, 300))
    )


@pytest.mark.parametrize(("variant", "option", "dim", "group", "lengths"), MASKED, ids=str)
def test_masks_and_windows(  # noqa: PLR0917
    interpreted: Interpreted, variant: Variant, option: int, dim: int, group: int, lengths: tuple[int, int]
) -> None:
    q_len, k_len = lengths
    q, k, v = qkv(2, group, 1, q_len, k_len, dim)
    options = {"scale": dim**-0.5, **OPTIONS[option]}
    if options.get("mask") == "bool":
        options["mask"] = random_rows(2, 1, q_len, k_len, seed=5) > 0
        options["mask"][1, 0, q_len // 5] = False  # a row that sees nothing
    elif options.get("mask") == "added":
        options["mask"] = random_rows(group, q_len, k_len, seed=5)
        options["mask"][:, :, k_len * 3 // 4 :] = torch.finfo(torch.float32).min  # as transformers writes "no"
    elif options.get("mask") == "by key":
        options["mask"] = (torch.arange(k_len) % 3 > 0)[None, None, None, :].expand(2, 1, q_len, k_len)
    want = attend(q, k, v, RECIPES[variant], **options)
    # sharper scores make more of a code that falls to the other side of a border
    worst = 0.9995 if options["scale"] == 0.5 and SAME[variant] > 0.9995 else None
    agree(variant, launch(interpreted, variant, q, k, v, **options), want, worst=worst)


def test_a_row_that_sees_nothing_is_zero_and_no_number_is_lost(interpreted: Interpreted) -> None:
    q, k, v = qkv(1, 1, 1, 5, 3, 64)
    for variant in ALL:
        out, lse = launch(interpreted, variant, q, k, v)
        assert torch.equal(out[:, :, :2], torch.zeros(1, 1, 2, 64, dtype=out.dtype))
        assert torch.isneginf(lse[:, :, :2]).all()
        assert torch.isfinite(lse[:, :, 2:]).all()


PACKED = [("int8", 64, 2), ("int8_fp8", 64, 2), ("int4_fp8", 64, 2)]
if SWEEP:
    PACKED = pairwise(ALL, (64, 96, 128, 256), (1, 3, 6, 8))


@pytest.mark.parametrize(("variant", "dim", "group"), PACKED, ids=str)
def test_packed_sequences_see_only_themselves(interpreted: Interpreted, variant: Variant, dim: int, group: int) -> None:
    q_lens, k_lens = [1, 70, 0, 33], [50, 70, 9, 140]
    cu_q, cu_k = (torch.tensor([0, *lens]).cumsum(0).int() for lens in (q_lens, k_lens))
    q, k, v = (
        random_rows(104, 2 * group, dim).half(),
        random_rows(269, 2, dim, seed=1).half(),
        random_rows(269, 2, dim, seed=2).half(),
    )
    lengths = (cu_q, cu_k, 70, 140)
    got = interpreted("konspekt.kernels.attention", "attention.varlen", q, k, v, *lengths, variant=variant)
    want = attend_varlen(q, k, v, cu_q, cu_k, RECIPES[variant], causal=True, scale=dim**-0.5)
    agree(variant, got, want)


def test_smoothing_saves_keys_whose_channels_stick_out(interpreted: Interpreted) -> None:
    """K with a constant offset of 100 in some channels, as real models have: smoothing keeps INT8's codes."""
    q, k, v = qkv(1, 1, 1, 64, 200, 64)
    k[..., 3::17] += 100.0
    want, right_lse = attend(q, k, v, EXACT, causal=False, scale=0.125)
    out, lse = launch(interpreted, "sage", q, k, v, causal=False)
    rough, _ = attend(q, k, v, replace(RECIPES["sage"], smooth_k=False), causal=False, scale=0.125)
    assert float(cosines(out, want).mean()) > 0.999
    assert float(cosines(rough, want).mean()) < 0.995
    assert float((lse - right_lse).abs().max()) < 0.05


@pytest.mark.parametrize("variant", ["int8_fp8", "int4_fp8"])
def test_a_sink_does_not_drown_the_rest_in_fp8(interpreted: Interpreted, variant: Variant) -> None:
    """The first key takes nearly all: others keep 2^-12 of the mass each, below E4M3 when walked forwards unscaled."""
    q, k, v = qkv(1, 1, 1, 32, 256, 64)
    k[:, :, 0] = 0
    q[..., 0], k[..., 0], k[:, :, 0, 0] = 8.0, 0.0, 8.0
    v[:, :, 0] *= 1e-3
    want, _ = attend(q, k, v, EXACT if variant == "int8_fp8" else INT4, causal=False, scale=0.125)
    out, _ = launch(interpreted, variant, q, k, v, causal=False)
    assert float(cosines(out, want).mean()) > 0.99


@pytest.mark.parametrize("variant", ALL)
def test_bfloat16_beyond_the_range_of_fp16(interpreted: Interpreted, variant: Variant) -> None:
    q, k, v = (x.bfloat16() for x in qkv(1, 1, 1, 40, 100, 64))
    q, k, v = q * 1e-3, k * 1e6, v * 1e6
    got = launch(interpreted, variant, q, k, v, scale=2e-4)
    agree(variant, got, attend(q, k, v, RECIPES[variant], causal=True, scale=2e-4))


@pytest.mark.parametrize("variant", ALL)
def test_channels_of_k_a_hundred_times_larger(interpreted: Interpreted, variant: Variant) -> None:
    q, k, v = qkv(1, 2, 1, 40, 150, 64)
    k[..., 3::17] *= 100.0
    got = launch(interpreted, variant, q, k, v, causal=False, scale=0.02)
    agree(variant, got, attend(q, k, v, RECIPES[variant], causal=False, scale=0.02))


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(k_group=1, rotate=True),
        Recipe(k_group=32, q_group=32),
        Recipe(q_group=128),
        Recipe(fp16_sums=True),
        Recipe(smooth_k=False),
        Recipe(levels=7, q_levels=7, smooth_q=True, balance=True),
    ],
    ids=str,
)
def test_grain_and_sums_are_parameters(interpreted: Interpreted, recipe: Recipe) -> None:
    q, k, v = qkv(1, 2, 1, 100, 200, 64)
    got = interpreted("tests.kernels.triton.launchers", "attend", q, k, v, recipe, causal=True, scale=0.125)
    agree("int4_fp8" if recipe.levels == 7 else "int8", got, attend(q, k, v, recipe, causal=True, scale=0.125))


def test_strided_inputs_need_no_copy(interpreted: Interpreted) -> None:
    """[batch, len, heads, dim] transposed, as models have it; the padding between heads is never read."""
    q, k, v = (random_rows(2, 60, 3, 80, seed=i).half().transpose(1, 2)[..., :64] for i in range(3))
    agree("int8", launch(interpreted, "int8", q, k, v), attend(q, k, v, RECIPES["int8"], causal=True, scale=0.125))


def test_rotation_saves_what_smoothing_cannot(interpreted: Interpreted) -> None:
    """Channels of K that are large with either sign, as rope leaves them: their mean is nothing, their reach is all."""
    q, k, v = qkv(1, 1, 1, 64, 200, 64)
    k[..., 3::17] *= 40.0
    q[..., 3::17] /= 40.0
    want, _ = attend(q, k, v, EXACT, causal=False, scale=0.125)
    sage, _ = launch(interpreted, "sage", q, k, v, causal=False)
    out, _ = launch(interpreted, "int8", q, k, v, causal=False)
    assert float(cosines(sage, want).mean()) < 0.98
    assert float(cosines(out, want).mean()) > 0.997
