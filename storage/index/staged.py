"""Documents set aside by a running reindex, of one job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from konspekt.storage.models import StagedDocumentRow


def put_staged(session: Session, job_id: int, contents: dict[str, dict[str, Any]]) -> None:
    """Document id -> what is staged for it."""
    rows = [{"job_id": job_id, "document_id": name, "content": content} for name, content in contents.items()]
    session.execute(insert(StagedDocumentRow), rows)


def drop_staged(session: Session, job_id: int, document_ids: Sequence[str] | None = None) -> None:
    """Some of the job's documents; None: all."""
    statement = delete(StagedDocumentRow).where(StagedDocumentRow.job_id == job_id)
    if document_ids is not None:
        statement = statement.where(StagedDocumentRow.document_id.in_(document_ids))
    session.execute(statement)


def next_staged(session: Session, job_id: int, after: int, count: int) -> Sequence[StagedDocumentRow]:
    """The job's next rows after the one with this id, in the order of reading."""
    return session.scalars(
        select(StagedDocumentRow)
        .where(StagedDocumentRow.job_id == job_id, StagedDocumentRow.id > after)
        .order_by(StagedDocumentRow.id)
        .limit(count)
    ).all()


def rewrite_staged(session: Session, contents: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """(row id, content) pairs."""
    session.execute(update(StagedDocumentRow), [{"id": row_id, "content": content} for row_id, content in contents])
