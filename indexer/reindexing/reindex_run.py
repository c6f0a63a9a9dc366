"""One reindex from its first source to what it reports: read, stage, embed, publish."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.orm import Session

from konspekt.bilingual import Bilingual
from konspekt.indexer import lexical
from konspekt.indexer.documents import Document, Problem, Source
from konspekt.indexer.embedding.embeddings import Embedder
from konspekt.indexer.errors import ReindexStoppedError, UnknownSourceError
from konspekt.indexer.messages import say
from konspekt.indexer.reindexing.chunking import ChunkOptions
from konspekt.indexer.reindexing.embedding_run import EmbeddingRun
from konspekt.indexer.reindexing.meter import Meter
from konspekt.indexer.reindexing.publishing import Publisher
from konspekt.indexer.reindexing.reports import Progress, ProgressCallback, ReindexReport
from konspekt.indexer.reindexing.source_rows import remember_sources
from konspekt.indexer.reindexing.staging import (
    SourceReading,
    Stage,
    read_source,
    stage_indexed,
)
from konspekt.indexer.reindexing.workers.protocol import Workers
from konspekt.indexer.sources.errors import SourceError
from konspekt.storage.database import Database
from konspekt.storage.index.documents import (
    by_ids,
    count_chunk_rows,
    count_documents,
    document_ids,
    forget_source,
    hashes_of_source,
    sources_by_id,
)
from konspekt.storage.index.generations import current_generation
from konspekt.storage.index.popularity import Popularity, put_read
from konspekt.storage.jobs import finish_job, interrupted_jobs, start_job
from konspekt.storage.models import SourceRow
from konspekt.storage.readings import forget_readings
from konspekt.storage.vectors.protocol import VectorStore

Recognise = Callable[[str, Mapping[str, str]], Sequence[Source]]  # (path or link, location -> known id)


@dataclass(frozen=True, slots=True)
class Tools:
    """What every run works with."""

    database: Database
    index_dir: Path  # holds the lock of the run
    vectors: VectorStore
    embedder: Embedder
    recognise: Recognise
    chunking: ChunkOptions
    workers: Workers
    checkpoint: Callable[[str], None]

    @property
    def signature(self) -> str:
        """How chunks are cut and terms are made: an index with another signature is rebuilt."""
        return f"{self.chunking.signature}+{lexical.VERSION}"


@dataclass(frozen=True, slots=True)
class _Live:
    """A few documents of a source, as a source."""

    source: Source
    items: list[Document]
    partial: bool = True

    @property
    def id(self) -> str:
        return self.source.id

    @property
    def kind(self) -> str:
        return self.source.kind

    @property
    def title(self) -> str:
        return self.source.title

    @property
    def location(self) -> str:
        return self.source.location

    def documents(self) -> Iterator[Document | Problem]:
        yield from self.items


def _absolute(path: str) -> str:
    """A path as it will be found again from another folder; a link as it is."""
    return (
        path if "://" in path or path.startswith(("t.me/", "telegram.me/")) else str(Path(path).expanduser().resolve())
    )


@dataclass(slots=True)
class ReindexRun:
    """One run. The caller holds the lock."""

    tools: Tools
    full: bool
    dry_run: bool
    progress: ProgressCallback
    should_stop: Callable[[], bool]
    started: float = field(default_factory=time.monotonic)
    job_id: int = 0
    readings: dict[str, SourceReading] = field(default_factory=dict)
    problems: list[Bilingual] = field(default_factory=list)
    leftovers: bool = False  # a run was killed after it published but before it tidied up
    lost: list[str] = field(default_factory=list)  # sources that are gone from a folder that was read

    def begin(self) -> None:
        with self.tools.database.session() as session:
            interrupted_jobs(session, "reindex")
            self.job_id = start_job(session, "reindex")
        self.leftovers = self._publisher().sweep()

    def _publisher(self) -> Publisher:
        tools = self.tools
        return Publisher(tools.database, tools.vectors, tools.embedder.name, tools.signature, tools.checkpoint)

    def abandon(self, status: str) -> None:
        if self.job_id:
            with self.tools.database.session() as session:
                finish_job(session, self.job_id, status, {})

    # ---------------------------------------------------------------- what is asked for

    def paths(self, paths: Sequence[str] | None, default_paths: Sequence[str]) -> ReindexReport:
        with self.tools.database.read() as session:
            known = sources_by_id(session)
        wanted = list(paths) if paths else [*default_paths, *(row.given_as or row.location for row in known.values())]
        locations = {row.location: row.id for row in known.values()}
        stage = Stage(self.tools.database, self.job_id, keep=not self.dry_run)
        for path in dict.fromkeys(_absolute(path) for path in wanted):
            try:
                sources = self.tools.recognise(path, locations)
            except SourceError as error:
                self.problems.append(error.message)
                continue
            for source in sources:
                self._read(source, path, stage)
            found = {source.id for source in sources}
            self.lost += [row.id for row in known.values() if row.given_as == path and row.id not in found]
        self.lost = [source_id for source_id in self.lost if source_id not in self.readings]
        stage.flush()
        with self.tools.database.read() as session:
            for reading in self.readings.values():
                if reading.complete:
                    reading.removed = sorted(hashes_of_source(session, reading.id).keys() - reading.seen)
            self._empty_lost(session, known)
        return self._publish(stage)

    def _empty_lost(self, session: Session, known: Mapping[str, SourceRow]) -> None:
        for source_id in self.lost:
            row = known[source_id]
            gone = sorted(hashes_of_source(session, source_id))
            self.readings[source_id] = SourceReading(source_id, row.title, row.kind, row.location, removed=gone)

    def forget(self, source_ids: Sequence[str]) -> ReindexReport:
        with self.tools.database.read() as session:
            known = sources_by_id(session)
            for source_id in source_ids:
                if source_id not in known:
                    raise UnknownSourceError(say("no_source", source=source_id, known=", ".join(known) or say("none")))
            self.lost = list(dict.fromkeys(source_ids))
            self._empty_lost(session, known)
        return self._publish(Stage(self.tools.database, self.job_id))

    def live(self, source: Source, documents: list[Document]) -> ReindexReport:
        stage = Stage(self.tools.database, self.job_id)
        self._read(_Live(source, documents), None, stage)
        stage.flush()
        return self._publish(stage)

    def remove(self, document_ids: Sequence[str]) -> int:
        stage = Stage(self.tools.database, self.job_id)
        with self.tools.database.read() as session:
            present = [row.id for row in by_ids(session, document_ids)]
        self._publish(stage, present)
        return len(present)

    def _read(self, source: Source, given_as: str | None, stage: Stage) -> None:
        reading = self.readings.get(source.id)
        if reading is None:
            reading = SourceReading(source.id, source.title, source.kind, source.location)
            self.readings[source.id] = reading
        reading.title, reading.location, reading.given_as = source.title, source.location, given_as
        with self.tools.database.read() as session:
            known = hashes_of_source(session, source.id)
        meter = Meter("reading", source.title, None, self.progress)

        def step(done: int) -> None:
            self._stop_if_asked()
            meter.at(done)

        read_source(source, reading, stage, known=known, full=self.full, step=step)
        self.tools.checkpoint("read")

    def _stop_if_asked(self) -> None:
        if self.should_stop():
            raise ReindexStoppedError(say("stopped"))

    # ---------------------------------------------------------------- what comes of it

    def _publish(self, stage: Stage, removed: Sequence[str] = ()) -> ReindexReport:
        database, embedder = self.tools.database, self.tools.embedder
        removed = [*removed, *(document_id for r in self.readings.values() for document_id in r.removed)]
        with database.read() as session:
            current = current_generation(session)
        if self.dry_run:
            return self._report(0, current.id if current else None)
        outdated = current is not None and (current.model, current.chunking) != (embedder.name, self.tools.signature)
        if outdated:
            stage_indexed(database, stage, set(removed))
            stage.flush()
        lost_file = current is not None and not self.tools.vectors.is_whole(current)
        generation = current.id if current else None
        run = EmbeddingRun(
            database, embedder.name, self.tools.workers, self.tools.checkpoint, self.progress, self._stop_if_asked
        )
        if len(stage) or removed or lost_file or self.full:
            run.run(stage, again=self.full)
            self.progress(Progress("publishing", "", 0, None, 0.0, None))
            gone = [*removed, *stage.document_ids()]
            generation = self._publisher().publish(stage, removed, self.full or outdated, self._finish) or generation
            with database.read() as session:
                forget_readings(self.tools.index_dir, gone, document_ids(session))
        else:
            with database.session() as session:
                self._finish(session)
        if self.leftovers:
            self._publisher().forget_unused()
        return self._report(run.embedded, generation)

    def _finish(self, session: Session) -> None:
        """Joins the publishing transaction, before the documents are inserted: they refer to their source."""
        remember_sources(session, [r for r in self.readings.values() if r.id not in self.lost])
        for reading in self.readings.values():
            put_read(session, {name: Popularity(one.views, one.reactions) for name, one in reading.counts.items()})
        for source_id in self.lost:
            forget_source(session, source_id)
        summary = {
            reading.id: {"added": len(reading.added), "changed": len(reading.changed)}
            for reading in self.readings.values()
        }
        finish_job(session, self.job_id, "done", summary)

    def _report(self, embedded: int, generation: int | None) -> ReindexReport:
        with self.tools.database.read() as session:
            documents, chunks = count_documents(session), count_chunk_rows(session)
        return ReindexReport(
            sources=tuple(reading.report() for reading in self.readings.values()),
            embedded=embedded,
            chunks=chunks,
            documents=documents,
            generation=generation,
            seconds=round(time.monotonic() - self.started, 3),
            dry_run=self.dry_run,
            problems=tuple(self.problems),
        )
