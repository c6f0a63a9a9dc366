"""Which questions were not answered: refused, voted down, or asked again by the same reader soon after."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from konspekt.storage.models import AnswerRow, FeedbackRow

AGAIN_WITHIN = timedelta(minutes=10)

Reason = Literal["refused", "down", "again"]
Alike = Callable[[str, str], bool]  # is one question nearly the same as the other?


@dataclass(frozen=True, slots=True)
class Once:
    """One question of one reader. `reader`: who asked and where, None where that is not known."""

    answer_id: int
    question: str
    at: datetime
    reader: tuple[int | None, int] | None
    refused: bool


def same_words(one: str, other: str) -> bool:
    """The same words, whatever their case, spacing and final mark."""
    return folded(one) == folded(other)


def folded(question: str) -> str:
    return " ".join(question.lower().split()).rstrip("?!. ")


def unanswered(session: Session, since: datetime, alike: Alike = same_words) -> dict[int, frozenset[Reason]]:
    """Answer id -> why its question counts as not answered; answers that count as good are missing."""
    asked = [
        Once(row.id, row.question, row.created_at, None if row.user_id is None else (row.chat_id, row.user_id),
             row.refused)
        for row in session.execute(
            select(AnswerRow.id, AnswerRow.question, AnswerRow.created_at, AnswerRow.chat_id, AnswerRow.user_id,
                   AnswerRow.refused)
            .where(AnswerRow.created_at >= since)
            .order_by(AnswerRow.created_at, AnswerRow.id)
        )
    ]  # fmt: skip
    down = select(FeedbackRow.answer_id).join(AnswerRow, AnswerRow.id == FeedbackRow.answer_id)
    disliked = set(session.scalars(down.where(FeedbackRow.value < 0, AnswerRow.created_at >= since)))
    reasons: defaultdict[int, set[Reason]] = defaultdict(set)
    for one in asked:
        if one.refused:
            reasons[one.answer_id].add("refused")
    for answer_id in disliked:
        reasons[answer_id].add("down")
    for answer_id in asked_again(asked, alike):
        reasons[answer_id].add("again")
    return {answer_id: frozenset(why) for answer_id, why in reasons.items()}


def asked_again(asked: Sequence[Once], alike: Alike) -> set[int]:
    """Those of the questions (oldest first) that their reader asked once more, nearly so, within ten minutes."""
    found: set[int] = set()
    recent: defaultdict[tuple[int | None, int], deque[Once]] = defaultdict(deque)
    for one in asked:
        if one.reader is None:
            continue
        before = recent[one.reader]
        while before and one.at - before[0].at > AGAIN_WITHIN:
            before.popleft()
        found.update(
            earlier.answer_id
            for earlier in before
            if earlier.answer_id not in found and alike(earlier.question, one.question)
        )
        before.append(one)
    return found
