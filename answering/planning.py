"""Questions that one search cannot answer: whoever knows how to is asked first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from konspekt.answering.answer import Answer, Timings, Turn
from konspekt.answering.finding import Scope
from konspekt.answering.replies import Reply
from konspekt.answering.texts import Language
from konspekt.indexer.passages import Passage


@dataclass(frozen=True, slots=True)
class Planned:
    """A finished reply, and everything that was found for it: what is not cited is shown by "more"."""

    reply: Reply
    passages: tuple[Passage, ...]


def answer_of(question: str, planned: Planned, language: Language, timings: Timings) -> Answer:
    """The planned reply as an answer: stored, shown and voted on like any other."""
    reply = planned.reply
    return Answer(
        question=question,
        standalone_question=question,
        text=reply.text,
        language=language,
        refused=reply.refused,
        extractive=reply.extractive,
        citations=reply.citations,
        passages=planned.passages,
        model=reply.model,
        timings=timings,
        notice=reply.notice,
        parts=reply.parts,
        listing=True,
    )


class Planner(Protocol):
    """Answers some questions by itself, without a model. Calls block; safe to share between threads."""

    def reply(self, question: str, history: Sequence[Turn], scope: Scope, language: Language) -> Planned | None:
        """None: the question is none of its kind. `scope.k` does not limit what is found.

        Raises `konspekt.indexer.errors.NoIndexError` when nothing is indexed.
        """
        ...
