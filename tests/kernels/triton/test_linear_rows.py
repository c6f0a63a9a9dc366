"""Products with ParetoQ, MatQuant, E8P, QuEST, INT8 and FP8 weights, run by Triton's interpreter, against float64."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from konspekt import kernels
from konspekt.kernels import functional
from konspekt.kernels.formats import (
    e8p,
    matquant,
    paretoq,
    quest,
    rowwise,
)
from konspekt.kernels.linear import reference
from konspekt.kernels.linear.gpu.rows import NIBBLE, short_table, ternary
from tests.kernels.helpers import assert_close, random_rows, random_weight
from tests.kernels.triton.conftest import EDGES, SWEEP, Interpreted
from tests.kernels.triton.test_builds import faults
from tests.kernels.triton.test_linear import NARROW, SINGLE

FEW, MANY = 3, 17
Make = Callable[[torch.Tensor], Any]
# what multiplies x as it is (E8P: as it is rotated): only rounding of float32 lies between kernel and definition
PLAIN: dict[str, Make] = {
    **{f"paretoq {bits}": lambda w, bits=bits: paretoq.quantize_paretoq(w, bits) for bits in paretoq.LEVELS},
    **{f"matquant {bits}": lambda w, bits=bits: matquant.quantize_matquant(w).at(bits) for bits in (2, 4, 8)},
    **{f"e8p {bits}": lambda w, bits=bits: some_e8p(*w.shape, bits) for bits in (2, 3, 4)},
}
CODES: dict[str, Make] = {
    **{f"quest {bits}": lambda w, bits=bits: quest.quantize_quest(w, bits, 3) for bits in (4, 8)},
    **{kind: lambda w, kind=kind: rowwise.quantize_rows(w, kind) for kind in ("int8", "fp8")},
}


def some_e8p(out: int, columns: int, bits: int, seed: int = 0) -> e8p.E8P:
    """Any codes: all rows of the codebook, all signs and both shifts come up."""
    generator = torch.Generator().manual_seed(seed)
    shape = out, columns // 8
    codes = torch.randint(-(1 << 15), 1 << 15, shape, generator=generator, dtype=torch.int16)
    residual = None
    if bits == 3:
        residual = torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)
    elif bits == 4:
        residual = torch.randint(-(1 << 15), 1 << 15, shape, generator=generator, dtype=torch.int16)
    return e8p.E8P(codes, residual, torch.rand(out, generator=generator) + 0.5, seed)


def run(interpreted: Interpreted, x: torch.Tensor, w: Any, bias: torch.Tensor | None = None) -> torch.Tensor:
    got: torch.Tensor = interpreted("tests.kernels.triton.launchers_linear", "linear", x, w, bias)
    return got


@pytest.mark.parametrize("name", PLAIN)
def test_weights_agree_with_float64(interpreted: Interpreted, name: str) -> None:
    """Outputs and columns no multiple of a tile; a few rows, and enough for the tensor cores."""
    w, bias = PLAIN[name](random_rows(67, 328)), random_rows(67, seed=1)
    bounds = dict.fromkeys(SINGLE, 5e-6) | {"cosine": SINGLE["cosine"]}  # u is up to ten times what it stands for
    for rows in EDGES if SWEEP else (1, MANY):
        x = random_rows(rows, 328, outliers=rows == 1)
        x = x.half() if rows == 1 else x  # more columns a load than of float32
        assert_close(run(interpreted, x, w, bias), reference.linear(x, w, bias), **bounds)


@pytest.mark.parametrize("name", CODES)
def test_products_of_codes_agree_with_float64(interpreted: Interpreted, name: str) -> None:
    """A number between two levels within a rounding may go to either: so a step of one activation here and there."""
    w, bias = CODES[name](random_rows(67, 328)), random_rows(67, seed=1)
    bounds = {"cosine": 0.999999, "relative_l1": 1e-3, "rmse": 2e-3, "largest": 5e-3}
    for rows in EDGES if SWEEP else (1, MANY):
        x = random_rows(rows, 328, outliers=rows == 1)
        assert_close(run(interpreted, x, w, bias), reference.linear(x, w, bias), **bounds)


@pytest.mark.parametrize("bits", [4, 8])
def test_sums_of_products_of_quest_codes_are_exact(interpreted: Interpreted, bits: int) -> None:
    """The kernel's own codes, multiplied in float64: nothing but the last scaling is rounded."""
    w, x = quest.quantize_quest(random_rows(40, 256), bits, 3), random_rows(7, 256)
    packed, scales = interpreted("konspekt.kernels.hadamard.gpu", "quest_packed", x, bits, 3, quest.best_reach(bits))
    want = quest.product(quest.Quest(packed, scales, bits, 3), w)
    assert torch.allclose(run(interpreted, x, w), want, rtol=1e-6, atol=0)


