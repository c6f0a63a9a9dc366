"""Making what is staged the index that is searched: first the vectors, then one transaction.

The transaction changes the rows, the search terms and which generation is current. A crash before it leaves the old
generation serving and at most vectors that no generation names; a crash after it leaves at most old ones to sweep.
Where the vectors are is the store's business (`storage/vectors/protocol.py`): a file, a table, a collection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from konspekt.indexer.document_rows import document_from_json, document_row
from konspekt.indexer.documents import Document
from konspekt.indexer.errors import IndexerError
from konspekt.indexer.messages import say
from konspekt.indexer.reindexing.announcements import find_announcements
from konspekt.indexer.reindexing.corrections import Corrections
from konspekt.indexer.reindexing.gathering import Wanted, staged_batches, stored_batches
from konspekt.indexer.reindexing.staging import Stage
from konspekt.storage.database import Database
from konspekt.storage.index.corrections import corrected_by, forget_corrections, put_corrections
from konspekt.storage.index.documents import (
    chunk_ids_of,
    count_chunk_rows,
    delete_documents,
    highest_chunk_id,
    insert_documents,
)
from konspekt.storage.index.full_text import TermsRow, delete_terms, put_terms
from konspekt.storage.index.generations import current_generation, make_current, next_generation_id
from konspekt.storage.index.stored_vectors import forget_unused
from konspekt.storage.models import IndexGenerationRow
from konspekt.storage.vectors.protocol import Absorbing, Batch, VectorStore

SLICE = 5000
TAIL_AT_LEAST, TAIL_SHARE = 1000, 0.05  # newer chunks beside the file before it is written anew
DEAD_AT_LEAST, DEAD_SHARE = 200, 0.2  # ids in the file whose chunk is gone, likewise
ABSORBED_AT_LEAST, ABSORBED_SHARE = 5000, 0.2  # chunks that come or go at once, where a store takes them in itself


@dataclass(frozen=True, slots=True)
class Plan:
    """What the next generation will be."""

    generation_id: int
    first_chunk_id: int  # the staged chunks get the ids from here on
    staged_chunks: int
    live: int  # chunks after publishing
    gone: NDArray[np.int64]  # chunk ids that go
    rebuild: bool
    dead: int  # ids among the vectors without a chunk, when they are not built anew
    current: IndexGenerationRow | None


@dataclass(slots=True)
class Publisher:
    database: Database
    vectors: VectorStore
    model: str
    signature: str
    checkpoint: Callable[[str], None]

    def publish(
        self, stage: Stage, removed: Sequence[str], rebuild: bool, finish: Callable[[Session], None]
    ) -> int | None:
        """Publish the stage without the documents `removed`; `finish` joins the transaction. The generation's id."""
        with self.database.read() as session:
            plan = self._plan(session, stage, removed, rebuild)
            if plan.current is None and not plan.staged_chunks:
                built = None
            else:
                built = self._build(session, stage, plan) if plan.rebuild else plan.current
        self.checkpoint("file written")
        with self.database.session() as session:
            self._drop(session, [*removed, *stage.document_ids()], plan.gone)
            self.checkpoint("rows dropped")
            finish(session)
            self._insert(session, stage, plan.first_chunk_id)
            self._link_corrections(session, stage, removed)
            self.checkpoint("rows inserted")
            if built is not None:
                if isinstance(self.vectors, Absorbing) and not plan.rebuild:
                    self.vectors.absorb(session, built, plan.gone, partial(self._staged, session, stage, plan))
                make_current(session, self._generation(built, plan))
            stage.clear(session)
            self.checkpoint("before commit")
        self.checkpoint("committed")
        if built is not None:
            self.sweep()
        if plan.rebuild:
            self.forget_unused()
        self.checkpoint("swept")
        return plan.generation_id if built is not None else None

    def forget_unused(self) -> None:
        with self.database.session() as session:
            forget_unused(session, self.model)

    def sweep(self) -> bool:
        """Remove vectors that the current generation does not name; were there any?"""
        with self.database.read() as session:
            current = current_generation(session)
        return self.vectors.sweep(current.filename if current else None)

    # ---------------------------------------------------------------- the plan

    def _plan(self, session: Session, stage: Stage, removed: Sequence[str], rebuild: bool) -> Plan:
        current = current_generation(session)
        gone = chunk_ids_of(session, [*removed, *stage.document_ids()])
        staged_chunks = sum(len(content["chunks"]) for content in stage.contents(session))
        highest = highest_chunk_id(session)
        live = count_chunk_rows(session) - len(gone) + staged_chunks
        first = max(highest, current.last_chunk_id if current else 0) + 1
        in_file = dead = 0
        if current is not None:
            boundary = current.file_last_chunk_id
            in_file = count_chunk_rows(session, up_to=boundary) - int((gone <= boundary).sum())
            dead = current.vector_count - in_file
        rebuild = (
            rebuild
            or current is None
            or (current.model, current.chunking) != (self.model, self.signature)
            or current.kind != self.vectors.kind_for(live)
            or self._outgrown(current, live, in_file, dead, len(gone))
            or not self.vectors.is_whole(current)
        )
        return Plan(next_generation_id(session), first, staged_chunks, live, gone, rebuild, dead, current)

    def _outgrown(self, current: IndexGenerationRow, live: int, in_file: int, dead: int, gone: int) -> bool:
        """So much has changed that building anew is better than adding to what there is."""
        if isinstance(self.vectors, Absorbing):
            return max(live - in_file, gone) > max(ABSORBED_AT_LEAST, ABSORBED_SHARE * live)
        return live - in_file > max(TAIL_AT_LEAST, TAIL_SHARE * live) or dead > max(
            DEAD_AT_LEAST, DEAD_SHARE * current.vector_count
        )

    # ---------------------------------------------------------------- the vectors

    def _build(self, session: Session, stage: Stage, plan: Plan) -> IndexGenerationRow:
        seen = 0

        def batches() -> Iterator[Batch]:
            nonlocal seen
            seen = 0
            for batch in chain(stored_batches(session, plan.gone, self._wanted), self._staged(session, stage, plan)):
                seen += len(batch.ids)
                yield batch

        dimension = next((batch.vectors.shape[1] for batch in batches() if len(batch.ids)), None)
        if dimension is None:
            dimension = plan.current.dimension if plan.current else 1

        def whole(step: str) -> None:
            """A chunk without a vector is found out before anything is durable."""
            if seen != plan.live:
                raise IndexerError(say("no_vectors", missing=plan.live - seen, total=plan.live))
            self.checkpoint(step)

        name = self.vectors.build(plan.generation_id, dimension, plan.live, batches, whole)
        return IndexGenerationRow(
            model=self.model,
            chunking=self.signature,
            dimension=dimension,
            kind=self.vectors.kind_for(plan.live),
            filename=name,
            vector_count=plan.live,
            file_last_chunk_id=plan.first_chunk_id + plan.staged_chunks - 1,
        )

    def _staged(self, session: Session, stage: Stage, plan: Plan) -> Iterator[Batch]:
        return staged_batches(session, stage, plan.first_chunk_id, self._wanted)

    @property
    def _wanted(self) -> Wanted:
        return Wanted(self.model, self.vectors.wants_labels)

    def _generation(self, built: IndexGenerationRow, plan: Plan) -> IndexGenerationRow:
        last = plan.first_chunk_id + plan.staged_chunks - 1
        absorbed = isinstance(self.vectors, Absorbing) and not plan.rebuild
        return IndexGenerationRow(
            id=plan.generation_id,
            model=built.model,
            chunking=built.chunking,
            dimension=built.dimension,
            kind=built.kind,
            filename=built.filename,
            vector_count=plan.live if absorbed else built.vector_count,
            file_last_chunk_id=last if absorbed else built.file_last_chunk_id,
            last_chunk_id=last,
            deleted_count=0 if plan.rebuild or absorbed else plan.dead,
            current=True,
        )

    # ---------------------------------------------------------------- the rows

    def _drop(self, session: Session, document_ids: Sequence[str], chunk_ids: NDArray[np.int64]) -> None:
        delete_terms(session, chunk_ids.tolist())
        delete_documents(session, document_ids)

    def _insert(self, session: Session, stage: Stage, chunk_id: int) -> None:
        documents: list[dict[str, Any]] = []
        chunks: list[dict[str, Any]] = []
        terms: list[TermsRow] = []

        def flush() -> None:
            insert_documents(session, documents, chunks)
            put_terms(session, terms)
            for rows in (documents, chunks, terms):
                rows.clear()

        for content in stage.contents(session):
            documents.append(document_row(document_from_json(content["document"]), content["hash"]))
            for ordinal, chunk in enumerate(content["chunks"]):
                terms.append(TermsRow(chunk_id, chunk["title_terms"], chunk["terms"]))
                row = {name: chunk[name] for name in ("heading", "text", "url", "token_count", "text_hash")}
                chunks.append({"id": chunk_id, "document_id": content["document"]["id"], "ordinal": ordinal, **row})
                chunk_id += 1
            if len(chunks) >= SLICE:
                flush()
        flush()

    @staticmethod
    def _link_corrections(session: Session, stage: Stage, removed: Sequence[str]) -> None:
        unclaimed = corrected_by(session, [*removed, *stage.document_ids()])
        forget_corrections(session, removed, both_ways=True)
        forget_corrections(session, stage.document_ids(), both_ways=False)

        def staged() -> Iterator[Document]:
            return (document_from_json(content["document"]) for content in stage.contents(session))

        found = Corrections(session).find(staged()) | find_announcements(session, staged(), sorted(unclaimed))
        put_corrections(session, found)
