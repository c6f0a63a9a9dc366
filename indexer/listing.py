"""What is indexed, for a person to look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, or_, select

from konspekt.indexer.document_rows import document_of
from konspekt.indexer.documents import Document
from konspekt.storage.database import Database
from konspekt.storage.models import DocumentRow, SourceRow


def list_documents(database: Database, source: str | None = None) -> Sequence[Any]:
    """Rows (id, title, url, published_at, source_id, characters), by source and date; `source` is an id or a title."""
    columns = (DocumentRow.id, DocumentRow.title, DocumentRow.url, DocumentRow.published_at, DocumentRow.source_id)
    statement = select(*columns, func.length(DocumentRow.text).label("characters")).order_by(
        DocumentRow.source_id, DocumentRow.published_at, DocumentRow.id
    )
    if source is not None:
        named = select(SourceRow.id).where(or_(SourceRow.id == source, SourceRow.title == source))
        statement = statement.where(DocumentRow.source_id.in_(named))
    with database.read() as session:
        return session.execute(statement).all()


def list_sources(database: Database) -> list[str]:
    """Ids of the sources, in order."""
    with database.read() as session:
        return list(session.scalars(select(SourceRow.id).order_by(SourceRow.id)))


def channels_without_links(database: Database, source_ids: Sequence[str]) -> list[tuple[str, str]]:
    """(id, title) of those of the exported channels of which no post has a link: their username is not known."""
    linked = select(DocumentRow.source_id).where(DocumentRow.url.is_not(None))
    statement = (
        select(SourceRow.id, SourceRow.title)
        .where(SourceRow.id.in_(source_ids), SourceRow.kind == "telegram", SourceRow.id.not_in(linked))
        .where(SourceRow.id.in_(select(DocumentRow.source_id)))
        .order_by(SourceRow.title)
    )
    with database.read() as session:
        return [(row.id, row.title) for row in session.execute(statement)]


def find_document(database: Database, id_or_url: str) -> Document | None:
    with database.read() as session:
        row = session.get(DocumentRow, id_or_url)
        if row is None:
            row = session.scalars(select(DocumentRow).where(DocumentRow.url == id_or_url).limit(1)).first()
        return document_of(row) if row is not None else None
