"""The Hadamard transform is orthogonal, for every size that it claims."""

from __future__ import annotations

import pytest
import torch

from konspekt import kernels
from konspekt.kernels.hadamard import (
    hadamard_matrix,
    hadamard_size,
    hadamard_transform,
    inverse_transform,
    largest_block,
    randomised,
    walsh,
)
from tests.kernels.helpers import random_rows


@pytest.mark.parametrize("m", [12, 20, 28])
def test_the_small_matrices_are_hadamard(m: int) -> None:
    h = hadamard_matrix(m)
    assert set(h.unique().tolist()) == {-1.0, 1.0}
    assert torch.equal(h @ h.T, m * torch.eye(m, dtype=torch.float64))


@pytest.mark.parametrize("n", [1, 2, 64, 1024, 12, 48, 768, 20, 320, 28, 112, 1792])
def test_the_transform_is_orthogonal_and_its_inverse_undoes_it(n: int) -> None:
    identity = torch.eye(n, dtype=torch.float64)
    h = hadamard_transform(identity)
    assert torch.allclose(h @ h.T, identity, atol=1e-12)
    assert torch.allclose(h.abs(), torch.full_like(h, n**-0.5))
    x = random_rows(3, 5, n)
    assert torch.allclose(inverse_transform(hadamard_transform(x)), x, atol=1e-5)
    assert torch.allclose(randomised(randomised(x, 7), 7, inverse=True), x, atol=1e-5)


def test_a_power_of_two_is_sylvesters_matrix() -> None:
    two = torch.tensor([[1.0, 1.0], [1.0, -1.0]])
    assert torch.equal(walsh(torch.eye(8)), torch.kron(torch.kron(two, two), two))


def test_dot_products_stay_and_outliers_are_spread() -> None:
    x, y = random_rows(4, 448, outliers=True), random_rows(4, 448, seed=1)
    a, b = randomised(x, 3), randomised(y, 3)
    assert torch.allclose((a * b).sum(-1), (x * y).sum(-1), rtol=1e-4, atol=1e-3)
    assert float((a.abs().amax(-1) / a.norm(dim=-1)).max()) < 0.5 * float((x.abs().amax(-1) / x.norm(dim=-1)).min())


@pytest.mark.parametrize("n", [0, 3, 36, 60, 576, 8960])
def test_other_sizes_are_refused(n: int) -> None:
    assert hadamard_size(n) is None
    with pytest.raises(kernels.KernelError, match=rf"size {n}"):
        hadamard_transform(torch.zeros(1, n))


def test_a_size_without_a_transform_is_rotated_in_blocks() -> None:
    assert {n: largest_block(n) for n in (576, 4864, 8960, 1536)} == {576: 192, 4864: 256, 8960: 1792, 1536: 1536}
    x = random_rows(2, 576)
    y = randomised(x, 5)
    assert torch.allclose(y.norm(dim=-1), x.norm(dim=-1), rtol=1e-5)
    assert torch.allclose(randomised(y, 5, inverse=True), x, atol=1e-5)
