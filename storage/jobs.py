"""What long jobs ran, and how they ended."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from konspekt.storage.database import Database
from konspekt.storage.models import JobRow, StagedDocumentRow, utc_now


def start_job(session: Session, kind: str) -> int:
    job = JobRow(kind=kind, status="running", summary={})
    session.add(job)
    session.flush()
    return job.id


def finish_job(session: Session, job_id: int, status: str, summary: dict[str, Any]) -> None:
    session.execute(
        update(JobRow).where(JobRow.id == job_id).values(status=status, finished_at=utc_now(), summary=summary)
    )


def interrupted_jobs(session: Session, kind: str) -> None:
    """Close jobs whose process died, and drop what they had staged. Only for the holder of the lock of that kind."""
    running = select(JobRow.id).where(JobRow.kind == kind, JobRow.status == "running")
    session.execute(
        delete(StagedDocumentRow).where(
            StagedDocumentRow.job_id.in_(select(JobRow.id).where(JobRow.kind == kind, JobRow.status != "done"))
        )
    )
    session.execute(update(JobRow).where(JobRow.id.in_(running)).values(status="interrupted", finished_at=utc_now()))


@contextmanager
def advisory_lock(database: Database, key: int, wait_seconds: float, pause: float) -> Iterator[bool]:
    """Whether this process holds PostgreSQL's lock of that number inside the block; it ends with the connection."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        give_up = time.monotonic() + wait_seconds
        while not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}):
            if time.monotonic() >= give_up:
                yield False
                return
            time.sleep(pause)
        try:
            yield True
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})
