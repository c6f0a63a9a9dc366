"""Bringing the index up to date with its sources, at the cost of what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from konspekt.indexer.documents import Document, Source
from konspekt.indexer.embedding.embeddings import Embedder
from konspekt.indexer.errors import ReindexStoppedError
from konspekt.indexer.reindexing.chunking import ChunkOptions
from konspekt.indexer.reindexing.locking import reindex_lock
from konspekt.indexer.reindexing.reindex_run import Recognise, ReindexRun, Tools
from konspekt.indexer.reindexing.reports import (
    Progress,
    ProgressCallback,
    ReindexReport,
    SourceReport,
)
from konspekt.indexer.reindexing.workers.here import Here
from konspekt.indexer.reindexing.workers.protocol import Workers
from konspekt.storage.database import Database
from konspekt.storage.index.documents import sources_by_id
from konspekt.storage.vectors.faiss_store import FaissStore
from konspekt.storage.vectors.protocol import VectorStore

__all__ = ["Progress", "ReindexReport", "Reindexer", "SourceReport"]

LIVE_WAIT_SECONDS = 3600.0  # a live post waits for a long reindex rather than being lost


def nothing(_: object) -> None:
    return None


class Reindexer:
    """Reads sources into the index. One reindex at a time over all processes: a second raises ReindexRunningError.

    `checkpoint` is called with the name of every step that a crash may follow; tests kill the process there.
    """

    def __init__(
        self,
        database: Database,
        index_dir: Path,
        embedder: Embedder,
        *,
        recognise: Recognise,
        default_paths: Sequence[str] = (),
        chunking: ChunkOptions | None = None,
        checkpoint: Callable[[str], None] = nothing,
        vectors: VectorStore | None = None,
        workers: Workers | None = None,
    ) -> None:
        """`vectors`: where they are searched; None: FAISS files in `index_dir`. `workers` cut and embed; None: this
        process does."""
        self._default_paths = tuple(default_paths)
        store = vectors or FaissStore(index_dir)
        options = chunking or ChunkOptions()
        workers = workers or Here(embedder, options)
        self._tools = Tools(database, index_dir, store, embedder, recognise, options, workers, checkpoint)

    def run(
        self,
        paths: Sequence[str] | None = None,
        *,
        full: bool = False,
        dry_run: bool = False,
        progress: ProgressCallback | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> ReindexReport:
        """Read `paths` (None: the default paths and every one read before) and publish what changed.

        `full` makes everything that is read anew. Blocking: call it in a thread from async code.
        Raises IndexerError (ReindexRunningError, EmbeddingError, …) and konspekt.storage.errors.StorageError.
        """
        with self._run(full, dry_run, progress, should_stop) as run:
            return run.paths(paths, self._default_paths)

    def remembered_paths(self) -> list[str]:
        """What `run` reads when it is given no paths."""
        with self._tools.database.read() as session:
            known = sources_by_id(session)
        return [*self._default_paths, *dict.fromkeys(row.given_as or row.location for row in known.values())]

    def index_documents(self, source: Source, documents: Iterable[Document]) -> ReindexReport:
        """Add or update a few documents of a live source (a channel's new or edited posts), in a second or two.

        Waits for a running reindex instead of refusing. Nothing is removed.
        """
        with self._run(wait_seconds=LIVE_WAIT_SECONDS) as run:
            return run.live(source, list(documents))

    def remove_documents(self, document_ids: Sequence[str]) -> int:
        """Take documents out of the index (deleted posts); how many there were."""
        with self._run(wait_seconds=LIVE_WAIT_SECONDS) as run:
            return run.remove(document_ids)

    def forget(self, source_ids: Sequence[str]) -> ReindexReport:
        """Take whole sources out of the index: their documents, and the place they were read from.

        Raises UnknownSourceError, and what `run` raises.
        """
        with self._run() as run:
            return run.forget(source_ids)

    @contextmanager
    def _run(
        self,
        full: bool = False,
        dry_run: bool = False,
        progress: ProgressCallback | None = None,
        should_stop: Callable[[], bool] | None = None,
        wait_seconds: float = 0.0,
    ) -> Iterator[ReindexRun]:
        with reindex_lock(self._tools.database, self._tools.index_dir, wait_seconds):
            run = ReindexRun(self._tools, full, dry_run, progress or nothing, should_stop or (lambda: False))
            try:
                if not dry_run:
                    run.begin()
                yield run
            except BaseException as error:
                run.abandon("interrupted" if isinstance(error, KeyboardInterrupt | ReindexStoppedError) else "failed")
                raise
