"""How well search finds what questions ask for: question files, and the metrics over them.

A question is answered by a passage that holds one of its accepted phrases, a few words long. That needs no judge and no
ids, so that a question file outlives every change of chunking; see docs/evaluation.md for how to choose the phrases.
Where only the right document is known, any passage of it answers.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from konspekt.indexer.errors import IndexerError
from konspekt.indexer.messages import say

DEPTHS = (1, 3, 5, 10)


class QuestionFileError(IndexerError):
    """A line of a question file is not what it should be; the message names it."""


@dataclass(frozen=True, slots=True)
class Question:
    """`accept` and `document` empty: the material does not answer it and a refusal is right.

    `split`: `tune`, `heldout` or empty. `document`: id or link of the right one. `kind`: for tables, e.g. `near`.
    """

    text: str
    accept: tuple[str, ...]
    split: str = ""
    language: str = ""
    document: str = ""
    kind: str = ""

    @property
    def must_be_refused(self) -> bool:
        return not self.accept and not self.document

    def answered_by(self, text: str, document_id: str = "", url: str | None = None) -> bool:
        """Does a text of this document hold the answer? Without known words, the document has to be right."""
        if self.accept:
            return holds_answer(text, self.accept)
        return bool(self.document) and self.document in {document_id, url}


@dataclass(frozen=True, slots=True)
class RetrievalScores:
    """Over `questions` answerable ones. `recall[k]`: share with an accepted passage among the first k.

    `mrr`: mean of 1/rank of the first accepted passage within the deepest k, 0 where there is none.
    """

    questions: int
    recall: Mapping[int, float]
    mrr: float


def read_questions(path: Path, split: str | None = None) -> list[Question]:
    """The questions of a file, or of one split of it.

    JSON lines `{"question": …, "accept": […], "split": …, "lang": …, "document": …, "kind": …}`; all but the first two
    may be missing. Lines that are `"checked": false`, or that a review has dropped, do not count: a question that
    nobody has read measures nothing.

    Empty lines are skipped. Raises QuestionFileError with the line's number, or when there is no question.
    """
    questions: list[Question] = []
    unchecked = 0
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionFileError(say("questions_unreadable", path=path, reason=error)) from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            row = question_row(line, f"{path}:{number}")
            if row.get("checked") is False:
                unchecked += 1
            elif not row.get("dropped"):
                questions.append(_question(row))
    if not questions and unchecked:
        raise QuestionFileError(say("questions_unchecked", path=path, count=unchecked))
    if not questions:
        raise QuestionFileError(say("no_questions", path=path))
    wanted = [question for question in questions if split is None or question.split == split]
    if not wanted:
        raise QuestionFileError(say("no_questions_of_split", path=path, split=split))
    return wanted


def question_row(line: str, where: str) -> dict[str, Any]:
    """A line of a question file. Raises QuestionFileError, which names the place `where` it stands."""
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise QuestionFileError(say("question_not_json", place=where, reason=error.msg, column=error.colno)) from error
    if not isinstance(row, dict) or not isinstance(row.get("question"), str) or not row["question"].strip():
        raise QuestionFileError(say("question_without_text", place=where))
    accept = row.get("accept")
    if not isinstance(accept, list) or not all(isinstance(phrase, str) and normalise(phrase) for phrase in accept):
        raise QuestionFileError(say("question_accept", place=where))
    return row


def _question(row: Mapping[str, Any]) -> Question:
    split, language, document, kind = (str(row.get(name) or "") for name in ("split", "lang", "document", "kind"))
    return Question(row["question"].strip(), tuple(row["accept"]), split, language, document, kind)


def normalise(text: str) -> str:
    """What does not count in a comparison: case, white space, `ё`, kinds of dashes and quotes, Markdown emphasis."""
    text = unicodedata.normalize("NFKC", text).lower().replace("ё", "е")
    text = text.translate(_SAME_LOOKS)
    return " ".join(text.split())


_SAME_LOOKS = str.maketrans(
    {**dict.fromkeys("‐‑‒–—−", "-"), **dict.fromkeys("«»„“”", '"'), **dict.fromkeys("’‘", "'"), "*": "", "`": ""}
)


def holds_answer(text: str, accept: Iterable[str]) -> bool:
    """Does one of the accepted phrases stand in the text, whatever its case, spacing and dashes?"""
    body = normalise(text)
    return any(normalise(phrase) in body for phrase in accept)


def first_rank(texts: Sequence[str], accept: Sequence[str]) -> int | None:
    """The place, from 1, of the first text that holds the answer."""
    return next((rank for rank, text in enumerate(texts, 1) if holds_answer(text, accept)), None)


def score(ranks: Sequence[int | None], depths: Sequence[int] = DEPTHS) -> RetrievalScores:
    """Recall and reciprocal rank from the rank of each question's first accepted passage."""
    total = max(1, len(ranks))
    deepest = max(depths)
    found = [rank for rank in ranks if rank is not None and rank <= deepest]
    return RetrievalScores(
        questions=len(ranks),
        recall={depth: sum(rank <= depth for rank in found) / total for depth in depths},
        mrr=sum(1 / rank for rank in found) / total,
    )
