"""Reading sources and setting aside what changed, on disk: a 1 GB export is never held in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy.orm import Session

from konspekt.bilingual import Bilingual
from konspekt.indexer.document_rows import document_from_json, document_of, document_to_json
from konspekt.indexer.documents import Counts, Document, Problem, Source
from konspekt.indexer.embedding.embeddings import Embedder
from konspekt.indexer.lexical import terms
from konspekt.indexer.reindexing.chunking import ChunkOptions, chunk_document, embedded_text
from konspekt.indexer.reindexing.reports import SourceReport
from konspekt.indexer.reindexing.text_hash import text_hash
from konspekt.storage.database import Database
from konspekt.storage.index.documents import next_documents
from konspekt.storage.index.staged import drop_staged, next_staged, put_staged
from konspekt.storage.models import StagedDocumentRow

BATCH = 200
PROBLEMS_KEPT = 100


@dataclass(slots=True)
class SourceReading:
    """What reading one source id found; several exports of one channel share it."""

    id: str
    title: str
    kind: str
    location: str
    given_as: str | None = None
    partial: bool = False
    seen: set[str] = field(default_factory=set)
    counts: dict[str, Counts] = field(default_factory=dict)  # of posts whose source tells them
    added: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    removed: list[str] = field(default_factory=list)
    problems: list[Bilingual] = field(default_factory=list)
    problem_count: int = 0

    def note(self, problem: Problem) -> None:
        self.problem_count += 1
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(problem.message)

    @property
    def complete(self) -> bool:
        return not self.partial and not self.problem_count

    @property
    def status(self) -> Literal["complete", "partial", "failed"]:
        return "complete" if self.complete else "failed" if self.problem_count and not self.seen else "partial"

    def report(self) -> SourceReport:
        return SourceReport(
            id=self.id,
            title=self.title,
            kind=self.kind,
            status=self.status,
            documents=len(self.seen),
            added=len(self.added),
            changed=len(self.changed),
            unchanged=len(self.seen) - len(self.added) - len(self.changed),
            removed=len(self.removed),
            problems=tuple(self.problems),
        )


class Stage:
    """The staged documents of one job."""

    def __init__(self, database: Database, job_id: int, *, keep: bool = True) -> None:
        self._database = database
        self._job_id = job_id
        self._keep = keep  # a dry run only counts
        self._buffer: dict[str, dict[str, Any]] = {}
        self._staged: set[str] = set()

    def put(self, document: Document, content_hash: str) -> None:
        """A document read twice counts as it was last read."""
        if not self._keep:
            self._staged.add(document.id)
            return
        self._buffer[document.id] = {"document": document_to_json(document), "hash": content_hash}
        if len(self._buffer) >= BATCH:
            self.flush()

    def drop(self, document_id: str) -> None:
        self._buffer.pop(document_id, None)
        if document_id in self._staged and self._keep:
            self.flush()
            with self._database.session() as session:
                drop_staged(session, self._job_id, [document_id])
        self._staged.discard(document_id)

    def flush(self) -> None:
        if not self._buffer:
            return
        again = [document_id for document_id in self._buffer if document_id in self._staged]
        with self._database.session() as session:
            if again:
                drop_staged(session, self._job_id, again)
            put_staged(session, self._job_id, self._buffer)
        self._staged.update(self._buffer)
        self._buffer.clear()

    def __len__(self) -> int:
        return len(self._staged | self._buffer.keys())

    def __contains__(self, document_id: str) -> bool:
        return document_id in self._staged or document_id in self._buffer

    def next_rows(self, session: Session, last: int) -> Sequence[StagedDocumentRow]:
        """The next batch after the row with id `last`, in the order of reading: always the same order."""
        return next_staged(session, self._job_id, last, BATCH)

    def contents(self, session: Session) -> Iterator[dict[str, Any]]:
        last = 0
        while rows := self.next_rows(session, last):
            last = rows[-1].id
            contents = [row.content for row in rows]
            session.expunge_all()
            yield from contents

    def document_ids(self) -> list[str]:
        return sorted(self._staged | self._buffer.keys())

    def clear(self, session: Session) -> None:
        drop_staged(session, self._job_id)


def read_source(
    source: Source,
    reading: SourceReading,
    stage: Stage,
    *,
    known: dict[str, str],
    full: bool,
    step: Callable[[int], None],
) -> None:
    """Stream a source into the stage; `known` is document id -> content hash of what is indexed for it."""
    reading.partial = reading.partial or source.partial
    for item in source.documents():
        if isinstance(item, Problem):
            reading.note(item)
            continue
        content_hash = item.content_hash
        reading.seen.add(item.id)
        if item.counts is not None:
            reading.counts[item.id] = item.counts
        step(len(reading.seen))
        if known.get(item.id) == content_hash and not full:
            if item.id in stage:
                stage.drop(item.id)
            reading.changed.discard(item.id)
            continue
        (reading.changed if item.id in known else reading.added).add(item.id)
        stage.put(item, content_hash)


def stage_indexed(database: Database, stage: Stage, except_for: set[str]) -> None:
    """Stage everything that is indexed already and not staged: its chunks or its vectors have to be made anew."""
    last = ""
    while True:
        with database.read() as session:
            rows = next_documents(session, last, BATCH)
        if not rows:
            return
        last = rows[-1].id
        for row in rows:
            if row.id not in stage and row.id not in except_for:
                stage.put(document_of(row), row.content_hash)


def cut(content: dict[str, Any], embedder: Embedder, options: ChunkOptions) -> dict[str, Any]:
    """Add to a staged document its chunks, each with the hash of what is embedded and its search terms."""
    document = document_from_json(content["document"])
    title_terms = " ".join(terms(document.title))
    chunks = [
        {
            "heading": chunk.heading,
            "text": chunk.text,
            "url": chunk.url,
            "token_count": chunk.token_count,
            "text_hash": text_hash(embedded_text(document.title, chunk.heading, chunk.text)),
            "title_terms": title_terms,
            "terms": " ".join(terms(f"{chunk.heading}\n{chunk.text}")),
        }
        for chunk in chunk_document(document, embedder.count_tokens, embedder.max_tokens, options)
    ]
    return {**content, "chunks": chunks}
