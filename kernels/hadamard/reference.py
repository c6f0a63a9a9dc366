"""Hadamard transforms of the sizes 2^k and 2^k · {12, 20, 28}: H / sqrt(n), so orthogonal.

H of size 2^k · m is the Kronecker product of Sylvester's 2^k (a butterfly of additions) and a matrix of size m made
by Paley's construction, which is not symmetric: its inverse is its transpose, not itself.
"""

from __future__ import annotations

from functools import cache

import torch

from konspekt.kernels.errors import KernelError

# size m -> (prime q, Paley's first or second construction): q + 1 for q = 3 mod 4, 2 (q + 1) for q = 1 mod 4
PALEY = {12: (11, 1), 20: (19, 1), 28: (13, 2)}


def walsh(x: torch.Tensor) -> torch.Tensor:
    """x · H for a last dimension of 2^k, not normalised. Any float type; x is not changed."""
    size, y = x.shape[-1], x
    step = 1
    while step < size:
        pairs = y.reshape(*y.shape[:-1], size // (2 * step), 2, step)
        a, b = pairs[..., 0, :], pairs[..., 1, :]
        y = torch.stack((a + b, a - b), dim=-2).reshape(x.shape)
        step *= 2
    return y


def hadamard_size(n: int) -> int | None:
    """The m of n = 2^k · m: 1, 12, 20 or 28; None when there is no transform of size n."""
    for m in (1, *PALEY):
        if n > 0 and n % m == 0 and (n // m).bit_count() == 1:
            return m
    return None


@cache
def hadamard_matrix(m: int) -> torch.Tensor:
    """float64 [m, m] of ±1 with H · Hᵀ = m, for m of `PALEY`."""
    if m not in PALEY:
        raise KernelError(f"no Hadamard matrix of size {m} here; there are {', '.join(map(str, PALEY))}")
    q, construction = PALEY[m]
    squares = {i * i % q for i in range(1, q)}
    residue = torch.tensor([0.0] + [1.0 if i in squares else -1.0 for i in range(1, q)], dtype=torch.float64)
    jacobsthal = residue[(torch.arange(q)[:, None] - torch.arange(q)) % q]
    core = torch.zeros(q + 1, q + 1, dtype=torch.float64)
    core[1:, 1:] = jacobsthal
    core[0, 1:] = 1.0
    core[1:, 0] = -1.0 if construction == 1 else 1.0
    one = torch.eye(q + 1, dtype=torch.float64)
    if construction == 1:
        return one + core
    plus = torch.tensor([[1.0, 1.0], [1.0, -1.0]], dtype=torch.float64)
    minus = torch.tensor([[1.0, -1.0], [-1.0, -1.0]], dtype=torch.float64)
    return torch.kron(core, plus) + torch.kron(one, minus)


def _transform(x: torch.Tensor, inverse: bool) -> torch.Tensor:
    n = x.shape[-1]
    m = hadamard_size(n)
    if m is None:
        sizes = ", ".join(f"2^k·{size}" for size in PALEY)
        raise KernelError(f"no Hadamard transform of size {n}: sizes are 2^k, {sizes}")
    y = x if x.dtype == torch.float64 else x.float()
    if m > 1:
        matrix = hadamard_matrix(m).to(y.device, y.dtype)
        y = (y.reshape(*y.shape[:-1], n // m, m) @ (matrix.T if inverse else matrix)).transpose(-1, -2)
        return torch.as_tensor(walsh(y).transpose(-1, -2) * n**-0.5).reshape(x.shape)
    return torch.as_tensor(walsh(y) * n**-0.5)


def hadamard_transform(x: torch.Tensor) -> torch.Tensor:
    """x · H / sqrt(n) over the last dimension; float64 stays, all else is computed and returned in float32.

    Raises: KernelError for a size without a transform.
    """
    return _transform(x, inverse=False)


def inverse_transform(x: torch.Tensor) -> torch.Tensor:
    """x · Hᵀ / sqrt(n): undoes `hadamard_transform`."""
    return _transform(x, inverse=True)


def signs(n: int, seed: int) -> torch.Tensor:
    """float32 [n] of ±1, the same for a seed on every machine."""
    return torch.randint(0, 2, (n,), generator=torch.Generator().manual_seed(seed)).float() * 2 - 1


def largest_block(n: int) -> int:
    """The largest divisor of n that has a transform: 576 = 3 · 192 is rotated in three blocks."""
    return max(d for d in range(1, n + 1) if n % d == 0 and hadamard_size(d) is not None)


def randomised(x: torch.Tensor, seed: int, *, inverse: bool = False) -> torch.Tensor:
    """x · S · H / sqrt(n) with random signs S (QuIP#, section 3), or back; in blocks where n has no transform."""
    n = x.shape[-1]
    s, size = signs(n, seed).to(x.device), largest_block(n)
    blocks = (*x.shape[:-1], n // size, size)
    if inverse:
        return inverse_transform(x.reshape(blocks)).reshape(x.shape) * s
    return hadamard_transform((x * s).reshape(blocks)).reshape(x.shape)
