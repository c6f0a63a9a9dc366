"""A reader's cards and the polls that asked them: a repository over one open session."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from konspekt.storage.assisting.models_learning import LearnCardRow, QuizPollRow
from konspekt.storage.models import DocumentRow


class Learned:
    def __init__(self, session: Session) -> None:
        self._session = session

    # ---------------------------------------------------------------- the material

    def material(self, at_most: int) -> Sequence[DocumentRow]:
        """Documents, the newest first; those without a date come last."""
        newest = DocumentRow.published_at.desc().nulls_last()
        return self._session.scalars(select(DocumentRow).order_by(newest, DocumentRow.id).limit(at_most)).all()

    # ---------------------------------------------------------------- cards

    def card(self, user_id: int, question: str) -> LearnCardRow | None:
        return self._session.get(LearnCardRow, (user_id, question))

    def put_card(self, user_id: int, question: str, card: dict[str, Any], due: datetime) -> None:
        self._session.merge(LearnCardRow(user_id=user_id, question=question, card=card, due=due))

    def cards(self, user_id: int) -> Sequence[LearnCardRow]:
        """The one that is due first comes first."""
        statement = select(LearnCardRow).where(LearnCardRow.user_id == user_id)
        return self._session.scalars(statement.order_by(LearnCardRow.due, LearnCardRow.question)).all()

    # ---------------------------------------------------------------- polls

    def add_poll(self, row: QuizPollRow) -> int:
        self._session.add(row)
        self._session.flush()
        return row.id

    def poll(self, user_id: int, row_id: int) -> QuizPollRow | None:
        """A reader's poll; another reader's is none."""
        row = self._session.get(QuizPollRow, row_id)
        return row if row is not None and row.user_id == user_id else None

    def answered_poll(self, user_id: int, poll_id: str) -> QuizPollRow | None:
        """The reader's poll that Telegram tells an answer of. One whose number was not noted before a crash is known
        by being the last that is open."""
        known = select(QuizPollRow).where(QuizPollRow.user_id == user_id, QuizPollRow.poll_id == poll_id)
        row = self._session.scalars(known.limit(1).with_for_update()).first()
        if row is not None:
            return row
        unnoted = QuizPollRow.poll_id.is_(None) & QuizPollRow.answered_at.is_(None)
        last = select(QuizPollRow).where(QuizPollRow.user_id == user_id, unnoted).order_by(QuizPollRow.id.desc())
        return self._session.scalars(last.limit(1).with_for_update()).first()

    def open_questions(self, user_id: int, since: datetime) -> set[str]:
        """Asked since then and not answered yet."""
        is_open = (QuizPollRow.user_id == user_id) & QuizPollRow.answered_at.is_(None) & (QuizPollRow.asked_at >= since)
        return set(self._session.scalars(select(QuizPollRow.question).where(is_open)))

    def answers(self, user_id: int, since: datetime) -> list[tuple[datetime, bool]]:
        """(when, whether right), oldest first."""
        statement = select(QuizPollRow.answered_at, QuizPollRow.right).where(
            QuizPollRow.user_id == user_id, QuizPollRow.answered_at >= since
        )
        rows = self._session.execute(statement.order_by(QuizPollRow.answered_at))
        return [(when, bool(right)) for when, right in rows if when is not None]

    def counts(self, user_id: int, now: datetime) -> tuple[int, int]:
        """(cards, cards that are due)."""
        theirs = select(func.count()).select_from(LearnCardRow).where(LearnCardRow.user_id == user_id)
        due = theirs.where(LearnCardRow.due <= now)
        return self._session.scalar(theirs) or 0, self._session.scalar(due) or 0

    def forget(self, user_id: int) -> int:
        """Erases what a reader learnt; how many cards that was."""
        count = self._session.scalar(select(func.count()).where(LearnCardRow.user_id == user_id)) or 0
        for table in (LearnCardRow, QuizPollRow):
            self._session.execute(delete(table).where(table.user_id == user_id))
        return count
