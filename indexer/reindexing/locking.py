"""One reindex at a time, over processes and, with PostgreSQL, over machines."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from konspekt.bilingual import Bilingual
from konspekt.indexer.errors import IndexerError, ReindexRunningError
from konspekt.indexer.messages import say
from konspekt.storage.database import Database
from konspekt.storage.jobs import advisory_lock

ADVISORY_KEY = 0x6B6F6E73  # "kons": any number that nothing else uses in this database
POLL_SECONDS = 0.1


@contextmanager
def reindex_lock(database: Database, index_dir: Path, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the right to change the index. Raises ReindexRunningError, naming the holder, when it stays taken.

    Both locks vanish with their process, so a killed reindex never blocks the next one.
    """
    try:
        index_dir.mkdir(parents=True, exist_ok=True)
        lock = FileLock(index_dir / "reindex.lock")
        lock.acquire(timeout=wait_seconds, poll_interval=POLL_SECONDS)
    except Timeout:
        raise ReindexRunningError(_who(index_dir)) from None
    except OSError as error:
        raise IndexerError(say("not_writable", folder=index_dir, reason=error)) from error
    try:
        note = index_dir / "reindex.pid"
        with contextlib.suppress(OSError):
            note.write_text(f"{os.getpid()} {datetime.now(UTC):%Y-%m-%d %H:%M:%S}", encoding="utf-8")
        with database_lock(database, wait_seconds):
            yield
        with contextlib.suppress(OSError):
            note.unlink()
    finally:
        lock.release()


@contextmanager
def database_lock(database: Database, wait_seconds: float) -> Iterator[None]:
    """The half of it that PostgreSQL keeps, for whoever holds the file's already."""
    if database.is_sqlite:
        yield
        return
    with advisory_lock(database, ADVISORY_KEY, wait_seconds, POLL_SECONDS) as held:
        if not held:
            raise ReindexRunningError(say("running_elsewhere"))
        yield


def _who(index_dir: Path) -> Bilingual:
    with contextlib.suppress(OSError, ValueError):
        pid, since = (index_dir / "reindex.pid").read_text(encoding="utf-8").split(" ", 1)
        return say("running", pid=pid, since=since)
    return say("running_unknown", lock=index_dir / "reindex.lock")
