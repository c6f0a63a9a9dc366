"""Drafts of the author: every one with the post, the model and the settings it came from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from konspekt.storage.database import Database
from konspekt.storage.models import DraftRow


@dataclass(frozen=True, slots=True)
class StoredDraft:
    """`content` is the draft as `convert --json` prints it; `settings` hold the wishes and the post itself."""

    id: int
    user_id: int | None
    document_id: str
    source_hash: str
    network: str
    language: str
    model: str | None
    settings: dict[str, Any]
    content: dict[str, Any]
    saved: bool
    created_at: datetime


class Drafts:
    """The history of drafts. Calls block."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        *,
        user_id: int | None,
        document_id: str,
        source_hash: str,
        network: str,
        language: str,
        model: str | None,
        settings: dict[str, Any],
        content: dict[str, Any],
        along: Callable[[Session, int], None] | None = None,
    ) -> int:
        """Stores a new draft; its id. Earlier ones of the same post stay: they are its history.

        `along` gets the id and writes what else belongs to the same transaction.
        """
        row = DraftRow(
            user_id=user_id,
            document_id=document_id[:512],
            source_hash=source_hash,
            network=network,
            language=language,
            model=model,
            settings=settings,
            content=content,
        )
        with self._database.session() as session:
            session.add(row)
            session.flush()
            if along is not None:
                along(session, row.id)
            return row.id

    def get(self, draft_id: int) -> StoredDraft | None:
        with self._database.session() as session:
            row = session.get(DraftRow, draft_id)
            return _stored(row) if row is not None else None

    def change(self, draft_id: int, content: dict[str, Any]) -> bool:
        """Replaces a draft's text with an edited one. False when the draft no longer exists."""
        with self._database.session() as session:
            row = session.get(DraftRow, draft_id)
            if row is None:
                return False
            row.content = content
            return True

    def save(self, draft_id: int) -> bool:
        """Marks a draft as one to keep; it is listed by `saved`."""
        with self._database.session() as session:
            row = session.get(DraftRow, draft_id)
            if row is None:
                return False
            row.saved = True
            return True

    def latest(
        self, *, user_id: int | None, document_id: str, source_hash: str, network: str, language: str
    ) -> StoredDraft | None:
        """The newest draft of the same text for the same network, language and author."""
        query = (
            select(DraftRow)
            .where(
                DraftRow.user_id == user_id,
                DraftRow.document_id == document_id[:512],
                DraftRow.source_hash == source_hash,
                DraftRow.network == network,
                DraftRow.language == language,
            )
            .order_by(DraftRow.id.desc())
            .limit(1)
        )
        with self._database.session() as session:
            row = session.scalars(query).first()
            return _stored(row) if row is not None else None

    def saved(self, user_id: int, limit: int = 10, offset: int = 0) -> list[StoredDraft]:
        """Kept drafts, newest first."""
        query = (
            select(DraftRow)
            .where(DraftRow.user_id == user_id, DraftRow.saved.is_(True))
            .order_by(DraftRow.id.desc())
            .limit(limit)
            .offset(offset)
        )
        with self._database.session() as session:
            return [_stored(row) for row in session.scalars(query)]

    def count_saved(self, user_id: int) -> int:
        query = select(func.count()).where(DraftRow.user_id == user_id, DraftRow.saved.is_(True))
        with self._database.session() as session:
            return session.scalar(query) or 0


def _stored(row: DraftRow) -> StoredDraft:
    return StoredDraft(
        row.id,
        row.user_id,
        row.document_id,
        row.source_hash,
        row.network,
        row.language,
        row.model,
        dict(row.settings),
        dict(row.content),
        row.saved,
        row.created_at,
    )
