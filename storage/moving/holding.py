"""Keeping everybody from writing into a database that is copied. Reading goes on; the hold ends with the process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from konspekt.storage.database import Database
from konspekt.storage.errors import StorageError
from konspekt.storage.messages import say

WAIT = "5s"  # for transactions that are under way


@contextmanager
def held_still(database: Database, tables: Sequence[str]) -> Iterator[None]:
    """Whoever wants to write waits (SQLite: a minute at most, then it fails). Raises StorageError if it is written to
    without a pause."""
    with database.session() as session:
        session.connection()  # a transaction begins: in SQLite one that may write shuts out all other writers
        if not database.is_sqlite:
            _lock(session, tables)
        yield
        session.rollback()


def _lock(session: Session, tables: Sequence[str]) -> None:
    session.execute(text(f"SET LOCAL lock_timeout = '{WAIT}'"))
    names = ", ".join(f'"{name}"' for name in tables)
    try:
        session.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))
    except OperationalError as error:
        raise StorageError(say("move_still_written")) from error
