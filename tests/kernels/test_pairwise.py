"""The cases of a sweep leave out no two values together."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from tests.kernels.pairwise import pairs_of, pairwise


@given(st.lists(st.integers(1, 6), min_size=2, max_size=5))
def test_every_two_values_meet_and_cases_are_few(sizes: list[int]) -> None:
    dimensions = [range(n) for n in sizes]
    cases = pairwise(*dimensions)
    met = set().union(*(pairs_of(case) for case in cases))
    assert met == set().union(*(pairs_of(case) for case in itertools.product(*dimensions)))
    largest = sorted(sizes)[-2:]
    assert len(cases) <= 2 * largest[0] * largest[1]
    assert len(cases) == len(set(cases))
