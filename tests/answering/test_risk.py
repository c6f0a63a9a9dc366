"""Thresholds by risk and coverage, and the author's own ones beside the shipped rule."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.answers import thresholds
from benchmarks.answers.judging import Row
from benchmarks.answers.probing import by_writer
from konspekt.answering.judging.logistic import LogisticRule, load_rule
from konspekt.answering.quality import risk
from konspekt.answering.quality.own_thresholds import OwnThresholds, fingerprint, load_own, save_own
from konspekt.answering.quality.risk import Scored

HAND = [
    Scored("a", 0.9, True),
    Scored("b", 0.8, True),
    Scored("c", 0.7, False),
    Scored("d", 0.4, True),
    Scored("e", 0.2, False),
]


def test_a_point_of_the_curve_by_hand() -> None:
    one = risk.point(HAND, 0.5)
    assert (one.answered, one.wrong_answers, one.wrong_refusals) == (3 / 5, 1 / 2, 1 / 3)
    assert one.risk == pytest.approx(1 / 3)
    assert risk.point(HAND, 0.0).answered == 1.0
    assert risk.area(HAND) == pytest.approx(5 / 6)


SCORES = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=2, max_size=40)


@given(SCORES)
def test_along_the_curve_less_is_answered_less_wrongly_and_more_is_refused(rows: list[tuple[float, bool]]) -> None:
    points = risk.curve([Scored("q", probability, answerable) for probability, answerable in rows])
    for before, after in itertools.pairwise(points):
        assert before.threshold < after.threshold
        assert before.answered >= after.answered
        assert before.wrong_answers >= after.wrong_answers
        assert before.wrong_refusals <= after.wrong_refusals


@given(SCORES.filter(lambda rows: any(answerable for _, answerable in rows)), st.sampled_from([0.0, 0.05, 0.2]))
def test_the_chosen_threshold_refuses_no_more_than_allowed(rows: list[tuple[float, bool]], allowed: float) -> None:
    scored = [Scored("q", probability, answerable) for probability, answerable in rows]
    threshold = risk.chosen(scored, allowed)
    assert risk.point(scored, threshold).wrong_refusals <= allowed
    assert risk.surely(scored, threshold) >= threshold


def overlapping(count: int, seed: int = 1) -> list[Scored]:
    chance = random.Random(seed)
    good = [Scored("g", min(1.0, max(0.0, chance.gauss(0.65, 0.15))), True) for _ in range(count)]
    return good + [Scored("b", min(1.0, max(0.0, chance.gauss(0.35, 0.15))), False) for _ in range(count)]


def test_what_is_expected_is_measured_on_questions_that_did_not_choose() -> None:
    scored = overlapping(60)
    reached = risk.expected(scored)
    own = risk.point(scored, risk.chosen(scored))
    mean, low, high = reached.wrong_refusals
    assert own.wrong_refusals <= 0.05 < high
    assert low <= mean <= high
    assert reached.wrong_refusals == risk.expected(scored).wrong_refusals, "the same every time"
    fewer = risk.expected(overlapping(12))
    assert fewer.wrong_answers[2] - fewer.wrong_answers[1] > reached.wrong_answers[2] - reached.wrong_answers[1]


@pytest.mark.parametrize(
    ("good", "bad", "why"),
    [(5, 5, "few"), (30, 9, "few"), (60, 0, "no_refusals"), (60, 7, "no_refusals"), (3, 60, "no_answerable"),
     (32, 8, None)],
)  # fmt: skip
def test_too_few_questions_or_only_one_kind_decide_nothing(good: int, bad: int, why: str | None) -> None:
    scored = [Scored("g", 0.6, True)] * good + [Scored("b", 0.4, False)] * bad
    assert risk.too_few(scored) == why


def test_own_thresholds_belong_to_one_rule_and_leave_the_shipped_one_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    shipped = load_rule("refusal_judged")
    assert load_own(path).of(shipped) is shipped
    save_own(path, shipped, 0.37, 0.61, {"questions": 44})
    own = load_own(path).of(shipped)
    assert (own.threshold, own.sure) == (0.37, 0.61)
    assert own.weights == shipped.weights
    assert load_rule("refusal_judged") == shipped
    retrained = replace(shipped, bias=shipped.bias + 0.1)
    assert load_own(path).of(retrained) is retrained
    save_own(path, retrained, 0.5, 0.7, {})
    assert load_own(path).of(shipped).threshold == 0.37, "those of another rule stay"
    assert path.stat().st_mode & 0o077 == 0


def test_a_fingerprint_follows_the_probabilities_and_not_the_thresholds() -> None:
    rule = LogisticRule(0.1, 0.5, {"a": 1.0}, {"a": 0.0}, {"a": 1.0}, {}, 0.7)
    assert fingerprint(rule) == fingerprint(replace(rule, threshold=0.2, sure=0.3, provenance={"x": 1}))
    for other in (replace(rule, bias=0.2), replace(rule, weights={"a": 2.0}), replace(rule, scales={"a": 2.0})):
        assert fingerprint(other) != fingerprint(rule)


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"rules": 5}', '{"rules": {"x": {"threshold": "no", "sure": 1}}}',
     '{"rules": {"x": {"threshold": 0.9, "sure": 0.1}}}', '{"rules": {"x": {"threshold": -1, "sure": 7}}}'],
)  # fmt: skip
def test_a_damaged_file_is_said_and_does_not_count(
    tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(content, "utf-8")
    assert load_own(path) == OwnThresholds()
    assert "shipped" in caplog.text


def test_the_answerer_decides_by_the_own_threshold(tmp_path: Path) -> None:
    """The same question, the same passages: answered below the shipped threshold only with an own one."""
    from konspekt.answering.finding import Finder, Scope
    from konspekt.answering.words.vocabulary import NoFrequencies
    from tests.answering.passages import GUIDANCE, SAMPLERS

    class Search:
        def search(self, query: str, k: int = 8, **scope: object) -> list[object]:
            return [SAMPLERS, GUIDANCE]

    question, scope = "Сколько шагов у Euler?", Scope(8, None, None, None)
    words = load_rule("refusal_words")
    found = Finder(Search(), NoFrequencies(), None).find(question, scope)  # type: ignore[arg-type]
    for threshold, answerable in ((found.probability - 0.01, True), (found.probability + 0.01, False)):
        path = tmp_path / "own.json"
        save_own(path, words, threshold, min(1.0, threshold + 0.1), {})
        decided = Finder(Search(), NoFrequencies(), None, None, load_own(path)).find(question, scope)  # type: ignore[arg-type]
        assert decided.answerable is answerable
        assert decided.probability == found.probability
        assert set(json.loads(path.read_text())["rules"]) == {fingerprint(words)}


def by_writers(**good: Sequence[float]) -> list[thresholds.Scored]:
    """Answerable questions of writers, and near misses of each, spread from 0 to 0.6, and a few off topic."""
    return [
        *(thresholds.Scored(writer, "answerable", score) for writer, scores in good.items() for score in scores),
        *(thresholds.Scored(writer, "near_miss", n / 50) for writer in good for n in range(30)),
        *(thresholds.Scored("a", "off_topic", n / 100, spoken_of=n % 2 == 0) for n in range(20)),
    ]


EASY = [0.3 + n / 100 for n in range(60)]


def test_a_threshold_keeps_to_what_is_allowed_for_writers_who_did_not_choose_it() -> None:
    easy = thresholds.bounds(by_writers(a=EASY, b=EASY, c=EASY), 0.05)
    harder = thresholds.bounds(by_writers(a=EASY, b=EASY, c=[score - 0.02 for score in EASY]), 0.05)
    unlike = thresholds.bounds(by_writers(a=EASY, b=EASY, c=[score - 0.2 for score in EASY]), 0.05)
    assert easy.refused_wrongly == pytest.approx(0.05)
    assert harder.refused_wrongly <= 0.05
    assert harder.threshold < easy.threshold, "one whose questions are harder counts as much as the others"
    assert max(one.refused_wrongly for one in harder.left_out) > harder.refused_wrongly
    assert unlike.refused_wrongly > 0.05
    assert unlike.threshold > 0.1, "and does not make the rule answer everything"


def test_a_doubt_is_said_where_half_of_the_answers_are_wrong() -> None:
    scored = by_writers(a=EASY, b=EASY)
    found = thresholds.bounds(scored, 0.05)
    assert found.threshold <= found.doubted < 0.6
    assert thresholds.doubted([one for one in scored if one.kind == "answerable"], 0.3) == 0.3, "nothing is wrong there"


def test_a_refusal_quotes_little_of_what_is_off_topic() -> None:
    found = thresholds.bounds(by_writers(a=EASY, b=EASY), 0.05)
    off = [one for one in by_writers(a=EASY) if one.kind == "off_topic"]
    assert 0 < found.nearly < found.threshold
    assert sum(one.spoken_of and found.nearly < one.score < found.threshold for one in off) <= 0.08 * len(off)


def test_a_writer_without_near_misses_has_no_area_and_none_is_written() -> None:
    kinds = [("a", "answerable"), ("a", "near_miss"), ("b", "answerable"), ("b", "off_topic")]
    rows = [Row("sample", kind, "d", {}, writer) for writer, kind in kinds]
    assert by_writer(rows, [0.9, 0.2, 0.8, 0.1]) == {"a": 1.0}
