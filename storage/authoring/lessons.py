"""Lessons of authors: learnt, listed, forgotten."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select

from konspekt.storage.authoring.models_lessons import LessonRow
from konspekt.storage.database import Database
from konspekt.storage.models import utc_now


@dataclass(frozen=True, slots=True)
class StoredLesson:
    id: int
    user_id: int | None
    kind: str
    language: str
    network: str
    said: str
    instead: str
    learnt_at: datetime


class Lessons:
    """Calls block. `user_id` None is who owns the machine: it sees all, and what it adds holds for all."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def learn(
        self, user_id: int | None, *, kind: str, language: str, network: str, said: str, instead: str
    ) -> int | None:
        """The lesson's id. It replaces what was learnt about the same words; one that takes a change back removes it
        and is none."""
        with self._database.session() as session:
            mine = (
                (LessonRow.user_id.is_(None) if user_id is None else LessonRow.user_id == user_id)
                & (LessonRow.kind == kind)
                & (LessonRow.language == language)
            )
            if kind in ("term", "hashtag"):
                back = session.scalars(
                    delete(LessonRow)
                    .where(mine, LessonRow.said == instead, LessonRow.instead == said)
                    .returning(LessonRow.id)
                ).all()
                if back:
                    return None
            session.execute(delete(LessonRow).where(mine, LessonRow.network == network, LessonRow.said == said))
            row = LessonRow(
                user_id=user_id,
                kind=kind,
                language=language,
                network=network,
                said=said,
                instead=instead,
                learnt_at=utc_now(),
            )
            session.add(row)
            session.flush()
            return row.id

    def known(self, user_id: int | None) -> list[StoredLesson]:
        """What holds for this author, the newest first."""
        query = select(LessonRow).where(*_of(user_id)).order_by(LessonRow.id.desc())
        with self._database.session() as session:
            return [
                StoredLesson(
                    row.id,
                    row.user_id,
                    row.kind,
                    row.language,
                    row.network,
                    row.said,
                    row.instead,
                    row.learnt_at,
                )
                for row in session.scalars(query)
            ]

    def forget(self, lesson_id: int, user_id: int | None) -> bool:
        """False where there is none of that number that this author may remove."""
        with self._database.session() as session:
            gone = delete(LessonRow).where(LessonRow.id == lesson_id, *_of(user_id)).returning(LessonRow.id)
            return bool(session.scalars(gone).all())


def _of(user_id: int | None) -> Iterable[ColumnElement[bool]]:
    return () if user_id is None else (or_(LessonRow.user_id == user_id, LessonRow.user_id.is_(None)),)
