"""Who follows what, what was found for them, and when they are told.

A repository over one open session, so that what belongs together is one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from konspekt.storage.assisting.models_following import (
    FollowDueRow,
    FollowedPostRow,
    FollowerRow,
    FollowMatchRow,
    FollowMessageRow,
    FollowRow,
)
from konspekt.storage.models import ChunkRow, DocumentRow, VectorRow


class Follows:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql

    # ---------------------------------------------------------------- readers and what they follow

    def follower(self, user_id: int) -> FollowerRow | None:
        return self._session.get(FollowerRow, user_id)

    def put_follower(self, user_id: int, language: str, hour: int) -> FollowerRow:
        """The reader's row; a new one where there is none. Whoever asks for something is no longer away."""
        values = {"user_id": user_id, "language": language, "hour": hour, "blocked": False}
        known = {"language": language, "blocked": False}
        statement = self._dialect.insert(FollowerRow).values(**values)
        self._session.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=known))
        row = self._session.get_one(FollowerRow, user_id)
        self._session.refresh(row)
        return row

    def of_reader(self, user_id: int) -> list[FollowRow]:
        """Oldest first."""
        statement = select(FollowRow).where(FollowRow.user_id == user_id).order_by(FollowRow.id)
        return list(self._session.scalars(statement))

    def add(self, row: FollowRow) -> int:
        self._session.add(row)
        self._session.flush()
        return row.id

    def get(self, user_id: int, follow_id: int) -> FollowRow | None:
        """A reader's follow; another reader's is none."""
        row = self._session.get(FollowRow, follow_id)
        return row if row is not None and row.user_id == user_id else None

    def end(self, row: FollowRow) -> None:
        """What was found for it and not told yet goes with it."""
        self._session.execute(delete(FollowMatchRow).where(FollowMatchRow.follow_id == row.id))
        self._session.delete(row)
        self._session.flush()

    def forget(self, user_id: int) -> int:
        """Erases everything about a reader; how many follows that were."""
        theirs = select(FollowRow.id).where(FollowRow.user_id == user_id)
        count = self._session.scalar(select(func.count()).select_from(theirs.subquery())) or 0
        for table in (FollowMatchRow, FollowMessageRow, FollowDueRow, FollowRow, FollowerRow):
            self._session.execute(delete(table).where(table.user_id == user_id))
        return count

    # ---------------------------------------------------------------- new posts

    def active(self) -> list[tuple[FollowRow, FollowerRow]]:
        """Follows of the readers who can be sent to."""
        rows = self._session.execute(
            select(FollowRow, FollowerRow)
            .join(FollowerRow, FollowerRow.user_id == FollowRow.user_id)
            .where(FollowerRow.blocked.is_(False))
            .order_by(FollowRow.id)
        )
        return [(row[0], row[1]) for row in rows]

    def of_other_models(self, model: str) -> list[FollowRow]:
        """Follows whose vector another embedding model made."""
        statement = select(FollowRow).where(func.coalesce(FollowRow.model, "") != model)
        return list(self._session.scalars(statement))

    def unseen(self, since: datetime) -> list[DocumentRow]:
        """Dated documents published since then that were not compared with the follows yet, oldest first."""
        seen = select(FollowedPostRow.document_id)
        statement = select(DocumentRow).where(DocumentRow.published_at >= since, DocumentRow.id.not_in(seen))
        return list(self._session.scalars(statement.order_by(DocumentRow.published_at, DocumentRow.id)))

    def take(self, documents: Iterable[DocumentRow], now: datetime) -> list[DocumentRow]:
        """Those of them that no one else has taken and no twin of which was: they are this transaction's to tell of."""
        taken = []
        for document in documents:
            values = {"document_id": document.id, "fold_hash": document.fold_hash, "looked_at": now}
            twin = select(FollowedPostRow.document_id).where(FollowedPostRow.fold_hash == document.fold_hash).limit(1)
            known = document.fold_hash and self._session.scalar(twin) is not None
            statement = self._dialect.insert(FollowedPostRow).values(**values).on_conflict_do_nothing()
            mine = self._session.scalar(statement.returning(FollowedPostRow.document_id)) is not None
            if mine and not known:
                taken.append(document)
        return taken

    def chunks_of(self, document_id: str, model: str) -> list[tuple[str, bytes | None]]:
        """(text, vector) of a document's chunks."""
        same = (VectorRow.text_hash == ChunkRow.text_hash) & (VectorRow.model == model)
        statement = select(ChunkRow.text, VectorRow.data).outerjoin(VectorRow, same)
        rows = self._session.execute(statement.where(ChunkRow.document_id == document_id).order_by(ChunkRow.ordinal))
        return [(row[0], row[1]) for row in rows]

    def found(self, follow: FollowRow, document_id: str) -> None:
        values = {"follow_id": follow.id, "document_id": document_id, "user_id": follow.user_id}
        self._session.execute(self._dialect.insert(FollowMatchRow).values(**values).on_conflict_do_nothing())

    # ---------------------------------------------------------------- the schedule

    def put_due(self, user_id: int, mode: str, at: datetime | None) -> None:
        """When the reader's next message of this kind is due; None: none is."""
        if at is None:
            here = (FollowDueRow.user_id == user_id) & (FollowDueRow.mode == mode)
            self._session.execute(delete(FollowDueRow).where(here))
            return
        statement = self._dialect.insert(FollowDueRow).values(user_id=user_id, mode=mode, next_due=at)
        self._session.execute(
            statement.on_conflict_do_update(index_elements=["user_id", "mode"], set_={"next_due": at})
        )

    def due_of(self, user_id: int, mode: str) -> datetime | None:
        row = self._session.get(FollowDueRow, (user_id, mode), populate_existing=True)
        return row.next_due if row is not None else None

    def nothing_due(self, user_id: int) -> None:
        self._session.execute(delete(FollowDueRow).where(FollowDueRow.user_id == user_id))

    def due(self, now: datetime, at_most: int) -> list[tuple[int, str]]:
        """(reader, mode) of what is due, this transaction's own: another instance passes it over meanwhile."""
        statement = select(FollowDueRow).where(FollowDueRow.next_due <= now).order_by(FollowDueRow.next_due)
        rows = self._session.scalars(statement.limit(at_most).with_for_update(skip_locked=True))
        return [(row.user_id, row.mode) for row in rows]

    def first_due(self) -> datetime | None:
        return self._session.scalar(select(func.min(FollowDueRow.next_due)))

    def untold(self, user_id: int, mode: str) -> list[str]:
        """Documents found by the reader's follows of this mode that no message tells of."""
        told = select(FollowMatchRow.document_id).where(
            FollowMatchRow.user_id == user_id, FollowMatchRow.message_id.is_not(None)
        )
        rows = self._session.scalars(
            select(FollowMatchRow.document_id)
            .join(FollowRow, FollowRow.id == FollowMatchRow.follow_id)
            .where(FollowMatchRow.user_id == user_id, FollowRow.mode == mode)
            .where(FollowMatchRow.message_id.is_(None), FollowMatchRow.document_id.not_in(told))
            .distinct()
        )
        return list(rows)

    def new_message(self, user_id: int, mode: str, documents: Sequence[str], now: datetime) -> int:
        """A message that tells of these documents, whichever of the reader's follows found them; its id."""
        row = FollowMessageRow(user_id=user_id, mode=mode, created_at=now)
        self._session.add(row)
        self._session.flush()
        theirs = (FollowMatchRow.user_id == user_id) & FollowMatchRow.document_id.in_(documents)
        untold = theirs & FollowMatchRow.message_id.is_(None)
        self._session.execute(update(FollowMatchRow).where(untold).values(message_id=row.id))
        return row.id

    def told_by(self, message_id: int) -> Sequence[Any]:
        """Rows (follow, document) of a message, by follow and date; what was ended or taken out since is left out."""
        return self._session.execute(
            select(FollowRow, DocumentRow)
            .join(FollowMatchRow, FollowMatchRow.follow_id == FollowRow.id)
            .join(DocumentRow, DocumentRow.id == FollowMatchRow.document_id)
            .where(FollowMatchRow.message_id == message_id)
            .order_by(FollowRow.id, DocumentRow.published_at, DocumentRow.id)
        ).all()

    def message(self, message_id: int) -> FollowMessageRow | None:
        return self._session.get(FollowMessageRow, message_id)
