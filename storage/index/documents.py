"""Documents and the sources they come from: the statements behind listing, reading anew and publishing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, func, insert, or_, select
from sqlalchemy.orm import Session

from konspekt.storage.models import ChunkRow, DocumentRow, SourceRow

SLICE = 5000


# ---------------------------------------------------------------- sources


def sources_by_id(session: Session) -> dict[str, SourceRow]:
    return {row.id: row for row in session.scalars(select(SourceRow).order_by(SourceRow.id))}


def forget_source(session: Session, source_id: str) -> None:
    session.execute(delete(SourceRow).where(SourceRow.id == source_id))


def titles_by_size(session: Session) -> list[str]:
    """Titles of the sources, the one with most documents first."""
    size = func.count(DocumentRow.id).desc()
    statement = select(SourceRow.title).join(DocumentRow).group_by(SourceRow.id, SourceRow.title).order_by(size)
    return list(session.scalars(statement))


def without_links(session: Session, source_ids: Sequence[str]) -> list[tuple[str, str]]:
    """(id, title) of those of the Telegram channels of which no document has a link."""
    linked = select(DocumentRow.source_id).where(DocumentRow.url.is_not(None))
    statement = (
        select(SourceRow.id, SourceRow.title)
        .where(SourceRow.id.in_(source_ids), SourceRow.kind == "telegram", SourceRow.id.not_in(linked))
        .where(SourceRow.id.in_(select(DocumentRow.source_id)))
        .order_by(SourceRow.title)
    )
    return [(row.id, row.title) for row in session.execute(statement)]


# ---------------------------------------------------------------- documents


def outlines(
    session: Session,
    source: str | None = None,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    newest_first: bool = False,
    limit: int | None = None,
    offset: int = 0,
) -> Sequence[Any]:
    """Rows (id, title, url, published_at, source_id, characters), by source and date, or the newest of all first.

    `source` is an id or a title; `since` and `until` leave out documents without a date.
    """
    columns = (DocumentRow.id, DocumentRow.title, DocumentRow.url, DocumentRow.published_at, DocumentRow.source_id)
    order: tuple[Any, ...] = (DocumentRow.source_id, DocumentRow.published_at, DocumentRow.id)
    if newest_first:
        order = (DocumentRow.published_at.desc().nulls_last(), DocumentRow.source_id, DocumentRow.id)
    statement = select(*columns, func.length(DocumentRow.text).label("characters")).order_by(*order)
    return session.execute(_limited(statement, source, since, until).limit(limit).offset(offset)).all()


def count_outlines(
    session: Session, source: str | None = None, *, since: datetime | None = None, until: datetime | None = None
) -> int:
    return session.scalar(_limited(select(func.count(DocumentRow.id)), source, since, until)) or 0


def _limited(statement: Any, source: str | None, since: datetime | None, until: datetime | None) -> Any:
    if source is not None:
        named = select(SourceRow.id).where(or_(SourceRow.id == source, SourceRow.title == source))
        statement = statement.where(DocumentRow.source_id.in_(named))
    if since is not None:
        statement = statement.where(DocumentRow.published_at >= since)
    if until is not None:
        statement = statement.where(DocumentRow.published_at <= until)
    return statement


def outlines_page(session: Session, source: str | None, offset: int, count: int) -> tuple[Sequence[Any], int]:
    """Rows (id, title, url, published_at, source_id, kind, characters), the newest first, and how many there are."""
    columns = (DocumentRow.id, DocumentRow.title, DocumentRow.url, DocumentRow.published_at, DocumentRow.source_id)
    statement = select(*columns, DocumentRow.kind, func.length(DocumentRow.text).label("characters"))
    total = select(func.count(DocumentRow.id))
    if source is not None:
        within = DocumentRow.source_id.in_(
            select(SourceRow.id).where(or_(SourceRow.id == source, SourceRow.title == source))
        )
        statement, total = statement.where(within), total.where(within)
    order = (DocumentRow.published_at.desc().nulls_last(), DocumentRow.source_id, DocumentRow.id)
    rows = session.execute(statement.order_by(*order).offset(offset).limit(count)).all()
    return rows, session.scalar(total) or 0


def titles(session: Session) -> list[str]:
    """Of all documents, each once."""
    return list(session.scalars(select(DocumentRow.title).distinct().order_by(DocumentRow.title)))


def document_ids(session: Session) -> list[str]:
    return list(session.scalars(select(DocumentRow.id)))


def by_id_or_url(session: Session, id_or_url: str) -> DocumentRow | None:
    row = session.get(DocumentRow, id_or_url)
    return row or session.scalars(select(DocumentRow).where(DocumentRow.url == id_or_url).limit(1)).first()


def by_ids(session: Session, document_ids: Sequence[str]) -> Sequence[DocumentRow]:
    return session.scalars(select(DocumentRow).where(DocumentRow.id.in_(document_ids))).all()


def newest(session: Session, count: int) -> list[tuple[DocumentRow, str]]:
    """(document, title of its source); those without a date come after all others, in the order they were indexed."""
    rows = (
        select(DocumentRow, SourceRow.title)
        .join(SourceRow)
        .order_by(DocumentRow.published_at.desc().nulls_last(), DocumentRow.indexed_at.desc(), DocumentRow.id)
        .limit(count)
    )
    return [(row[0], row[1]) for row in session.execute(rows)]


def published_after(session: Session, moment: datetime, count: int) -> tuple[list[DocumentRow], int]:
    """The newest of them, the newest first, and how many there are."""
    later = DocumentRow.published_at > moment
    order = (DocumentRow.published_at.desc(), DocumentRow.id)
    rows = list(session.scalars(select(DocumentRow).where(later).order_by(*order).limit(count)))
    return rows, session.scalar(select(func.count(DocumentRow.id)).where(later)) or 0


def extent(session: Session) -> tuple[int, datetime | None, datetime | None]:
    """How many documents, from when to when."""
    moment = DocumentRow.published_at
    row = session.execute(select(func.count(DocumentRow.id), func.min(moment), func.max(moment))).one()
    return row[0], row[1], row[2]


def hashes_of_source(session: Session, source_id: str) -> dict[str, str]:
    """Document id -> content hash of what is indexed for it."""
    rows = session.execute(select(DocumentRow.id, DocumentRow.content_hash).where(DocumentRow.source_id == source_id))
    return {row[0]: row[1] for row in rows}


def next_documents(session: Session, after: str, count: int) -> Sequence[DocumentRow]:
    """In the order of their ids."""
    statement = select(DocumentRow).where(DocumentRow.id > after).order_by(DocumentRow.id).limit(count)
    return session.scalars(statement).all()


def count_documents(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(DocumentRow)) or 0


# ---------------------------------------------------------------- with their chunks


def count_chunk_rows(session: Session, up_to: int | None = None) -> int:
    """Chunks, or those with an id up to this one."""
    statement = select(func.count()).select_from(ChunkRow)
    return session.scalar(statement if up_to is None else statement.where(ChunkRow.id <= up_to)) or 0


def highest_chunk_id(session: Session) -> int:
    return session.scalar(select(func.max(ChunkRow.id))) or 0


def chunk_ids_of(session: Session, document_ids: Sequence[str]) -> NDArray[np.int64]:
    """Sorted."""
    found: list[int] = []
    for at in range(0, len(document_ids), SLICE):
        part = document_ids[at : at + SLICE]
        found.extend(session.scalars(select(ChunkRow.id).where(ChunkRow.document_id.in_(part))))
    return np.array(sorted(found), np.int64)


def delete_documents(session: Session, document_ids: Sequence[str]) -> None:
    """Their chunks go with them."""
    for at in range(0, len(document_ids), SLICE):
        session.execute(delete(DocumentRow).where(DocumentRow.id.in_(document_ids[at : at + SLICE])))


def insert_documents(session: Session, documents: list[dict[str, Any]], chunks: list[dict[str, Any]]) -> None:
    """Column values of documents and of their chunks."""
    if documents:
        session.execute(insert(DocumentRow), documents)
    if chunks:
        session.execute(insert(ChunkRow), chunks)


def all_texts(session: Session) -> Iterator[str]:
    """Title and text of every document, a slice at a time."""
    statement = select(DocumentRow.title, DocumentRow.text).execution_options(yield_per=SLICE)
    for row in session.execute(statement):
        yield f"{row.title}\n{row.text}"
