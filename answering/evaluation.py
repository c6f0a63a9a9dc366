"""How good are the answers: are refusals right, and do citations point at passages that hold the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from konspekt.answering.answer import Answer
from konspekt.indexer.evaluation import Question, holds_answer


@dataclass(frozen=True, slots=True)
class Judged:
    """One answered question. `right` of `cited` sources hold an accepted phrase; a refusal counts as citing none."""

    question: Question
    refused: bool
    extractive: bool
    cited: int
    right: int
    total_ms: float
    said: bool = False  # an accepted phrase stands in the answer itself or in what it quotes

    @property
    def refusal_is_right(self) -> bool:
        return self.refused == self.question.must_be_refused


@dataclass(frozen=True, slots=True)
class AnswerScores:
    """Shares from 0 to 1; None where nothing was there to be counted.

    `citation_precision`: of all cited sources, those that hold an accepted phrase. `citation_recall`: of the
    answerable questions, those with such a source. `answer_said`: of the answerable
    questions, those whose answer or its quotes hold an accepted phrase word for word (a model that words it otherwise
    does not count, so compare quotations with it). `refusal_precision`: of the refusals, the right ones.
    `refusal_recall`: of the questions that must be refused, those that were. `false_refusals`: of the answerable
    questions, those that were refused. `written`: of the answers, those that a model wrote and the check let pass.
    """

    questions: int
    must_be_refused: int
    citation_precision: float | None
    citation_recall: float | None
    refusal_precision: float | None
    refusal_recall: float | None
    false_refusals: float | None
    written: float | None
    median_ms: float
    answer_said: float | None = None


def judge(question: Question, answer: Answer) -> Judged:
    texts = {passage.document_id: passage.text for passage in answer.passages}
    cited = {citation.document_id for citation in answer.citations} if not answer.refused else set()
    right = sum(holds_answer(texts.get(document, ""), question.accept) for document in cited)
    shown = "\n".join([answer.text, *(citation.quote for citation in answer.citations)])
    said = not answer.refused and holds_answer(shown, question.accept)
    return Judged(question, answer.refused, answer.extractive, len(cited), right, answer.timings.total_ms, said)


def score_answers(judged: Sequence[Judged]) -> AnswerScores:
    answerable = [one for one in judged if not one.question.must_be_refused]
    refused = [one for one in judged if one.refused]
    must = [one for one in judged if one.question.must_be_refused]
    answered = [one for one in judged if not one.refused]
    times = sorted(one.total_ms for one in judged)
    return AnswerScores(
        questions=len(judged),
        must_be_refused=len(must),
        citation_precision=_share(sum(one.right for one in answerable), sum(one.cited for one in answerable)),
        citation_recall=_share(sum(one.right > 0 for one in answerable), len(answerable)),
        refusal_precision=_share(sum(one.refusal_is_right for one in refused), len(refused)),
        refusal_recall=_share(sum(one.refused for one in must), len(must)),
        false_refusals=_share(sum(one.refused for one in answerable), len(answerable)),
        written=_share(sum(not one.extractive for one in answered), len(answered)),
        median_ms=times[len(times) // 2] if times else 0.0,
        answer_said=_share(sum(one.said for one in answerable), len(answerable)),
    )


def by_split(judged: Sequence[Judged]) -> dict[str, AnswerScores]:
    """Scores of each split by its name, and of all together under the empty name."""
    splits = sorted({one.question.split for one in judged if one.question.split})
    table = {split: score_answers([one for one in judged if one.question.split == split]) for split in splits}
    return {**table, "": score_answers(judged)}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
