"""The current index generation, opened; followed when a new one is published."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass

import numpy as np
from sqlalchemy.orm import Session

from konspekt.indexer.errors import NoIndexError
from konspekt.indexer.messages import say
from konspekt.indexer.query.vocabulary import Vocabulary
from konspekt.indexer.searching.languages import Languages
from konspekt.storage.database import Database
from konspekt.storage.errors import GenerationGoneError, StorageError
from konspekt.storage.index.chunks import sampled, source_names
from konspekt.storage.index.documents import titles
from konspekt.storage.index.generations import current_generation
from konspekt.storage.index.stored_vectors import chunk_vectors
from konspekt.storage.index.vocabulary import term_counts
from konspekt.storage.models import IndexGenerationRow
from konspekt.storage.vectors.protocol import Absorbing, Part, VectorStore
from konspekt.storage.vectors.with_tail import VectorIndex

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
    titles: list[str]  # of the documents, each once


class CurrentIndex:
    """Opens each generation once. A caller keeps what it got for its whole search, whatever is published meanwhile."""

    def __init__(self, database: Database, vectors: VectorStore) -> None:
        self._database = database
        self._vectors = vectors
        self._lock = threading.Lock()
        self._opened: Generation | None = None

    def get(self, session: Session) -> Generation:
        """The generation current in this session. Raises NoIndexError; GenerationGoneError: again in a new session."""
        row = current_generation(session)
        if row is None:
            raise NoIndexError(say("nothing_indexed"))
        opened = self._opened
        if opened is not None and opened.id == row.id:
            return opened
        with self._lock:
            if self._opened is None or self._opened.id < row.id:
                self._opened = self._open(session, row)
            if self._opened.id != row.id and self._vectors.bound_to_snapshot:
                raise GenerationGoneError(row.filename)  # another thread already sees a newer one
            return self._opened

    def _open(self, session: Session, row: IndexGenerationRow) -> Generation:
        part: Part
        if (
            self._opened is not None
            and self._opened.filename == row.filename
            and not isinstance(self._vectors, Absorbing)
        ):
            part = self._opened.index.part
        else:
            try:
                part = self._vectors.open(session, row)
            except GenerationGoneError:
                if self._is_newer(row):  # published, and the old one swept, just now
                    raise
                part = self._vectors.recover(session, row)
            except StorageError as error:
                log.warning("%s", error)
                part = self._vectors.recover(session, row)
        index = self._with_tail(session, row, part)
        languages = Languages.of(sampled(session, row.model, SAMPLE))
        words, names = Vocabulary(term_counts(session)), source_names(session)
        return Generation(row.id, row.model, row.filename, index, words, languages, names, titles(session))

    def _is_newer(self, row: IndexGenerationRow) -> bool:
        with self._database.read() as fresh:
            newer = current_generation(fresh)
        return newer is not None and newer.id != row.id

    @staticmethod
    def _with_tail(session: Session, row: IndexGenerationRow, part: Part) -> VectorIndex:
        batches = list(chunk_vectors(session, row.model, above=row.file_last_chunk_id))
        if not batches:
            return VectorIndex.without_tail(part, row.dimension)
        return VectorIndex(part, np.concatenate([ids for ids, _ in batches]), np.concatenate([v for _, v in batches]))
