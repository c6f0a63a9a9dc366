"""What is indexed, for a person to look at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from konspekt.indexer.document_rows import document_of
from konspekt.indexer.documents import Document
from konspekt.storage.database import Database
from konspekt.storage.index.documents import (
    by_id_or_url,
    count_outlines,
    outlines,
    sources_by_id,
    without_links,
)


def list_documents(database: Database, source: str | None = None) -> Sequence[Any]:
    """Rows (id, title, url, published_at, source_id, characters), by source and date; `source` is an id or a title."""
    with database.read() as session:
        return outlines(session, source)


def list_page(
    database: Database,
    source: str | None = None,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int,
    offset: int = 0,
) -> tuple[Sequence[Any], int]:
    """Rows as those of `list_documents`, the newest first, and how many there are beyond the page."""
    with database.read() as session:
        rows = outlines(session, source, since=since, until=until, newest_first=True, limit=limit, offset=offset)
        return rows, count_outlines(session, source, since=since, until=until)


def outline_fields(row: Any) -> dict[str, Any]:
    """An item of `konspekt documents --json`."""
    return {
        "id": row.id,
        "title": row.title,
        "url": row.url,
        "date": row.published_at.isoformat() if row.published_at else None,
        "source": row.source_id,
        "characters": row.characters,
    }


def list_sources(database: Database) -> list[str]:
    """Ids of the sources, in order."""
    with database.read() as session:
        return list(sources_by_id(session))


def channels_without_links(database: Database, source_ids: Sequence[str]) -> list[tuple[str, str]]:
    """(id, title) of those of the exported channels of which no post has a link: their username is not known."""
    with database.read() as session:
        return without_links(session, source_ids)


def find_document(database: Database, id_or_url: str) -> Document | None:
    with database.read() as session:
        row = by_id_or_url(session, id_or_url)
        return document_of(row) if row is not None else None