WIDE = [("e8p 2", 1), ("quest 4", 2)]  # each kind of product, and a row as well as several
if SWEEP:
    WIDE = [(name, rows) for name in ("e8p 2", "quest 4") for rows in (1, 5)]


@pytest.mark.parametrize(("name", "rows"), WIDE)
def test_rows_wider_than_a_program_rotates_are_multiplied(interpreted: Interpreted, name: str, rows: int) -> None:
    """28,672 columns, as Llama's 70B has: two programs share the rotation."""
    w, x = (PLAIN | CODES)[name](random_rows(3, 28672)), random_rows(rows, 28672)
    got, want = run(interpreted, x, w), reference.linear(x, w)
    assert_close(got, want, cosine=0.999999, relative_l1=1e-3, rmse=2e-3, largest=5e-3)


@pytest.mark.parametrize("kind", ["int8", "fp8"])
def test_rows_of_x_become_the_codes_of_the_reference(interpreted: Interpreted, kind: Any) -> None:
    x = torch.cat([random_rows(4, 300, outliers=True), torch.zeros(1, 300)])
    want = rowwise.quantize_rows(x, kind)
    got = interpreted("konspekt.kernels.linear.gpu.codes", "quantize", x, want.codes.dtype)
    assert torch.equal(got.codes[:, :300].float(), want.codes.float())
    assert torch.equal(got.scales, want.scales)
    assert not got.codes[:, 300:].float().any()


ROUNDED = list(zip(["paretoq 1.58", "matquant 8", "e8p 4"], itertools.cycle(NARROW), strict=False))
if SWEEP:
    ROUNDED = list(itertools.product(PLAIN, NARROW))


@pytest.mark.parametrize(("name", "dtype"), ROUNDED, ids=str)
def test_narrow_floats_lose_what_their_rounding_takes(interpreted: Interpreted, name: str, dtype: torch.dtype) -> None:
    w, x = PLAIN[name](random_rows(67, 328)), random_rows(MANY, 328).to(dtype)
    bounds = {key: value if key == "cosine" else 2 * value for key, value in NARROW[dtype].items()}
    assert_close(run(interpreted, x, w), reference.linear(x, w), **bounds)


# of rows and of columns a tile and a part of the next one (of outputs: the tests above); more of all in the sweep
ROWS, OUTPUTS, EIGHTS = (65, 70, 90) if SWEEP else (20, 20, 36)


@settings(max_examples=200 if SWEEP else 6, deadline=None)
@given(
    name=st.sampled_from(sorted(PLAIN)), rows=st.integers(1, ROWS), out=st.integers(1, OUTPUTS),
    eights=st.integers(1, EIGHTS), seed=st.integers(0, 99),
)  # fmt: skip
def test_any_shape(  # noqa: PLR0917
    interpreted: Interpreted, name: str, rows: int, out: int, eights: int, seed: int
) -> None:
    w, x = PLAIN[name](random_rows(out, 8 * eights, seed=seed)), random_rows(rows, 8 * eights, seed=seed + 1)
    want = reference.linear(x, w)
    largest = float(x.norm(dim=-1).max() * w.dequantize().norm(dim=-1).max())
    assert float((run(interpreted, x, w) - want).abs().max()) <= 5e-6 * largest


