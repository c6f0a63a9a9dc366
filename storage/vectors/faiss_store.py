"""Vectors in a FAISS file under KONSPEKT_HOME: the default, for one machine."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from konspekt.storage.errors import GenerationGoneError, StorageError
from konspekt.storage.index.filters import Where
from konspekt.storage.index.stored_vectors import chunk_vectors
from konspekt.storage.models import IndexGenerationRow
from konspekt.storage.vectors.faiss_file import (
    build_index,
    is_whole,
    kind_for,
    open_index,
    search_file,
    write_index,
)
from konspekt.storage.vectors.protocol import Batches, Checkpoint, Floats, Hits, Ids

SUFFIX = ".faiss"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FaissPart:
    """An opened file. It may be unlinked meanwhile: what was mapped stays."""

    file: Any

    def __len__(self) -> int:
        return int(self.file.ntotal)

    def search(self, query: Floats, k: int, where: Where) -> Hits:
        return search_file(self.file, query, k, where.allowed)


@dataclass(frozen=True, slots=True)
class FaissStore:
    folder: Path

    wants_labels = False
    bound_to_snapshot = False

    def kind_for(self, count: int) -> str:
        return kind_for(count)

    def build(self, generation_id: int, dimension: int, count: int, batches: Batches, checkpoint: Checkpoint) -> str:
        def pairs() -> Iterator[tuple[Ids, Floats]]:
            yield from ((batch.ids, batch.vectors) for batch in batches())

        index = build_index(kind_for(count), dimension, count, pairs)
        name = f"{generation_id}{SUFFIX}"
        checkpoint("file built")
        write_index(index, self.folder / name)
        return name

    def is_whole(self, row: IndexGenerationRow) -> bool:
        return self._is_ours(row) and is_whole(self.folder / row.filename)

    def open(self, session: Session, row: IndexGenerationRow) -> FaissPart:
        if not self._is_ours(row):
            raise GenerationGoneError(row.filename)
        try:
            return FaissPart(open_index(self.folder / row.filename))
        except FileNotFoundError as error:
            raise GenerationGoneError(row.filename) from error

    def recover(self, session: Session, row: IndexGenerationRow) -> FaissPart:
        """The file is lost, damaged, or on another machine with the same database: rebuilt from the stored vectors."""
        path = self.folder / row.filename
        log.warning("index file %s cannot be used: building it from the stored vectors", path)

        def covered() -> Iterator[tuple[Ids, Floats]]:
            for ids, vectors in chunk_vectors(session, row.model):
                within = ids <= row.file_last_chunk_id
                yield ids[within], vectors[within]

        count = sum(len(ids) for ids, _ in covered())
        index = build_index(kind_for(count), row.dimension, count, covered)
        if self._is_ours(row):
            with contextlib.suppress(StorageError):  # a full or read-only disk: then it lives in memory only
                write_index(index, path)
        return FaissPart(index)

    @staticmethod
    def _is_ours(row: IndexGenerationRow) -> bool:
        """Another store's generation may be current, after VECTOR_STORE was changed and before the next reindex."""
        return row.filename.endswith(SUFFIX)

    def count(self, session: Session, row: IndexGenerationRow) -> int:
        return len(self.open(session, row))

    def sweep(self, keep: str | None) -> bool:
        """Readers keep the file that they mapped."""
        found = False
        for path in self.folder.glob("*"):
            if path.suffix in {SUFFIX, ".tmp"} and path.name != keep:
                found = True
                with contextlib.suppress(OSError):
                    path.unlink()
        return found
