"""Bringing the index up to date with its sources, at the cost of what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from indexer.documents import Document, Source
from indexer.embeddings import Embedder
from storage.database import Database


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a reindex stands. `done` of `total` counts documents while reading, chunks while embedding."""

    step: Literal["reading", "embedding", "publishing"]
    source: str
    done: int
    total: int | None
    rate: float  # a second
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class SourceReport:
    id: str
    title: str
    kind: str
    status: Literal["complete", "partial", "failed"]
    documents: int  # read in this run
    added: int
    changed: int
    unchanged: int
    removed: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReindexReport:
    """What a reindex did. `generation` is the index generation now current, None if nothing is indexed."""

    sources: tuple[SourceReport, ...]
    embedded: int
    chunks: int
    documents: int  # in the index afterwards
    generation: int | None
    seconds: float
    dry_run: bool
    problems: tuple[str, ...]  # of arguments that are no source at all

    @property
    def ok(self) -> bool:
        return not self.problems and all(source.status != "failed" and not source.problems for source in self.sources)

    def to_json(self) -> dict[str, Any]:
        raise NotImplementedError


class Reindexer:
    """Reads sources into the index. One reindex at a time over all processes: a second raises ReindexRunningError."""

    def __init__(
        self,
        database: Database,
        index_dir: Path,
        embedder: Embedder,
        *,
        recognise: Callable[[str], Sequence[Source]],
        default_paths: Sequence[str] = (),
    ) -> None:
        raise NotImplementedError

    def run(
        self,
        paths: Sequence[str] | None = None,
        *,
        full: bool = False,
        dry_run: bool = False,
        progress: Callable[[Progress], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> ReindexReport:
        """Read `paths` (None: the default paths and every location read before) and publish what changed.

        Blocking: call it in a thread from async code.
        """
        raise NotImplementedError

    def index_documents(self, source: Source, documents: Iterable[Document]) -> ReindexReport:
        """Add or update a few documents of a live source (a channel's new or edited posts), in a second or two.

        Waits for a running reindex instead of refusing. Nothing is removed.
        """
        raise NotImplementedError

    def remove_documents(self, document_ids: Sequence[str]) -> int:
        """Take documents out of the index (a deleted post); how many there were."""
        raise NotImplementedError
