"""How good are the answers: are refusals right, and do citations point at passages that hold the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from konspekt.answering.answer import Answer
from konspekt.answering.quality.intervals import resamples, spread
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
    said: bool = False  # an accepted phrase stands in the answer or its quotes; none known: the document is cited

    @property
    def refusal_is_right(self) -> bool:
        return self.refused == self.question.must_be_refused


SHARES = (
    "citation_precision",
    "citation_recall",
    "answer_said",
    "refusal_precision",
    "refusal_recall",
    "false_refusals",
    "written",
)


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
    found = {passage.document_id: passage for passage in answer.passages}
    cited = {citation.document_id for citation in answer.citations} if not answer.refused else set()
    passages = [found[document] for document in cited if document in found]
    right = sum(question.answered_by(passage.text, passage.document_id, passage.url) for passage in passages)
    shown = "\n".join([answer.text, *(citation.quote for citation in answer.citations)])
    said = not answer.refused and (holds_answer(shown, question.accept) if question.accept else right > 0)
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
    return {split: score_answers(group) for split, group in grouped(judged).items()}


def grouped(judged: Sequence[Judged]) -> dict[str, list[Judged]]:
    """By split, and all together under the empty name."""
    splits = sorted({one.question.split for one in judged if one.question.split})
    return {split: [one for one in judged if one.question.split == split] for split in splits} | {"": list(judged)}


def intervals(judged: Sequence[Judged]) -> dict[str, tuple[float, float]]:
    """Field of `AnswerScores` -> the 95 % interval of its share, by resampling the questions."""
    found: dict[str, list[float]] = {name: [] for name in SHARES}
    for places in resamples(len(judged)) if judged else ():
        scores = score_answers([judged[place] for place in places])
        for name, values in found.items():
            value = getattr(scores, name)
            if value is not None:
                values.append(value)
    spreads = {name: spread(values) for name, values in found.items()}
    return {name: within for name, within in spreads.items() if within is not None}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
