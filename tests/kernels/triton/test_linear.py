"""The low-bit matrix products, run by Triton's interpreter, against float64; and what they compile to."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from konspekt import kernels
from konspekt.kernels.linear import reference
from konspekt.kernels.linear.gpu.configs import GEMV_ROWS
from konspekt.kernels.linear.gpu.layout import (
    WALKS,
    joined,
    split,
    walk_of,
)
from tests.kernels.helpers import assert_close, random_rows, random_weight
from tests.kernels.triton.conftest import EDGES, SWEEP, Interpreted
from tests.kernels.triton.test_builds import compiled

CPU = torch.device("cpu")
SINGLE = {"cosine": 0.9999999, "relative_l1": 2e-6, "rmse": 2e-6, "largest": 2e-6}
# weights and x rounded to the type that the tensor cores take: 2^-12 and 2^-9 of each
NARROW = {
    torch.float16: {"cosine": 0.999999, "relative_l1": 1e-3, "rmse": 1e-3, "largest": 1e-3},
    torch.bfloat16: {"cosine": 0.9999, "relative_l1": 5e-3, "rmse": 5e-3, "largest": 5e-3},
}


EVERY_NUMBER_OF_ROWS = {"Q4_0", "Q6_K"}  # in a sweep; all other formats the EDGES


def odd_shape(name: str) -> tuple[int, int]:
    """No multiple of any tile, in either direction."""
    return (67, 768) if WALKS[name].block == 256 else (67, 608)


@pytest.mark.parametrize("name", WALKS)
def test_the_packed_bits_are_those_of_the_file(name: str) -> None:
    w = random_weight(name, 5, 512)
    planes = split(w, CPU)
    assert planes.nbytes == w.nbytes
    assert np.array_equal(joined(planes, name, w.shape).data, w.data)


@pytest.mark.parametrize("name", WALKS)
def test_planes_and_chunks_reach_every_column_once(name: str) -> None:
    walk = walk_of(name)
    starts = [walk.start(chunk, plane) for chunk in range(walk.chunks) for plane in range(walk.planes)]
    assert sorted(starts) == list(range(0, walk.block, walk.width))


@pytest.mark.parametrize("name", WALKS)
def test_every_format_agrees_with_float64(interpreted: Interpreted, name: str) -> None:
    out_features, in_features = odd_shape(name)
    w, bias = random_weight(name, out_features, in_features), random_rows(out_features, seed=1)
    swept = range(1, 66) if name in EVERY_NUMBER_OF_ROWS else EDGES
    for rows in swept if SWEEP else (1, GEMV_ROWS + 1, 65):
        x = random_rows(rows, in_features, outliers=rows == 1)
        x = x.half() if rows == 1 else x  # more columns a load than of float32
        got = interpreted("konspekt.kernels.linear.gpu.launch", "linear", x, w, bias)
        assert_close(got, reference.linear(x, w, bias), **SINGLE)


@pytest.mark.parametrize("dtype", NARROW)
@pytest.mark.parametrize("name", WALKS if SWEEP else ["Q4_K", "Q6_K", "Q8_0"])
def test_narrow_floats_lose_what_their_rounding_takes(interpreted: Interpreted, name: str, dtype: torch.dtype) -> None:
    w = random_weight(name, *odd_shape(name))
    for rows, bounds in ((3, SINGLE), (17, NARROW[dtype])):
        x = random_rows(rows, w.in_features).to(dtype)
        assert_close(
            interpreted("konspekt.kernels.linear.gpu.launch", "linear", x, w), reference.linear(x, w), **bounds
        )


@settings(max_examples=200 if SWEEP else 12, deadline=None)
@given(
    name=st.sampled_from(sorted(WALKS)),
    rows=st.integers(1, 65),
    out_features=st.integers(1, 70),
    blocks=st.integers(1, 5),
    seed=st.integers(0, 99),
)
def test_any_shape(  # noqa: PLR0917
    interpreted: Interpreted, name: str, rows: int, out_features: int, blocks: int, seed: int
) -> None:
    w = random_weight(name, out_features, blocks * WALKS[name].block, seed)
    x = random_rows(rows, w.in_features, seed=seed)
    want = reference.linear(x, w)
    got = interpreted("konspekt.kernels.linear.gpu.launch", "linear", x, w)
    assert float((got - want).abs().max()) <= 3e-6 * float((x.abs() @ w.dequantize().abs().T).max())


def test_strided_and_transposed_rows_need_no_copy(interpreted: Interpreted) -> None:
    w = random_weight("Q4_K", 20, 256)
    wide, tall = random_rows(9, 600), random_rows(256, 9)
    for x in (wide[:, 100:356], wide[::2, 300:556], tall.T, tall.T[:3], random_rows(2, 5, 256)):
        assert_close(
            interpreted("konspekt.kernels.linear.gpu.launch", "linear", x, w), reference.linear(x, w), **SINGLE
        )
    assert interpreted("konspekt.kernels.linear.gpu.launch", "linear", random_rows(0, 256), w).shape == (0, 20)


@pytest.mark.parametrize("name", ["F32", "F16", "BF16"])
def test_unquantised_weights_are_multiplied_by_torch(interpreted: Interpreted, name: str) -> None:
    w, x = random_weight(name, 20, 64), random_rows(3, 64)
    bounds = SINGLE if name == "F32" else NARROW[torch.bfloat16]  # x takes the weight's type
    assert_close(interpreted("konspekt.kernels.linear.gpu.launch", "linear", x, w), reference.linear(x, w), **bounds)


def test_the_backend_is_chosen_by_name(interpreted: Interpreted) -> None:
    w, x = random_weight("Q6_K", 33, 512), random_rows(2, 512)
    got = interpreted("tests.kernels.triton.launchers_linear", "chosen", x, w, w)
    assert all(torch.equal(y, interpreted("konspekt.kernels.linear.gpu.launch", "linear", x, w)) for y in got)


def test_what_cannot_be_computed_is_said(interpreted: Interpreted) -> None:
    w = random_weight("Q4_0", 16, 64)
    with pytest.raises(kernels.KernelError, match="float64"):
        interpreted("konspekt.kernels.linear.gpu.launch", "linear", random_rows(1, 64).double(), w)


# one build of each kind; a sweep compiles every format, tile and type (many minutes)
CHOSEN = [["Q5_0 gemv 1 fp16"], ["Q3_K gemm 16 fp16"], ["Q4_K gemm 128 fp16"]]


@pytest.mark.parametrize("words", [[""]] if SWEEP else CHOSEN, ids=" ".join)
def test_every_build_is_sound(words: list[str]) -> None:
    rows = compiled("konspekt.kernels.linear.builds", *(part for word in words for part in ("--only", word)))
    assert rows
    assert not {f"{row['name']} sm_{row['architecture']}": row["faults"] for row in rows if row["faults"]}
