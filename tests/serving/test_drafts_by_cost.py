"""A draft is as long as its tokens are worth their rows; which ones are checked changes no answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.serving.engine.drafting.costs import MEASURED, StepCosts
from konspekt.serving.engine.drafting.speculate import GUESSED, NOTHING, Acceptance, Proposal, lengths
from konspekt.serving.engine.drafting.suffixes import SuffixAutomaton
from konspekt.serving.model.model import Model
from tests.serving.conftest import Answers
from tests.serving.test_engine import check

Make = Callable[..., Answers]
ZEN3 = {1: 71.2, 2: 72.1, 3: 75.8, 4: 88.8, 6: 144.0, 8: 178.1, 12: 255.0, 16: 337.8}  # ms of the 1.5B model, one core
FREE = dict.fromkeys(MEASURED, 70.0)
DEAR = {rows: 70.0 * rows for rows in MEASURED}


def costs_of(table: dict[int, float]) -> StepCosts:
    costs = StepCosts()
    for rows, milliseconds in table.items():
        costs.measured(rows, milliseconds / 1000)
    return costs


def proposal(count: int, odds: float) -> Proposal:
    return Proposal(tuple(range(count)), GUESSED, odds)


def longest_known_end(tokens: Sequence[int]) -> int:
    return max(
        (n for n in range(len(tokens)) if any(tokens[i : i + n] == tokens[-n:] for i in range(len(tokens) - n))),
        default=0,
    )


@given(tokens=st.lists(st.integers(0, 2), min_size=1, max_size=40))
def test_the_longest_end_that_stood_before_is_found(tokens: list[int]) -> None:
    suffixes = SuffixAutomaton()
    for end in range(1, len(tokens) + 1):
        text = tokens[:end]
        suffixes.extend(text)
        matched, after = suffixes.find() or (0, 0)
        assert matched == longest_known_end(text)
        assert after < len(text)
        assert text[after - matched : after] == text[len(text) - matched :]


def test_of_equal_ends_the_latest_is_followed() -> None:
    suffixes, text = SuffixAutomaton(), [1, 2, 3, 9, 1, 2, 4, 9, 1, 2]
    suffixes.extend(text)
    assert suffixes.find() == (3, 7) or text[suffixes.find()[1]] == 4  # type: ignore[index]
    suffixes.extend([*text, 4])
    assert suffixes.find() == (4, 7)


def test_a_long_text_is_forgotten_from_its_beginning() -> None:
    suffixes = SuffixAutomaton(most=64)
    text = [*range(100), 7, 8]
    for end in range(len(text) + 1):
        suffixes.extend(text[:end])
        assert len(suffixes._length) <= 2 * 64 + 1
    assert suffixes.find() is None  # 7, 8 stood at the very beginning
    suffixes.extend([*text, 98, 99])
    assert suffixes.find() == (2, 100)


@pytest.mark.parametrize("table", [ZEN3, FREE, DEAR])
@pytest.mark.parametrize("odds", [(0.95, 0.3), (0.6, 0.6), (0.05, 0.99)])
@pytest.mark.parametrize("beside", [0, 64])
def test_the_lengths_are_the_best_there_are(table: dict[int, float], odds: tuple[float, float], beside: int) -> None:
    costs, most = costs_of(table), 7
    found = lengths([proposal(5, odds[0]), proposal(6, odds[1])], 2, beside, most, costs)

    def rate(counts: Sequence[int]) -> float:
        gained = 2 + sum(p**n for p, count in zip(odds, counts, strict=True) for n in range(1, count + 1))
        added = costs.seconds(2 + beside + sum(counts)) - costs.seconds(2 + beside)
        return gained / (costs.seconds(2) + added)

    best = max((c for c in product(range(6), range(7)) if sum(c) <= most), key=rate)
    assert rate(found) == pytest.approx(rate(best))


def test_what_rows_cost_decides() -> None:
    for odds, free, zen3 in ((0.99, 15, 11), (0.8, 15, 3), (0.3, 15, 2)):
        assert lengths([proposal(15, odds)], 1, 0, 15, costs_of(FREE)) == [free]
        assert lengths([proposal(15, odds)], 1, 0, 15, costs_of(ZEN3)) == [zen3]
        assert lengths([proposal(15, odds)], 1, 0, 15, costs_of(DEAR)) == [0]
    assert lengths([NOTHING, proposal(3, 0.9)], 2, 0, 15, costs_of(ZEN3)) == [0, 2]
    assert lengths([], 0, 0, 15, StepCosts()) == []


def test_costs_lie_between_what_was_measured_and_follow_what_is_seen() -> None:
    costs = costs_of(ZEN3 | {3: 60.0})  # noise: three rows cannot cost less than two
    curve = [costs.seconds(rows) for rows in range(1, 80)]
    assert curve == sorted(curve)
    assert costs.seconds(5) == pytest.approx(0.1164)
    for _ in range(200):
        costs.observe(4, 0.2)
    assert costs.seconds(4) == pytest.approx(0.2, rel=0.01)
    assert costs.seconds(8) > 0.2
    before = costs.seconds(2)
    costs.observe(2, 60.0)  # the machine slept
    assert costs.seconds(2) < 1.2 * before
    nothing = StepCosts()
    nothing.observe(1, 0.5)
    assert nothing.seconds(2) < 2 * nothing.seconds(1)


def test_odds_fall_where_drafts_fail_and_come_back() -> None:
    it = Acceptance()
    usual = it.odds("4")
    for _ in range(20):
        it.learn("4", 5, 0)
    low = it.odds("4")
    assert low < 0.25
    assert it.odds("8") > usual  # another kind
    for _ in range(20):
        it.learn("4", 3, 3)
    assert it.odds("4") > 0.9
    it.learn("4", 0, 0)


@pytest.mark.parametrize("table", [ZEN3, FREE, DEAR], ids=["zen3", "free", "dear"])
def test_costs_change_no_answer(answers: Make, table: dict[int, float]) -> None:
    it = answers(prefix_cache=False)
    it.engine.scheduler.costs = costs_of(table)
    it.engine.scheduler.costs.observe = lambda rows, seconds: None  # type: ignore[method-assign]
    check(it, answers, max_tokens=60, repetition_penalty=1.0)
    drafted = it.engine.metrics.registry.get_sample_value("konspekt_llm_draft_tokens_total") or 0
    assert (drafted > 0) == (table is not DEAR)


def test_an_engine_knows_what_its_steps_cost_when_it_starts(tiny: Model) -> None:
    it = Answers(tiny)
    it.engine.start()
    try:
        assert 0.0 < it.engine.scheduler.costs.seconds(1) <= it.engine.scheduler.costs.seconds(16)
        assert it.engine.scheduler.costs.seconds(1) != StepCosts().seconds(1)
        it.engine.blocks.check()
        assert it.engine.blocks.used == 0
    finally:
        it.engine.stop()
