"""Chunks with known vectors and labels in a database: what a vector store is filled from and compared with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy import insert
from sqlalchemy.orm import Session

from konspekt.storage.database import Database
from konspekt.storage.index.filters import Conditions, Labels
from konspekt.storage.models import ChunkRow, DocumentRow, IndexGenerationRow, SourceRow, VectorRow
from konspekt.storage.vectors.protocol import Batch, VectorStore

D = 32
MODEL = "made-up"
START = datetime(2026, 1, 1, tzinfo=UTC)


def nothing(_: str) -> None:
    return None


def clustered(count: int, seed: int = 0) -> np.ndarray:
    """Unit vectors [count, D] around forty centres."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(40, D))
    vectors = centres[rng.integers(40, size=count)] + 0.5 * rng.normal(size=(count, D))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors, np.float32)


@dataclass
class Shelf:
    """One chunk per document; ids have gaps."""

    database: Database
    vectors: np.ndarray
    labels: list[Labels]

    def __post_init__(self) -> None:
        self.ids = np.arange(1, 2 * len(self.vectors), 2, dtype=np.int64)
        names = sorted({one.source for one in self.labels})
        with self.database.session() as session:
            session.execute(
                insert(SourceRow),
                [{"id": name, "kind": "telegram", "title": f"Канал {name}", "location": name} for name in names],
            )
            session.execute(insert(DocumentRow), [self._document(n, one) for n, one in enumerate(self.labels)])
            session.execute(insert(ChunkRow), [self._chunk(n, int(i)) for n, i in enumerate(self.ids)])
            session.execute(
                insert(VectorRow),
                [{"model": MODEL, "text_hash": f"h{n}", "data": v.tobytes()} for n, v in enumerate(self.vectors)],
            )

    @staticmethod
    def _document(number: int, labels: Labels) -> dict[str, object]:
        texts = dict.fromkeys(("title", "text", "content_hash", "fold_hash"), f"t{number}")
        known = {"author": labels.author, "published_at": labels.published_at, "language": labels.language}
        return {"id": f"d{number}", "source_id": labels.source, "kind": "post", "fields": {}, **texts, **known}

    @staticmethod
    def _chunk(number: int, chunk_id: int) -> dict[str, object]:
        where = {"id": chunk_id, "document_id": f"d{number}", "ordinal": 0, "heading": ""}
        return {**where, "text": f"t{number}", "token_count": 1, "text_hash": f"h{number}"}

    def batches(self) -> Iterator[Batch]:
        for at in range(0, len(self.ids), 700):
            part = slice(at, at + 700)
            yield Batch(self.ids[part], self.vectors[part], self.labels[part])

    def published(self, store: VectorStore, generation_id: int = 1) -> IndexGenerationRow:
        """Built, and as the catalogue would name it."""
        name = store.build(generation_id, D, len(self.ids), self.batches, nothing)
        return self.row(store, name, generation_id)

    def row(self, store: VectorStore, name: str, generation_id: int = 1) -> IndexGenerationRow:
        return IndexGenerationRow(
            id=generation_id,
            model=MODEL,
            dimension=D,
            kind=store.kind_for(len(self.ids)),
            filename=name,
            vector_count=len(self.ids),
            file_last_chunk_id=int(self.ids[-1]),
        )

    def exact(self, query: np.ndarray, k: int, conditions: Conditions) -> list[int]:
        rows = np.array([conditions.hold(one) for one in self.labels])
        order = np.argsort(-(self.vectors[rows] @ query), kind="stable")[:k]
        return [int(i) for i in self.ids[rows][order]]


def labelled(count: int) -> list[Labels]:
    """Half of them English, every twentieth of another channel, five by a guest, every tenth without a date."""
    return [
        Labels(
            source="other" if n % 20 == 3 else "main",
            author='Гость «Г» "x"' if n % 400 == 7 else None,
            published_at=None if n % 10 == 9 else START + timedelta(hours=n, microseconds=n),
            language="en" if n % 2 else "ru",
        )
        for n in range(count)
    ]


def read(database: Database) -> Iterator[Session]:
    with database.read() as session:
        yield session
