"""Few cases in which every two values of every two dimensions meet, instead of the full product."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

Pair = tuple[int, Any, int, Any]  # a dimension's place and value, another's


def pairs_of(case: Sequence[Any]) -> set[Pair]:
    return {(i, case[i], j, case[j]) for i, j in itertools.combinations(range(len(case)), 2)}


def pairwise(*dimensions: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Cases that hold every pair of values of two dimensions; each case is the one that holds most pairs still missing.

    Values must be hashable. Ties go to the first, so that the list is the same each time.
    """
    places = list(itertools.combinations(range(len(dimensions)), 2))
    missing: dict[Pair, None] = {}
    for i, j in places:
        missing.update(dict.fromkeys((i, a, j, b) for a in dimensions[i] for b in dimensions[j]))
    found: list[tuple[Any, ...]] = []
    while missing:
        i, a, j, b = next(iter(missing))
        case: dict[int, Any] = {i: a, j: b}
        for at in sorted(range(len(dimensions)), key=lambda n: -len(dimensions[n])):
            if at not in case:
                case[at] = max(dimensions[at], key=lambda value: _gained(case, at, value, missing))
        found.append(tuple(case[at] for at in range(len(dimensions))))
        for pair in pairs_of(found[-1]):
            missing.pop(pair, None)
    return found


def _gained(case: dict[int, Any], at: int, value: Any, missing: dict[Pair, None]) -> int:
    """How many missing pairs `value` at place `at` makes with what the case has."""
    pairs = ((at, value, i, other) if at < i else (i, other, at, value) for i, other in case.items())
    return sum(pair in missing for pair in pairs)
