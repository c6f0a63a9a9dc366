"""The current index generation, opened; followed when a new one is published."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session

from indexer.errors import NoIndexError
from storage.database import Database
from storage.generations import current_generation
from storage.models import IndexGenerationRow
from storage.stored_vectors import chunk_vectors
from storage.vectors import VectorIndex, open_index

RETRIES = 5


@dataclass(frozen=True, slots=True)
class Generation:
    id: int
    model: str
    filename: str
    index: VectorIndex


class CurrentIndex:
    """Opens each generation once. A caller keeps what it got for the whole of its search, whatever is published."""

    def __init__(self, database: Database, index_dir: Path) -> None:
        self._database = database
        self._index_dir = index_dir
        self._lock = threading.Lock()
        self._opened: Generation | None = None

    def get(self, session: Session) -> Generation:
        """The generation current in this session. Raises NoIndexError."""
        row = current_generation(session)
        if row is None:
            raise NoIndexError("nothing is indexed yet: run `konspekt reindex PATH`")
        opened = self._opened
        if opened is not None and opened.id == row.id:
            return opened
        with self._lock:
            if self._opened is None or self._opened.id < row.id:
                self._opened = self._open(session, row)
            return self._opened

    def _open(self, session: Session, row: IndexGenerationRow) -> Generation:
        for _ in range(RETRIES):
            try:
                same_file = self._opened is not None and self._opened.filename == row.filename
                file = (
                    self._opened.index.file
                    if self._opened and same_file
                    else open_index(self._index_dir / row.filename)
                )
                return Generation(row.id, row.model, row.filename, self._with_tail(session, row, file))
            except FileNotFoundError:  # a newer generation was published and the old file swept, just now
                with self._database.read() as fresh:
                    newer = current_generation(fresh)
                if newer is None or newer.id == row.id:
                    break
                row = newer
        raise NoIndexError(
            f"{self._index_dir / row.filename} is missing: run `konspekt reindex` to build it again; nothing is "
            f"embedded twice"
        )

    @staticmethod
    def _with_tail(session: Session, row: IndexGenerationRow, file: object) -> VectorIndex:
        batches = list(chunk_vectors(session, row.model, above=row.file_last_chunk_id))
        if not batches:
            return VectorIndex(file, np.zeros(0, np.int64), np.zeros((0, row.dimension), np.float32))
        return VectorIndex(file, np.concatenate([ids for ids, _ in batches]), np.concatenate([v for _, v in batches]))
