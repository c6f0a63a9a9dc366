"""The current index generation, opened; followed when a new one is published."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from konspekt.indexer.errors import NoIndexError
from konspekt.indexer.messages import say
from konspekt.indexer.query.vocabulary import Vocabulary
from konspekt.indexer.searching.languages import Languages
from konspekt.storage.database import Database
from konspekt.storage.errors import StorageError
from konspekt.storage.index.chunks import sampled, source_names
from konspekt.storage.index.generations import current_generation
from konspekt.storage.index.stored_vectors import chunk_vectors
from konspekt.storage.index.vectors import (
    VectorIndex,
    build_index,
    kind_for,
    open_index,
    write_index,
)
from konspekt.storage.index.vocabulary import term_counts
from konspekt.storage.models import IndexGenerationRow

RETRIES = 5
SAMPLE = 2000  # chunks that the means of the languages are taken from

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Generation:
    id: int
    model: str
    filename: str
    index: VectorIndex
    vocabulary: Vocabulary
    languages: Languages
    names: list[tuple[str, str]]  # of channels and people, each with what to filter by


class CurrentIndex:
    """Opens each generation once. A caller keeps what it got for its whole search, whatever is published meanwhile."""

    def __init__(self, database: Database, index_dir: Path) -> None:
        self._database = database
        self._index_dir = index_dir
        self._lock = threading.Lock()
        self._opened: Generation | None = None

    def get(self, session: Session) -> Generation:
        """The generation current in this session. Raises NoIndexError."""
        row = current_generation(session)
        if row is None:
            raise NoIndexError(say("nothing_indexed"))
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
                return self._generation(session, row, file)
            except StorageError as error:
                log.warning("%s", error)
                break
            except FileNotFoundError:  # a newer generation was published and the old file swept, just now
                with self._database.read() as fresh:
                    newer = current_generation(fresh)
                if newer is None or newer.id == row.id:
                    break
                row = newer
        return self._generation(session, row, self._rebuild(session, row))

    def _generation(self, session: Session, row: IndexGenerationRow, file: object) -> Generation:
        index = self._with_tail(session, row, file)
        languages = Languages.of(sampled(session, row.model, SAMPLE))
        words, names = Vocabulary(term_counts(session)), source_names(session)
        return Generation(row.id, row.model, row.filename, index, words, languages, names)

    def _rebuild(self, session: Session, row: IndexGenerationRow) -> object:
        """The file is lost, damaged, or on another machine with the same database: rebuild it from the vectors."""
        path = self._index_dir / row.filename
        log.warning("index file %s cannot be used: building it from the stored vectors", path)

        def batches() -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
            for ids, vectors in chunk_vectors(session, row.model):
                covered = ids <= row.file_last_chunk_id
                yield ids[covered], vectors[covered]

        count = sum(len(ids) for ids, _ in batches())
        index = build_index(kind_for(count), row.dimension, count, batches)
        with contextlib.suppress(StorageError):  # a full or read-only disk: then it lives in memory only
            write_index(index, path)
        return index

    @staticmethod
    def _with_tail(session: Session, row: IndexGenerationRow, file: object) -> VectorIndex:
        batches = list(chunk_vectors(session, row.model, above=row.file_last_chunk_id))
        if not batches:
            return VectorIndex(file, np.zeros(0, np.int64), np.zeros((0, row.dimension), np.float32))
        return VectorIndex(file, np.concatenate([ids for ids, _ in batches]), np.concatenate([v for _, v in batches]))
