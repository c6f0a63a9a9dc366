"""Term frequencies of the index, read from its full-text table and kept while the index stays as it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping

from konspekt.storage.database import Database
from konspekt.storage.index.term_counts import count_chunks, count_chunks_with

_FRESH = 60.0  # seconds; a reindex changes counts a little, and nobody notices for a minute
_MOST = 20_000  # remembered terms


class IndexFrequencies:
    """`konspekt.answering.words.vocabulary.Frequencies` over the database. Safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._counts: dict[str, int] = {}
        self._total = 0
        self._read_at: float | None = None

    def passages(self) -> int:
        with self._lock:
            self._refresh()
            return self._total

    def containing(self, terms: Iterable[str]) -> Mapping[str, int]:
        wanted = list(terms)
        with self._lock:
            self._refresh()
            missing = [term for term in wanted if term not in self._counts]
            if missing:
                with self._database.read() as session:
                    self._counts.update(count_chunks_with(session, missing))
            return {term: self._counts[term] for term in wanted}

    def _refresh(self) -> None:
        if self._read_at is not None and time.monotonic() - self._read_at < _FRESH and len(self._counts) < _MOST:
            return
        with self._database.read() as session:
            self._total = count_chunks(session)
        self._counts.clear()
        self._read_at = time.monotonic()
