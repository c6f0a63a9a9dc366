"""Taking rows out of a new database again, to copy them anew."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from konspekt.storage.moving.tables import TERMS, Part, TablePart


def clear(session: Session, parts: Sequence[Part]) -> None:
    """All rows of these parts, given in the order in which they are copied."""
    for part in reversed(parts):
        if isinstance(part, TablePart):
            session.execute(delete(part.table))
        else:
            session.execute(text(f"DELETE FROM {TERMS}"))  # noqa: S608 — a constant of ours
