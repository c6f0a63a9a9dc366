"""Strengths from votes, and the order in which two answers stand."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pytest

from konspekt.assistant.arena.contest import Arena, Contender
from konspekt.assistant.arena.strengths import Strength, Voted, strengths


def by_name(votes: list[Voted]) -> dict[str, Strength]:
    return {one.name: one for one in strengths(votes)}


def test_three_wins_to_one_are_the_points_that_say_so() -> None:
    found = by_name([("a", "b", "left")] * 60 + [("b", "a", "right")] * 15 + [("a", "b", "right")] * 25)
    apart = found["a"].points - found["b"].points
    assert apart == pytest.approx(400 * math.log10(3), abs=2)
    assert found["a"].points == pytest.approx(-found["b"].points)
    assert (found["a"].won, found["a"].votes) == (75, 100)


def test_the_side_on_which_one_stands_does_not_count() -> None:
    assert by_name([("a", "b", "left"), ("b", "a", "right")])["a"].won == 2
    assert by_name([("a", "b", "left"), ("b", "a", "left")])["a"].points == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("vote", ["both", "neither"])
def test_draws_make_equals(vote: Any) -> None:
    found = by_name([("a", "b", vote)] * 7)
    assert [one.points for one in found.values()] == pytest.approx([0, 0], abs=1e-6)
    assert [one.won for one in found.values()] == [3.5, 3.5]


def test_strength_carries_over_those_who_never_met() -> None:
    votes: list[Voted] = (
        [("a", "b", "left")] * 3 + [("b", "a", "left")] + [("b", "c", "left")] * 3 + [("c", "b", "left")]
    )
    assert [one.name for one in strengths(votes)] == ["a", "b", "c"]


def test_more_votes_narrow_the_interval_which_holds_the_points() -> None:
    def width(times: int) -> float:
        one = by_name([("a", "b", "left"), ("a", "b", "left"), ("a", "b", "right")] * times)["a"]
        low, high = one.within
        assert low <= one.points <= high
        return high - low

    assert width(40) < width(4) / 2


def test_one_who_has_only_won_is_strong_but_not_beyond_measure() -> None:
    assert 0 < by_name([("a", "b", "left")] * 5)["a"].points < 1500


@pytest.mark.parametrize("times", [1, 2, 5, 12])
def test_votes_that_all_agree_leave_a_doubt(times: int) -> None:
    found = by_name([("a", "b", "left")] * times)
    low, high = found["a"].within
    assert low < found["a"].points <= high
    assert high - low > 50
    assert (low < 0) == (times < 5), "a vote or two do not tell who is stronger"


def test_no_votes_and_pairs_of_one_make_no_table() -> None:
    assert strengths([]) == []
    assert strengths([("a", "a", "left")]) == []


def test_chance_puts_each_on_either_side_and_nobody_against_itself() -> None:
    def contender(name: str) -> Contender:
        return Contender(name, Any)  # type: ignore[arg-type]

    seen: Counter[tuple[str | None, ...]] = Counter()
    for first in range(3):
        for second in range(2):
            chances = iter([first / 3 + 0.01, second / 2 + 0.01])
            arena = Arena(Any, [contender(name) for name in "abc"], lambda chances=chances: next(chances))  # type: ignore[arg-type,misc]
            seen[tuple(one.name for one in arena._drawn())] += 1
    assert len(seen) == 6
    assert all(left != right for left, right in seen)
