"""The author's corrections of answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from konspekt.storage.models import utc_now
from konspekt.storage.remembered.models import AuthorWordRow


@dataclass(frozen=True, slots=True)
class AuthorWord:
    id: int
    question: str
    text: str
    created_at: datetime


def put_word(
    session: Session, *, author_id: int, asked_by: int | None, question: str, text: str, at: datetime | None = None
) -> int:
    row = AuthorWordRow(
        author_id=author_id, asked_by=asked_by, question=question, text=text, created_at=at or utc_now()
    )
    session.add(row)
    session.flush()
    return row.id


def words(session: Session) -> list[AuthorWord]:
    """All that hold, oldest first."""
    rows = session.scalars(select(AuthorWordRow).order_by(AuthorWordRow.id))
    return [AuthorWord(row.id, row.question, row.text, row.created_at) for row in rows]


def withdraw_word(session: Session, word_id: int) -> bool:
    """False where there is none, or no more."""
    found = session.scalars(delete(AuthorWordRow).where(AuthorWordRow.id == word_id).returning(AuthorWordRow.id)).all()
    return bool(found)
