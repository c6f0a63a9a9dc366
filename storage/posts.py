"""Indexed posts, looked up by address, id or day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from konspekt.storage.database import Database
from konspekt.storage.models import DocumentRow, SourceRow

_HOSTS = ("t.me", "telegram.me")


@dataclass(frozen=True, slots=True)
class StoredPost:
    """A document as it is stored, and where its source was read from (a path or an address)."""

    document: DocumentRow
    location: str | None


def post_by_address(database: Database, channel: str, number: int) -> StoredPost | None:
    """The post of a public channel. Case does not matter in channel names."""
    exact = DocumentRow.url.in_([f"https://{host}/{channel}/{number}" for host in _HOSTS])
    alike = DocumentRow.url.iendswith(f"/{channel}/{number}", autoescape=True)
    with database.session() as session:
        for condition in (exact, alike):
            row = session.scalars(select(DocumentRow).where(condition).limit(1)).first()
            if row is not None:
                return _stored(session, row)
    return None


def post_by_number(database: Database, number: int) -> StoredPost | None:
    """The post with this number, of the channel with the most posts where several have one."""
    with database.session() as session:
        posts = select(DocumentRow.source_id).where(DocumentRow.kind == "post").group_by(DocumentRow.source_id)
        for source in session.scalars(posts.order_by(func.count().desc(), DocumentRow.source_id)).all():
            row = session.get(DocumentRow, f"{source}/{number}")
            if row is not None:
                return _stored(session, row)
    return None


def post_by_id(database: Database, document_id: str) -> StoredPost | None:
    with database.session() as session:
        row = session.get(DocumentRow, document_id)
        return _stored(session, row) if row is not None else None


def post_ids(database: Database, since: datetime | None, source: str | None = None) -> list[str]:
    """The ids of posts, oldest first; of one source, where it is named."""
    query = select(DocumentRow.id).where(DocumentRow.kind == "post").order_by(DocumentRow.published_at, DocumentRow.id)
    if since:
        query = query.where(DocumentRow.published_at >= since)
    if source:
        query = query.where(DocumentRow.source_id == source)
    with database.session() as session:
        return list(session.scalars(query))


def _stored(session: Session, row: DocumentRow) -> StoredPost:
    source = session.get(SourceRow, row.source_id)
    return StoredPost(row, source.location if source is not None else None)
