"""Making what is staged the index that is searched: first the file, then one transaction.

The transaction changes the rows, the search terms and which generation is current. A crash before it leaves the old
generation serving and at most a file that no generation names; a crash after it leaves at most old files to sweep.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
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
from konspekt.storage.index.stored_vectors import chunk_vectors, forget_unused, vectors_of
from konspekt.storage.index.vectors import (
    build_index,
    is_whole,
    kind_for,
    write_index,
)
from konspekt.storage.models import IndexGenerationRow

SLICE = 5000
TAIL_AT_LEAST, TAIL_SHARE = 1000, 0.05  # newer chunks beside the file before it is written anew
DEAD_AT_LEAST, DEAD_SHARE = 200, 0.2  # ids in the file whose chunk is gone, likewise

Batch = tuple[NDArray[np.int64], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What the next generation will be."""

    generation_id: int
    first_chunk_id: int  # the staged chunks get the ids from here on
    staged_chunks: int
    live: int  # chunks after publishing
    gone: NDArray[np.int64]  # chunk ids that go
    rebuild: bool
    dead: int  # ids in the file without a chunk, when it is not rebuilt
    current: IndexGenerationRow | None


@dataclass(slots=True)
class Publisher:
    database: Database
    index_dir: Path
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
        """Remove files that the current generation does not name; were there any? Readers keep the one they mapped."""
        found = False
        with self.database.read() as session:
            current = current_generation(session)
        keep = current.filename if current else None
        for path in self.index_dir.glob("*"):
            if path.suffix in {".faiss", ".tmp"} and path.name != keep:
                found = True
                with contextlib.suppress(OSError):
                    path.unlink()
        return found

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
            or current.kind != kind_for(live)
            or live - in_file > max(TAIL_AT_LEAST, TAIL_SHARE * live)
            or dead > max(DEAD_AT_LEAST, DEAD_SHARE * current.vector_count)
            or not is_whole(self.index_dir / current.filename)
        )
        return Plan(next_generation_id(session), first, staged_chunks, live, gone, rebuild, dead, current)

    # ---------------------------------------------------------------- the file

    def _build(self, session: Session, stage: Stage, plan: Plan) -> IndexGenerationRow:
        def batches() -> Iterator[Batch]:
            for ids, vectors in chunk_vectors(session, self.model):
                keep = ~np.isin(ids, plan.gone)
                yield ids[keep], vectors[keep]
            yield from self._staged_vectors(session, stage, plan.first_chunk_id)

        dimension = next((vectors.shape[1] for ids, vectors in batches() if len(ids)), None)
        if dimension is None:
            dimension = plan.current.dimension if plan.current else 1
        kind = kind_for(plan.live)
        index = build_index(kind, dimension, plan.live, batches)
        if index.ntotal != plan.live:
            raise IndexerError(say("no_vectors", missing=plan.live - index.ntotal, total=plan.live))
        filename = f"{plan.generation_id}.faiss"
        self.checkpoint("file built")
        write_index(index, self.index_dir / filename)
        return IndexGenerationRow(
            model=self.model,
            chunking=self.signature,
            dimension=dimension,
            kind=kind,
            filename=filename,
            vector_count=plan.live,
            file_last_chunk_id=plan.first_chunk_id + plan.staged_chunks - 1,
        )

    def _staged_vectors(self, session: Session, stage: Stage, first: int) -> Iterator[Batch]:
        hashes: list[str] = []

        def batch() -> Batch:
            known = vectors_of(session, self.model, list(dict.fromkeys(hashes)))
            missing = [key for key in hashes if key not in known]
            if missing:
                raise IndexerError(say("staged_without_vectors", missing=len(missing)))
            return np.arange(first, first + len(hashes), dtype=np.int64), np.stack([known[key] for key in hashes])

        for content in stage.contents(session):
            hashes.extend(chunk["text_hash"] for chunk in content["chunks"])
            if len(hashes) >= SLICE:
                yield batch()
                first += len(hashes)
                hashes = []
        if hashes:
            yield batch()

    def _generation(self, built: IndexGenerationRow, plan: Plan) -> IndexGenerationRow:
        return IndexGenerationRow(
            id=plan.generation_id,
            model=built.model,
            chunking=built.chunking,
            dimension=built.dimension,
            kind=built.kind,
            filename=built.filename,
            vector_count=built.vector_count,
            file_last_chunk_id=built.file_last_chunk_id,
            last_chunk_id=plan.first_chunk_id + plan.staged_chunks - 1,
            deleted_count=0 if plan.rebuild else plan.dead,
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
