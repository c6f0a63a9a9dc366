"""Which document corrects which: a later post that takes back or replaces what an earlier one said."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from konspekt.storage.models import ChunkRow, CorrectionRow, DocumentRow

SLICE = 5000


@dataclass(frozen=True, slots=True)
class Dated:
    """What identifies a document, without its text."""

    id: str
    title: str
    published_at: datetime


def forget_corrections(session: Session, document_ids: Sequence[str], *, both_ways: bool) -> None:
    """Forget what these documents correct, to look again; `both_ways`: they are gone, so also what corrected them."""
    for at in range(0, len(document_ids), SLICE):
        part = document_ids[at : at + SLICE]
        theirs = CorrectionRow.corrected_by.in_(part)
        session.execute(
            delete(CorrectionRow).where(or_(theirs, CorrectionRow.document_id.in_(part)) if both_ways else theirs)
        )


def put_corrections(session: Session, pairs: Collection[tuple[str, str]]) -> None:
    """(corrected, corrected by) pairs; existing ones stay."""
    for corrected, by in pairs:
        if session.get(CorrectionRow, (corrected, by)) is None:
            session.add(CorrectionRow(document_id=corrected, corrected_by=by))
    session.flush()


def corrections_of(session: Session, document_ids: Sequence[str]) -> dict[str, str]:
    """Document id -> id of the newest document that corrects it, for those that have one."""
    rows = session.execute(
        select(CorrectionRow.document_id, CorrectionRow.corrected_by)
        .join(DocumentRow, DocumentRow.id == CorrectionRow.corrected_by)
        .where(CorrectionRow.document_id.in_(document_ids))
        .order_by(DocumentRow.published_at.nulls_first())
    )
    return {row[0]: row[1] for row in rows}  # the last one, the newest, stays


def dated_documents(session: Session, source_id: str) -> list[Dated]:
    """The dated documents of a source, oldest first."""
    rows = session.execute(
        select(DocumentRow.id, DocumentRow.title, DocumentRow.published_at)
        .where(DocumentRow.source_id == source_id, DocumentRow.published_at.is_not(None))
        .order_by(DocumentRow.published_at, DocumentRow.id)
    )
    return [Dated(row[0], row[1], moment) for row in rows if (moment := row[2]) is not None]


def chunks_before(session: Session, source_id: str, since: datetime, before: datetime) -> dict[int, str]:
    """Chunk id -> document id, of a source's documents within these times."""
    rows = session.execute(
        select(ChunkRow.id, ChunkRow.document_id)
        .join(DocumentRow, DocumentRow.id == ChunkRow.document_id)
        .where(DocumentRow.source_id == source_id)
        .where(DocumentRow.published_at >= since, DocumentRow.published_at < before)
    )
    return {row[0]: row[1] for row in rows}


def earlier_documents(
    session: Session, before: datetime, *, ids: Sequence[str] = (), urls: Sequence[str] = ()
) -> list[str]:
    """Ids of the documents with one of the ids or links that were published before."""
    named = or_(DocumentRow.id.in_(ids), DocumentRow.url.in_(urls))
    return list(session.scalars(select(DocumentRow.id).where(named, DocumentRow.published_at < before)))
