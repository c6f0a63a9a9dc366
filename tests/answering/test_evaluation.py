"""The numbers of `konspekt eval answers`, counted by hand on a few answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from konspekt.answering.answer import Answer, Citation, Timings
from konspekt.answering.evaluation import by_split, judge, score_answers
from konspekt.indexer.evaluation import Question
from tests.answering.passages import GUIDANCE, SAMPLERS


def answer(*cited: int, refused: bool = False, extractive: bool = False) -> Answer:
    passages = (SAMPLERS, GUIDANCE)
    citations = tuple(
        Citation(n, passages[rank - 1].document_id, passages[rank - 1].title, None, None, "")
        for n, rank in enumerate(cited, 1)
    )
    return Answer("q", "q", "", "ru", refused, extractive, citations, passages, None, Timings(1.0, None, 5.0))


EULER = Question("Сколько шагов у Euler?", ("40 шагов",), "tune")
WEATHER = Question("Какая погода?", (), "heldout")


def test_each_number_over_a_known_set() -> None:
    judged = [
        judge(EULER, answer(1, 2)),  # one of two citations is right
        judge(EULER, answer(2, extractive=True)),  # answered, cited elsewhere
        judge(EULER, answer(1, refused=True)),  # a false refusal; what it names are no citations
        judge(WEATHER, answer(1, refused=True)),
        judge(WEATHER, answer(1)),  # must have been refused
    ]
    scores = score_answers(judged)
    assert (scores.questions, scores.must_be_refused) == (5, 2)
    assert scores.citation_precision == pytest.approx(1 / 3)
    assert scores.citation_recall == pytest.approx(1 / 3)
    assert scores.refusal_precision == pytest.approx(1 / 2)
    assert scores.refusal_recall == pytest.approx(1 / 2)
    assert scores.false_refusals == pytest.approx(1 / 3)
    assert scores.written == pytest.approx(2 / 3)
    assert list(by_split(judged)) == ["heldout", "tune", ""]


def test_nothing_to_count_is_no_number() -> None:
    scores = score_answers([judge(EULER, answer(1))])
    assert scores.refusal_precision is None
    assert scores.refusal_recall is None
    assert scores.false_refusals == 0


def test_an_answer_says_it_when_its_text_or_a_quote_holds_an_accepted_phrase_and_it_is_no_refusal() -> None:
    said = replace(answer(1), text="Ему нужно 40 шагов [1].")
    quoted = answer(1)
    quoted = replace(quoted, citations=(replace(quoted.citations[0], quote=SAMPLERS.text),))
    judged = [judge(EULER, one) for one in (said, quoted, answer(1), replace(said, refused=True))]
    assert [one.said for one in judged] == [True, True, False, False]
    assert score_answers([*judged, judge(WEATHER, said)]).answer_said == pytest.approx(1 / 2)
