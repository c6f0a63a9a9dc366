"""The `vectors` table: every embedding by model and text, the truth that every vector store is built from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from konspekt.storage.index.filters import Labels
from konspekt.storage.models import ChunkRow, DocumentRow, VectorRow

Floats = NDArray[np.float32]
SLICE = 5000


def known_hashes(session: Session, model: str, hashes: Sequence[str]) -> set[str]:
    """The `hashes` whose vector is stored."""
    found: set[str] = set()
    for at in range(0, len(hashes), SLICE):
        part = hashes[at : at + SLICE]
        found.update(
            session.scalars(select(VectorRow.text_hash).where(VectorRow.model == model, VectorRow.text_hash.in_(part)))
        )
    return found


def put_vectors(session: Session, model: str, vectors: Mapping[str, Floats]) -> None:
    """Store vectors by text hash, replacing what was there."""
    if not vectors:
        return
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(VectorRow)
    statement = statement.on_conflict_do_update(
        index_elements=[VectorRow.model, VectorRow.text_hash], set_={"data": statement.excluded.data}
    )
    rows = [
        {"model": model, "text_hash": text_hash, "data": vector.astype("<f4", copy=False).tobytes()}
        for text_hash, vector in vectors.items()
    ]
    session.execute(statement, rows)


def vectors_of(session: Session, model: str, hashes: Sequence[str]) -> dict[str, Floats]:
    found: dict[str, Floats] = {}
    for at in range(0, len(hashes), SLICE):
        rows = session.execute(
            select(VectorRow.text_hash, VectorRow.data).where(
                VectorRow.model == model, VectorRow.text_hash.in_(hashes[at : at + SLICE])
            )
        )
        found.update((text_hash, np.frombuffer(data, "<f4")) for text_hash, data in rows)
    return found


def chunk_vectors(
    session: Session, model: str, above: int = 0, batch: int = 4096
) -> Iterator[tuple[NDArray[np.int64], Floats]]:
    """(ids [n], vectors [n, D]) of the chunks with an id above `above`, in order of id."""
    statement = (
        select(ChunkRow.id, VectorRow.data)
        .join(VectorRow, (VectorRow.text_hash == ChunkRow.text_hash) & (VectorRow.model == model))
        .order_by(ChunkRow.id)
        .limit(batch)
    )
    while True:
        rows = session.execute(statement.where(ChunkRow.id > above)).all()
        if not rows:
            return
        ids = np.array([row[0] for row in rows], np.int64)
        vectors = np.frombuffer(b"".join(row[1] for row in rows), "<f4").reshape(len(rows), -1)
        yield ids, vectors
        above = int(ids[-1])


def vectors_of_chunks(
    session: Session, model: str, chunk_ids: Sequence[int]
) -> Iterator[tuple[NDArray[np.int64], Floats]]:
    """(ids [n], vectors [n, D]) of these chunks, of those that still exist.

    In two statements: SQLite would join so many by trying every pair.
    """
    for at in range(0, len(chunk_ids), SLICE):
        part = chunk_ids[at : at + SLICE]
        rows = session.execute(select(ChunkRow.id, ChunkRow.text_hash).where(ChunkRow.id.in_(part))).all()
        known = vectors_of(session, model, list({row[1] for row in rows}))
        found = [(row[0], known[row[1]]) for row in rows if row[1] in known]
        if found:
            yield np.array([one[0] for one in found], np.int64), np.stack([one[1] for one in found])


def chunk_labels(session: Session, ids: Sequence[int]) -> list[Labels]:
    """Of which document each of the chunks is, in their order."""
    columns = (ChunkRow.id, DocumentRow.source_id, DocumentRow.author, DocumentRow.published_at, DocumentRow.language)
    rows = session.execute(
        select(*columns).join(DocumentRow, DocumentRow.id == ChunkRow.document_id).where(ChunkRow.id.in_(ids))
    )
    found = {row[0]: Labels(row[1], row[2], row[3], row[4]) for row in rows}
    return [found[chunk_id] for chunk_id in ids]


def forget_unused(session: Session, model: str) -> None:
    """Drop vectors of other models and of texts that no chunk has any more."""
    used = exists().where(ChunkRow.text_hash == VectorRow.text_hash)
    session.execute(delete(VectorRow).where((VectorRow.model != model) | ~used))


def document_vectors(session: Session, model: str, document_ids: Sequence[str]) -> dict[str, Floats]:
    """Document id -> the mean of its chunks' vectors [D]."""
    sums: dict[str, Floats] = {}
    counts: dict[str, int] = {}
    for at in range(0, len(document_ids), SLICE):
        rows = session.execute(
            select(ChunkRow.document_id, VectorRow.data)
            .join(VectorRow, (VectorRow.text_hash == ChunkRow.text_hash) & (VectorRow.model == model))
            .where(ChunkRow.document_id.in_(document_ids[at : at + SLICE]))
        )
        for document_id, data in rows:
            vector = np.frombuffer(data, "<f4").astype(np.float32)
            sums[document_id] = sums[document_id] + vector if document_id in sums else vector
            counts[document_id] = counts.get(document_id, 0) + 1
    return {document_id: total / np.float32(counts[document_id]) for document_id, total in sums.items()}