def test_strided_and_transposed_rows_need_no_copy(interpreted: Interpreted) -> None:
    wide, tall = random_rows(9, 600), random_rows(256, 9)
    for w in (PLAIN["paretoq 2"](random_rows(20, 256)), PLAIN["e8p 2"](random_rows(20, 256))):
        for x in (wide[:, 100:356], tall.T[:3], random_rows(2, 3, 256), random_rows(0, 256)):
            want = reference.linear(x, w)
            assert torch.allclose(run(interpreted, x, w), want, atol=5e-6 * float(want.abs().max()) if len(x) else 0)
    w, x = CODES["int8"](random_rows(20, 256)), tall.T
    assert torch.equal(run(interpreted, x, w), run(interpreted, x.contiguous(), w))


def test_weights_of_several_kinds_share_x(interpreted: Interpreted) -> None:
    quest_4 = CODES["quest 4"]
    weights = [quest_4(random_rows(8, 256)), quest_4(random_rows(9, 256)), random_weight("Q4_0", 7, 256)]
    for rows in (FEW, MANY):
        x = random_rows(rows, 256)
        got = interpreted("tests.kernels.triton.launchers_linear", "chosen", x, *weights)
        assert all(torch.equal(y, run(interpreted, x, w)) for y, w in zip(got, weights, strict=True))


def test_one_matquant_holds_its_bits_on_a_device_once() -> None:
    from konspekt.kernels.linear.arrange import arranged

    w = matquant.quantize_matquant(random_rows(4, 128))
    eight, two = arranged(w, torch.device("cpu")), arranged(w.at(2), torch.device("cpu"))
    assert eight.planes.codes is two.planes.codes
    assert two.planes.nbytes == 4 * 128 // 4 + 8 * 4  # a quarter of a byte a weight, and a pair of floats a row


def test_every_point_of_the_codebook_is_a_word_of_nibbles(interpreted: Interpreted) -> None:
    codes = torch.arange(-(1 << 15), 1 << 15, dtype=torch.int16)
    words = interpreted("tests.kernels.triton.launchers_linear", "lattice_words", codes)
    values = (words[:, None] >> (4 * torch.tensor(NIBBLE))) & 15
    assert torch.equal((2 * values - 11) / 4, e8p.points(codes.int() & 0xFFFF))
    short = (short_table()[:, None] >> (4 * torch.tensor(NIBBLE))) & 15
    assert torch.equal((short - 4) / 2, e8p.short_points())


def test_five_digits_come_out_of_a_byte() -> None:
    codes = torch.cartesian_prod(*[torch.arange(3)] * 5).T.repeat_interleave(32, 0).T  # [243, 160]: all bytes
    fraction = ternary(codes)[:, 0].int()
    digits = [((fraction * 3**p & 255) * 3) >> 8 for p in range(5)]
    assert torch.equal(torch.stack(digits, 1), codes[:, ::32].int())


@pytest.mark.parametrize("name", ["paretoq 1.58", "quest 4"])
def test_the_cpu_computes_the_same(name: str) -> None:
    w, x, bias = (PLAIN | CODES)[name](random_rows(24, 64)), random_rows(2, 5, 64), random_rows(24, seed=1)
    with kernels.use("reference"):
        want = functional.linear(x, w, bias)
    assert want.shape == (2, 5, 24)
    both = functional.linear_group(x, [w, random_weight("Q4_0", 7, 64)], [bias, None])
    assert torch.allclose(both[0], want, atol=1e-5)


def test_what_does_not_fit_is_said() -> None:
    w = PLAIN["paretoq 2"](random_rows(20, 256))
    with pytest.raises(kernels.KernelError, match="255 features"):
        functional.linear(random_rows(2, 255), w)
    with pytest.raises(kernels.KernelError, match="bias"):
        functional.linear(random_rows(2, 256), w, random_rows(19))


CHOSEN = [["E8P4 gemv 4 fp32"], ["TERNARY gemm 16 fp16"], ["codes i8 4 bits 32"]]


@pytest.mark.parametrize("words", [["codes"], ["quantize"]] if SWEEP else CHOSEN, ids=" ".join)
def test_every_build_is_sound(words: list[str]) -> None:
    """The rest of the sweep's builds are those of test_linear.py."""
    assert not faults("konspekt.kernels.linear.builds", words)
