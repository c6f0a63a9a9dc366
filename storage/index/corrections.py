"""Which document corrects which: a later post that takes back or replaces what an earlier one said."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import bindparam, delete, insert, or_, select
from sqlalchemy.orm import Session

from konspekt.storage.models import ChunkRow, CorrectionRow, DocumentRow

SLICE = 5000


@dataclass(frozen=True, slots=True)
class Dated:
    """What identifies a document, without its text."""

    id: str
    title: str
    url: str | None
    kind: str
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
    wanted = sorted(pairs)
    for at in range(0, len(wanted), SLICE):
        part = wanted[at : at + SLICE]
        rows = session.execute(
            select(CorrectionRow.document_id, CorrectionRow.corrected_by).where(
                CorrectionRow.corrected_by.in_({by for _, by in part})
            )
        )
        there = {(row[0], row[1]) for row in rows}
        new = [{"document_id": old, "corrected_by": by} for old, by in part if (old, by) not in there]
        if new:
            session.execute(insert(CorrectionRow), new)


def drop_corrections(session: Session, pairs: Collection[tuple[str, str]]) -> None:
    """Take out exactly these (corrected, corrected by) pairs, where they are there."""
    statement = delete(CorrectionRow).where(
        CorrectionRow.document_id == bindparam("old"), CorrectionRow.corrected_by == bindparam("new")
    )
    if pairs:
        session.connection().execute(statement, [{"old": old, "new": new} for old, new in sorted(pairs)])


def corrected_by(session: Session, document_ids: Sequence[str]) -> set[str]:
    """Ids of the documents that any of these corrects."""
    found: set[str] = set()
    for at in range(0, len(document_ids), SLICE):
        part = document_ids[at : at + SLICE]
        found.update(session.scalars(select(CorrectionRow.document_id).where(CorrectionRow.corrected_by.in_(part))))
    return found


def correctors_of(session: Session, document_ids: Sequence[str]) -> set[tuple[str, str]]:
    """Every (corrected, corrected by) pair of these documents."""
    found: set[tuple[str, str]] = set()
    for at in range(0, len(document_ids), SLICE):
        part = document_ids[at : at + SLICE]
        rows = session.execute(
            select(CorrectionRow.document_id, CorrectionRow.corrected_by).where(CorrectionRow.document_id.in_(part))
        )
        found.update((row[0], row[1]) for row in rows)
    return found


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
        select(DocumentRow.id, DocumentRow.title, DocumentRow.url, DocumentRow.kind, DocumentRow.published_at)
        .where(DocumentRow.source_id == source_id, DocumentRow.published_at.is_not(None))
        .order_by(DocumentRow.published_at, DocumentRow.id)
    )
    return [Dated(row[0], row[1], row[2], row[3], moment) for row in rows if (moment := row[4]) is not None]


def titles_of(session: Session, document_ids: Sequence[str]) -> set[tuple[str, str]]:
    """(source, title) of the documents that are there."""
    found: set[tuple[str, str]] = set()
    for at in range(0, len(document_ids), SLICE):
        part = document_ids[at : at + SLICE]
        rows = session.execute(select(DocumentRow.source_id, DocumentRow.title).where(DocumentRow.id.in_(part)))
        found.update((row[0], row[1]) for row in rows)
    return found


def dated_chunks(
    session: Session, source_id: str, since: datetime | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Chunk ids [n], sorted, of a source's dated documents from `since` on, and when each was published [n], as
    seconds of the epoch."""
    statement = (
        select(ChunkRow.id, DocumentRow.published_at)
        .join(DocumentRow, DocumentRow.id == ChunkRow.document_id)
        .where(DocumentRow.source_id == source_id, DocumentRow.published_at.is_not(None))
        .order_by(ChunkRow.id)
    )
    if since is not None:
        statement = statement.where(DocumentRow.published_at >= since)
    rows = [(row[0], moment.timestamp()) for row in session.execute(statement) if (moment := row[1]) is not None]
    return np.array([row[0] for row in rows], np.int64), np.array([row[1] for row in rows], np.float64)


def earlier_documents(session: Session, before: datetime, ids: Sequence[str]) -> list[str]:
    """Those of the documents that were published before."""
    statement = select(DocumentRow.id).where(DocumentRow.id.in_(ids), DocumentRow.published_at < before)
    return list(session.scalars(statement))
