"""A reindex that a page starts and watches, and the folder of what was dropped onto it."""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from konspekt.app.durations import duration
from konspekt.app.messages import say
from konspekt.bilingual import joined, of
from konspekt.indexer.errors import IndexerError
from konspekt.storage.errors import StorageError
from konspekt.web.parts import IndexState

if TYPE_CHECKING:
    from konspekt.indexer.reindexing.reindex import Reindexer
    from konspekt.indexer.reindexing.reports import Progress, ReindexReport

READABLE = frozenset(
    (".json", ".html", ".htm", ".txt", ".md", ".markdown", ".pdf", ".docx", ".pptx", ".ipynb", ".srt", ".vtt", ".py")
)
PROBLEMS_KEPT = 50
LONGEST_NAME = 120  # characters of an uploaded file's


class PageIndexing:
    """`konspekt.web.parts.Indexing`: one at a time, in a thread that does not keep the process from ending.

    What a killed run had read is taken up by the next one, as after any crash.
    """

    def __init__(self, reindexer: Reindexer, uploads: Path) -> None:
        self._reindexer, self._uploads = reindexer, uploads
        self._lock = threading.Lock()
        self._state = IndexState()

    def state(self) -> IndexState:
        return self._state

    def start(self, paths: Sequence[str] | None = None) -> bool:
        with self._lock:
            if self._state.running:
                return False
            self._state = IndexState(running=True)
        threading.Thread(target=self._run, args=(paths,), daemon=True, name="page-indexing").start()
        return True

    def _run(self, paths: Sequence[str] | None) -> None:
        try:
            if paths is None and not self._reindexer.remembered_paths():
                self._state = IndexState(failed=say("reindex_nothing"))
                return
            report = self._reindexer.run(paths, progress=self._step)
        except (IndexerError, StorageError, OSError) as error:
            self._state = IndexState(failed=of(error))
        except BaseException as error:
            self._state = IndexState(failed=of(repr(error)))
            raise
        else:
            self._state = _ended(report)

    def _step(self, progress: Progress) -> None:
        self._state = IndexState(True, progress.step, progress.source, progress.done, progress.total)

    def keep(self, name: str, content: BinaryIO) -> bool:
        wanted = plain_name(name)
        if Path(wanted).suffix.lower() not in READABLE:
            return False
        from konspekt.storage.private import private_folder

        private_folder(self._uploads)
        partial = self._uploads / f".{os.getpid()}-{threading.get_ident()}.part"
        try:
            with partial.open("wb") as file:
                shutil.copyfileobj(content, file, 1 << 20)
            partial.replace(self._uploads / wanted)
        finally:
            partial.unlink(missing_ok=True)
        return True

    def index_uploads(self) -> bool:
        return self.start([str(self._uploads)])


def plain_name(name: str) -> str:
    """The last part of a path of any system, without what a file system, a terminal or a shell would stumble over."""
    last = re.split(r"[/\\]", name)[-1]
    plain = re.sub(r"[^\w .()\[\]+-]", "_", last).strip(" .")
    stem, suffix = Path(plain).stem[:LONGEST_NAME], Path(plain).suffix[:12]
    return f"{stem}{suffix}" if stem else "_"


def _ended(report: ReindexReport) -> IndexState:
    lines = [of(f"{one.title}: +{one.added} ~{one.changed} −{one.removed} ={one.unchanged}") for one in report.sources]
    total = joined(", ", (f"Σ {report.documents}", duration(report.seconds)))
    problems = tuple(list(report.all_problems())[:PROBLEMS_KEPT])
    return IndexState(lines=(*lines, total), problems=problems)
