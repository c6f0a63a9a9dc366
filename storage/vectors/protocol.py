"""What every vector store can do, and what may be relied on whichever one is chosen.

A *generation* is built whole beside the one that is searched, under a name of its own, and nothing looks at it until
the row of `index_generations` that names it is current. That row is written in the transaction that changes the
documents (`storage.index.generations.make_current`), so there is one source of truth for all stores: the database's
catalogue. A crash before that transaction leaves the old generation searched and at most something that no row names,
which `sweep` removes; no store has a switch of its own that could disagree with the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from konspekt.storage.index.filters import Labels, Where
from konspekt.storage.models import IndexGenerationRow

Ids = NDArray[np.int64]  # [N]
Floats = NDArray[np.float32]
Hits = list[tuple[int, float]]  # (chunk id, cosine), best first


@dataclass(frozen=True, slots=True)
class Batch:
    """Some chunks: ids [n], vectors of length 1 [n, D], and labels [n], empty for a store that wants none."""

    ids: Ids
    vectors: Floats
    labels: Sequence[Labels] = ()


Batches = Callable[[], Iterable[Batch]]  # a fresh pass at every call
Checkpoint = Callable[[str], None]  # called with the name of a step that a crash may follow


class Part(Protocol):
    """A generation that is opened for searching. Safe to share between threads."""

    def __len__(self) -> int: ...

    def search(self, query: Floats, k: int, where: Where) -> Hits:
        """The `k` nearest to `query` [D] of those that `where` lets through; ids of chunks that are gone among them.

        Fewer than `k` only where there are no more. Raises GenerationGoneError: swept meanwhile, start over.
        """
        ...


class VectorStore(Protocol):
    @property
    def wants_labels(self) -> bool:
        """It filters by itself, so batches must say of which document each chunk is."""
        ...

    @property
    def bound_to_snapshot(self) -> bool:
        """It lives in the database: a session sees what was published before its transaction began, and no other."""
        ...

    def kind_for(self, count: int) -> str:
        """The kind of index for so many vectors, kept with the generation: another kind is a reason to build anew."""
        ...

    def build(self, generation_id: int, dimension: int, count: int, batches: Batches, checkpoint: Checkpoint) -> str:
        """Make a generation durable beside the current one; its name. Passes the checkpoint "file built" before it is.

        The caller holds the reindex lock. Raises StorageError.
        """
        ...

    def is_whole(self, row: IndexGenerationRow) -> bool:
        """Is the generation in this store, and can it be opened?"""
        ...

    def open(self, session: Session, row: IndexGenerationRow) -> Part:
        """Raises GenerationGoneError if it is not there, StorageError if it is damaged."""
        ...

    def recover(self, session: Session, row: IndexGenerationRow) -> Part:
        """The current generation, which could not be opened, made again; raises StorageError where a reader may not."""
        ...

    def count(self, session: Session, row: IndexGenerationRow) -> int:
        """Vectors in the generation itself, without its tail."""
        ...

    def sweep(self, keep: str | None) -> bool:
        """Remove every generation but the one named `keep`; were there any? The caller holds the reindex lock."""
        ...


@runtime_checkable
class Absorbing(Protocol):
    """Takes new chunks into a generation that is searched, in the publishing transaction.

    For a store that does not they are a tail beside the generation, until the next one is built.
    """

    def absorb(self, session: Session, row: IndexGenerationRow, gone: Ids, batches: Batches) -> None:
        """`gone` leave the generation and the batches join it, in the session's transaction."""
        ...
