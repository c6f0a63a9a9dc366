"""The two codebooks of QuIP# (arXiv 2402.04396), eight weights per code: E8P of 16 bits, and E81 of 8 for what is left.

E8P: the points of the E8 lattice's half D8 + 1/2, moved by +1/4 or -1/4. A code is 8 bits of which absolute values, 7
signs and 1 shift. The eighth sign is the one that makes the sum of coordinates even, which is what the lattice asks. So
a table of 256 x 8 small numbers, 1 KB, is all that a kernel needs to keep on chip. Absolute values: the 227 vectors
of half-odd coordinates with squared length up to 10, and 29 of the 56 with 12.

E81: zero, the 240 shortest points of E8 and 15 of the next shell's.

Which 29 and which 15, and their order, is ours: files of the authors' own tool number them differently.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations
from itertools import product as tuples

import torch

AT_ONCE = 1 << 13  # vectors rounded together
COMPARED = 1 << 10  # vectors compared with the whole table together: 2 x 128 candidates each stay in the cache


@cache
def absolute_values() -> torch.Tensor:
    """float32 [256, 8]: 1/2, 3/2, 5/2 …; by length, then in order."""
    found = [v for v in tuples((1, 3, 5), repeat=8) if sum(i * i for i in v) <= 40]  # doubled: 4 · 10
    twelve = [v for v in tuples((1, 3), repeat=8) if sum(i * i for i in v) == 48]
    found.sort(key=lambda v: (sum(i * i for i in v), v))
    return torch.tensor(found + sorted(twelve)[:29], dtype=torch.float32) / 2


@cache
def odd_rows() -> torch.Tensor:
    """bool [256]: with all signs plus, the sum is odd: then an odd number of signs is minus."""
    return absolute_values().sum(1).remainder(2) == 1


@cache
def _row_of() -> torch.Tensor:
    """int64 [3^8]: the row of absolute values of whole parts 0, 1, 2 read as ternary digits; -1 for none."""
    rows = torch.full((3**8,), -1)
    rows[(absolute_values().floor().long() * _POWERS).sum(1)] = torch.arange(256)
    return rows


_POWERS = 3 ** torch.arange(8)


def points(codes: torch.Tensor) -> torch.Tensor:
    """float32 [..., 8] of E8P codes 0 … 65535 (any integer type wide enough)."""
    codes = codes.to(torch.int64)
    row, sign, shift = codes >> 8, (codes >> 1) & 127, codes & 1
    minus = (sign[..., None] >> torch.arange(7)) & 1
    last = (minus.sum(-1) + odd_rows()[row]) & 1
    signs = 1 - 2 * torch.cat([minus, last[..., None]], -1).float()
    return absolute_values()[row] * signs + (0.25 - 0.5 * shift.float())[..., None]


def nearest(x: torch.Tensor) -> torch.Tensor:
    """int32 [n]: the E8P code of the nearest point to each row of x [n, 8]."""
    return torch.cat([_nearest(piece) for piece in torch.split(x.float(), AT_ONCE)]) if len(x) else x.new_zeros(0).int()


def _nearest(x: torch.Tensor) -> torch.Tensor:
    """In each of the two shifted lattices: round, and only where that leaves the codebook compare with all of it."""
    rounded = [_in_lattice(x - shift) for shift in (0.25, -0.25)]
    best, codes = torch.full((len(x),), float("inf")), torch.zeros(len(x), dtype=torch.int64)
    for shift, (row, minus, distance) in enumerate(rounded):
        better = (row >= 0) & (distance < best)
        best, codes = torch.where(better, distance, best), torch.where(better, _code(row, minus, shift), codes)
    for shift, (row, _, distance) in enumerate(rounded):
        left = ((row < 0) & (distance < best)).nonzero()[:, 0]  # the lattice's own nearest is a bound
        for some in torch.split(left, COMPARED):
            code, least = _compared(x[some] - (0.25 - 0.5 * shift), shift)
            better = least < best[some]
            best[some], codes[some] = torch.where(better, least, best[some]), torch.where(better, code, codes[some])
    return codes.to(torch.int32)


def _code(row: torch.Tensor, minus: torch.Tensor, shift: int) -> torch.Tensor:
    return (row << 8) | ((minus[:, :7].long() << torch.arange(7)).sum(1) << 1) | shift


def _in_lattice(y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Row (-1: not in the codebook), signs and squared distance of the point of D8 + 1/2 that is nearest to y [n, 8].

    Each coordinate to its nearest half; if the sum is odd, the one that was least sure goes to its second nearest.
    """
    size, minus = y.abs(), y < 0
    whole = size.floor()
    beyond = size - whole - 0.5
    wrong = ((whole.sum(1).long() + minus.sum(1)) & 1).bool()  # the halves add up to 4
    unsure = beyond.abs().argmax(1, keepdim=True)
    change = torch.zeros_like(y).scatter_(1, unsure, torch.where(beyond.gather(1, unsure) < 0, -1.0, 1.0))
    whole = whole + change * wrong[:, None]
    below = whole < 0  # from 1/2 to -1/2: another sign
    minus, whole = minus ^ below, whole.masked_fill(below, 0.0)
    distance = ((whole + 0.5) * (1 - 2 * minus.float()) - y).square().sum(1)
    digits = (whole.long().clamp_max(2) * _POWERS).sum(1)
    return torch.where((whole > 2).any(1), -1, _row_of()[digits]), minus, distance


def _compared(y: torch.Tensor, shift: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Code and squared distance of the nearest point of one shift to y [n, 8], by comparing with all rows.

    The best signs are those of y; if their parity is wrong, the sign whose change costs least is changed.
    """
    table, odd, size, minus = absolute_values(), odd_rows(), y.abs(), (y < 0).long()
    distance = table.square().sum(1) - 2 * size @ table.T
    parity = (minus.sum(1) & 1).bool()
    for wrong_for, rows in ((False, odd.nonzero()[:, 0]), (True, (~odd).nonzero()[:, 0])):
        those = (parity == wrong_for).nonzero()[:, 0]
        some, values = size[those], table[rows]
        cheapest = some[:, :1] * values[:, 0]
        for i in range(1, 8):
            cheapest = torch.minimum(cheapest, some[:, i : i + 1] * values[:, i])
        distance[those[:, None], rows] += 4 * cheapest
    least, row = distance.min(1)
    wrong = parity ^ odd[row]
    flip = torch.nn.functional.one_hot((size * table[row]).argmin(1), 8) * wrong[:, None]
    return _code(row, minus ^ flip, shift), least + y.square().sum(1)


@cache
def short_points() -> torch.Tensor:
    """float32 [256, 8], E81: zero, ±e_i ± e_j, (±1/2)^8 with an even number of minus, and 15 of ±2 e_i."""
    one = torch.eye(8)
    pairs = [a * one[i] + b * one[j] for i, j in combinations(range(8), 2) for a, b in tuples((1, -1), repeat=2)]
    halves = [torch.tensor(v) for v in tuples((0.5, -0.5), repeat=8) if sum(i < 0 for i in v) % 2 == 0]
    return torch.stack([torch.zeros(8), *pairs, *halves, *(2 * one), *(-2 * one[:7])])


def nearest_short(x: torch.Tensor) -> torch.Tensor:
    """uint8 [n]: the E81 code of the nearest point to each row of x [n, 8]."""
    table = short_points()
    half = table.square().sum(1) / 2
    return torch.cat([(piece @ table.T - half).argmax(1) for piece in torch.split(x.float(), AT_ONCE)]).to(torch.uint8)
