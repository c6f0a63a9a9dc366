"""Running a question file through search, one configuration after another."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from konspekt.answering.quality.intervals import interval
from konspekt.indexer.evaluation import (
    DEPTHS,
    Question,
    RetrievalScores,
    score,
)

if TYPE_CHECKING:
    from konspekt.answering.words.vocabulary import Frequencies
    from konspekt.indexer.passages import Passage
    from konspekt.indexer.searching.search import Searcher

Mode = Literal["dense", "lexical", "fused", "reranked"]
# question, passages -> what of each a model would read
Prompted = Callable[[str, Sequence["Passage"]], "list[tuple[Passage, str]]"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question in one configuration. `rank` of the first accepted passage; `in_budget`: it reaches the prompt."""

    question: Question
    rank: int | None
    in_budget: bool
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Row:
    mode: Mode
    split: str  # empty: all questions
    scores: RetrievalScores
    recall_in_budget: float
    median_ms: float
    within: Mapping[str, tuple[float, float]] = field(default_factory=dict)  # 95 % intervals, by resampling questions


def run(searcher: Searcher, questions: Sequence[Question], mode: Mode, prompted: Prompted) -> list[Outcome]:
    """Search each answerable question to the deepest rank that is reported."""
    outcomes = []
    for question in questions:
        if question.must_be_refused:
            continue
        started = time.perf_counter()
        passages = searcher.search(question.text, max(DEPTHS), mode=mode)
        took = (time.perf_counter() - started) * 1000
        outcomes.append(
            Outcome(
                question,
                next(
                    (rank for rank, p in enumerate(passages, 1) if question.answered_by(p.text, p.document_id, p.url)),
                    None,
                ),
                any(question.answered_by(text, p.document_id, p.url) for p, text in prompted(question.text, passages)),
                took,
            )
        )
    return outcomes


def tabulate(mode: Mode, outcomes: Sequence[Outcome]) -> list[Row]:
    """A row for each split that the file names, then one for all."""
    splits = sorted({outcome.question.split for outcome in outcomes if outcome.question.split})
    groups = [(name, [o for o in outcomes if o.question.split == name]) for name in splits] if len(splits) > 1 else []
    return [
        Row(
            mode,
            name,
            score([outcome.rank for outcome in group]),
            sum(outcome.in_budget for outcome in group) / max(1, len(group)),
            statistics.median(outcome.milliseconds for outcome in group),
            intervals(group),
        )
        for name, group in [*groups, ("", list(outcomes))]
        if group
    ]


def intervals(outcomes: Sequence[Outcome]) -> dict[str, tuple[float, float]]:
    """Of recall at each depth, of the reciprocal rank (`mrr`) and of what reaches the prompt (`in_budget`)."""
    measured: dict[str, Callable[[Outcome], float]] = {
        "mrr": lambda one: 1 / one.rank if one.rank is not None and one.rank <= max(DEPTHS) else 0.0,
        "in_budget": lambda one: float(one.in_budget),
    }
    for depth in DEPTHS:
        measured[str(depth)] = partial(_within_depth, depth)
    found = {name: interval(outcomes, partial(_mean, value)) for name, value in measured.items()}
    return {name: within for name, within in found.items() if within is not None}


def _within_depth(depth: int, one: Outcome) -> float:
    return float(one.rank is not None and one.rank <= depth)


def _mean(value: Callable[[Outcome], float], outcomes: Sequence[Outcome]) -> float:
    return statistics.fmean(map(value, outcomes))


def prompt_reader(frequencies: Frequencies, budget: int) -> Prompted:
    """The passages as an answer's prompt would hold them within `budget` tokens."""
    from konspekt.answering.words.vocabulary import content_terms, rarity
    from konspekt.answering.writing.context import build_context

    def read(question: str, passages: Sequence[Passage]) -> list[tuple[Passage, str]]:
        weights = rarity(content_terms(question), frequencies)
        return [(s.passage, f"{s.passage.title}\n{s.text}") for s in build_context(passages, weights, budget)]

    return read


def row_to_json(row: Row) -> dict[str, Any]:
    return {
        "mode": row.mode,
        "split": row.split or "all",
        "questions": row.scores.questions,
        "recall": {str(depth): round(value, 4) for depth, value in row.scores.recall.items()},
        "mrr": round(row.scores.mrr, 4),
        "recall_in_budget": round(row.recall_in_budget, 4),
        "median_ms": round(row.median_ms, 1),
        "intervals": dict(row.within),
    }


def miss_to_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "question": outcome.question.text,
        "accept": list(outcome.question.accept),
        "rank": outcome.rank,
        "in_budget": outcome.in_budget,
    }
