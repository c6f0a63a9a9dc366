"""Which sources are known, where they were read from and how that went."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from konspekt.indexer.reindexing.staging import SourceReading
from konspekt.storage.models import SourceRow, utc_now


def remember_sources(session: Session, readings: Sequence[SourceReading]) -> None:
    """A source read only in part keeps the place where the whole of it was found."""
    for reading in readings:
        row = session.get(SourceRow, reading.id)
        if row is None:
            if reading.status == "failed":
                continue
            row = SourceRow(id=reading.id, kind=reading.kind)
            session.add(row)
            whole = True
        else:
            whole = not reading.partial or row.location == reading.location
        row.title = reading.title
        if whole:
            row.kind, row.location, row.given_as = reading.kind, reading.location, reading.given_as
        row.last_read_at = utc_now()
        row.last_status = reading.status
    session.flush()
