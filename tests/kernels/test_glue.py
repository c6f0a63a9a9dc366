"""Norm, rope, gates, rotation and the embedding against float64."""

from __future__ import annotations

import pytest
import torch

from konspekt import kernels
from konspekt.kernels import functional
from konspekt.kernels.cpu.structs import float32
from tests.kernels.helpers import assert_close, random_rows, random_weight

TIGHT = {"cosine": 0.999999, "relative_l1": 2e-6, "rmse": 2e-6, "largest": 2e-6}


@pytest.mark.parametrize("n", [1, 15, 64, 576, 1001])
def test_rms_norm(isa: str, n: int) -> None:
    x, weight = random_rows(11, n) * 30, random_rows(n, seed=1)
    with kernels.use("reference"):
        want = functional.rms_norm(x, weight, 1e-6)
    assert_close(functional.rms_norm(x, weight, 1e-6), want, **TIGHT)


@pytest.mark.parametrize("style", ["neox", "norm"])
@pytest.mark.parametrize(("dim", "rotated"), [(64, 64), (96, 96), (128, 64), (256, 256), (64, 24)])
def test_rope(isa: str, style: str, dim: int, rotated: int) -> None:
    x, positions = random_rows(20, 3, dim), torch.arange(20) * 400
    frequencies = functional.rope_frequencies(rotated, 10000.0)
    with kernels.use("reference"):
        want = functional.rope(x, positions, frequencies, style)  # type: ignore[arg-type]
    got = functional.rope(x, positions, frequencies, style)  # type: ignore[arg-type]
    assert_close(got, want, **TIGHT)
    assert torch.equal(got[..., rotated:], x[..., rotated:])


@pytest.mark.parametrize("activation", ["silu", "gelu_tanh"])
@pytest.mark.parametrize("n", [7, 64, 333])
def test_gated(isa: str, activation: str, n: int) -> None:
    gate, up = random_rows(9, n) * 8, random_rows(9, n, seed=1)
    gate[0, :4] = torch.tensor([-1e4, 1e4, 0.0, -90.0])
    with kernels.use("reference"):
        want = functional.gated(gate, up, activation)  # type: ignore[arg-type]
    got = functional.gated(gate, up, activation)  # type: ignore[arg-type]
    assert torch.isfinite(got).all()
    assert_close(got, want, **TIGHT)


@pytest.mark.parametrize("dim", [64, 96, 128, 256])
def test_rotation_keeps_dot_products(isa: str, dim: int) -> None:
    from konspekt.kernels.cpu import library

    a, b = random_rows(5, dim), random_rows(5, dim, seed=1)
    turned = functional.hadamard(a)
    assert torch.allclose((turned * functional.hadamard(b)).sum(-1), (a * b).sum(-1), atol=1e-3)
    mine = float32(a.clone())
    library().ks_hadamard(mine.data_ptr(), 5, dim)
    assert torch.allclose(mine, turned, atol=1e-5)


def test_embedding_rows_are_exact() -> None:
    w = random_weight("Q5_0", 50, 96)
    assert torch.equal(functional.embedding(torch.tensor([49, 3, 3]), w), w.dequantize()[[49, 3, 3]])
    with pytest.raises(kernels.KernelError, match="0 … 49"):
        functional.embedding(torch.tensor([50]), w)


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(kernels.KernelError):
        functional.rms_norm(torch.zeros(2, 8), torch.zeros(7), 1e-6)
    with pytest.raises(kernels.KernelError):
        functional.gated(torch.zeros(2, 8), torch.zeros(2, 7))
    with pytest.raises(kernels.KernelError):
        functional.rope(torch.zeros(2, 1, 8), torch.zeros(2, dtype=torch.int32), torch.ones(8))
