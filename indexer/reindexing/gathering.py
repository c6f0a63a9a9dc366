"""The vectors that the next generation is made of: those of chunks that stay, and those of what is staged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from konspekt.indexer.errors import IndexerError
from konspekt.indexer.messages import say
from konspekt.indexer.reindexing.staging import Stage
from konspekt.storage.index.filters import Labels
from konspekt.storage.index.stored_vectors import chunk_labels, chunk_vectors, vectors_of
from konspekt.storage.vectors.protocol import Batch

SLICE = 5000


@dataclass(frozen=True, slots=True)
class Wanted:
    model: str
    labels: bool  # whether the store filters by itself


def stored_batches(session: Session, gone: NDArray[np.int64], wanted: Wanted) -> Iterator[Batch]:
    """Of the chunks in the database, without those that go."""
    for ids, vectors in chunk_vectors(session, wanted.model):
        keep = ~np.isin(ids, gone)
        labels = chunk_labels(session, ids[keep].tolist()) if wanted.labels else ()
        yield Batch(ids[keep], vectors[keep], labels)


def staged_batches(session: Session, stage: Stage, first: int, wanted: Wanted) -> Iterator[Batch]:
    """Of the staged chunks, which get the ids from `first` on. Raises IndexerError where one has no vector yet."""
    hashes: list[str] = []
    labels: list[Labels] = []

    def batch() -> Batch:
        known = vectors_of(session, wanted.model, list(dict.fromkeys(hashes)))
        missing = [key for key in hashes if key not in known]
        if missing:
            raise IndexerError(say("staged_without_vectors", missing=len(missing)))
        ids = np.arange(first, first + len(hashes), dtype=np.int64)
        return Batch(ids, np.stack([known[key] for key in hashes]), labels)

    for content in stage.contents(session):
        hashes.extend(chunk["text_hash"] for chunk in content["chunks"])
        if wanted.labels:
            labels.extend([_labels(content["document"])] * len(content["chunks"]))
        if len(hashes) >= SLICE:
            yield batch()
            first += len(hashes)
            hashes, labels = [], []
    if hashes:
        yield batch()


def _labels(document: dict[str, Any]) -> Labels:
    moment = document["published_at"]
    return Labels(
        source=document["source_id"],
        author=document["author"],
        published_at=datetime.fromisoformat(moment) if moment else None,
        language=document["language"],
    )
