"""Reading chunks and their documents: what search asks the database for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from konspekt.storage.models import ChunkRow, DocumentRow, SourceRow, VectorRow


def living(session: Session, chunk_ids: Sequence[int]) -> set[int]:
    """The ids whose chunk still exists."""
    return set(session.scalars(select(ChunkRow.id).where(ChunkRow.id.in_(chunk_ids))))


def text_hashes(session: Session, chunk_ids: Sequence[int]) -> dict[int, str]:
    """Chunk id -> hash of what was embedded for it."""
    rows = session.execute(select(ChunkRow.id, ChunkRow.text_hash).where(ChunkRow.id.in_(chunk_ids)))
    return {row[0]: row[1] for row in rows}


def with_documents(session: Session, chunk_ids: Iterable[int]) -> list[tuple[ChunkRow, DocumentRow]]:
    """Each document is read once, however many of its chunks are: a lecture's text is long."""
    chunks = session.scalars(select(ChunkRow).where(ChunkRow.id.in_(list(chunk_ids)))).all()
    names = {chunk.document_id for chunk in chunks}
    documents = {row.id: row for row in session.scalars(select(DocumentRow).where(DocumentRow.id.in_(names)))}
    return [(chunk, documents[chunk.document_id]) for chunk in chunks if chunk.document_id in documents]


def of_documents(session: Session, document_ids: Sequence[str], at_most: int) -> list[int]:
    """Ids of the documents' chunks, the beginnings of all documents first."""
    statement = select(ChunkRow.id).where(ChunkRow.document_id.in_(document_ids))
    return list(session.scalars(statement.order_by(ChunkRow.ordinal, ChunkRow.id).limit(at_most)))


def sampled(session: Session, model: str, count: int) -> list[tuple[str, NDArray[np.float32]]]:
    """(text, vector [D]) of about `count` chunks, evenly over the index."""
    total = session.scalar(select(func.count()).select_from(ChunkRow)) or 0
    rows = session.execute(
        select(ChunkRow.text, VectorRow.data)
        .join(VectorRow, (VectorRow.text_hash == ChunkRow.text_hash) & (VectorRow.model == model))
        .where(ChunkRow.id % max(1, total // count) == 0)
    )
    return [(row[0], np.frombuffer(row[1], "<f4")) for row in rows]


def documents_at(session: Session, urls: Sequence[str]) -> list[DocumentRow]:
    """Documents with one of the links (lower case, without scheme), however theirs is written."""
    forms = [f"{scheme}{url}" for url in urls for scheme in ("https://", "http://", "https://www.", "")]
    return list(session.scalars(select(DocumentRow).where(func.lower(DocumentRow.url).in_(forms))))


def source_names(session: Session) -> list[tuple[str, str]]:
    """(name, what to filter by) of the sources and of those who wrote their documents."""
    titles = session.execute(select(SourceRow.title, SourceRow.id)).all()
    authors = session.scalars(select(DocumentRow.author).where(DocumentRow.author.is_not(None)).distinct()).all()
    return [*((row[0], row[1]) for row in titles), *((author, author) for author in authors if author)]
