"""Embedding what the stage holds, batch by batch, each stored at once: an interrupted run resumes where it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from konspekt.indexer.errors import EmbeddingError
from konspekt.indexer.messages import say
from konspekt.indexer.reindexing.chunking import embedded_text
from konspekt.indexer.reindexing.meter import Meter
from konspekt.indexer.reindexing.reports import ProgressCallback
from konspekt.indexer.reindexing.staging import Stage
from konspekt.indexer.reindexing.workers.protocol import Contents, Workers
from konspekt.storage.database import Database
from konspekt.storage.index.staged import rewrite_staged
from konspekt.storage.index.stored_vectors import known_hashes, put_vectors

WINDOW = 1024  # chunks sorted by length together
BATCH = 64  # chunks embedded and stored in one step


@dataclass(slots=True)
class EmbeddingRun:
    database: Database
    model: str  # its name
    workers: Workers
    checkpoint: Callable[[str], None]
    progress: ProgressCallback
    stop_if_asked: Callable[[], None]
    embedded: int = 0

    def run(self, stage: Stage, again: bool) -> None:
        """Cut every staged document and embed its chunks; `again` also those whose vector is stored."""
        missing = self._cut(stage, again)
        meter = Meter("embedding", "", len(missing), self.progress)
        for keys, vectors in self.workers.embed(self._parts(stage, missing)):
            if not np.isfinite(vectors).all():
                raise EmbeddingError(say("not_finite", model=self.model))
            with self.database.session() as session:
                put_vectors(session, self.model, dict(zip(keys, vectors, strict=True)))
            self.embedded += len(keys)
            self.checkpoint("embedded")
            meter.at(self.embedded)

    # ---------------------------------------------------------------- cutting

    def _cut(self, stage: Stage, again: bool) -> set[str]:
        """Cut the staged documents; the hashes of the texts to embed."""
        meter = Meter("preparing", "", len(stage), self.progress)
        missing: set[str] = set()
        cut_so_far = 0
        for contents in self.workers.cut(self._batches(stage)):
            hashes = {chunk["text_hash"] for _, content in contents for chunk in content["chunks"]}
            with self.database.session() as session:
                rewrite_staged(session, contents)
                missing |= hashes if again else hashes - known_hashes(session, self.model, list(hashes))
            cut_so_far += len(contents)
            self.checkpoint("cut")
            meter.at(cut_so_far)
        return missing

    def _batches(self, stage: Stage) -> Iterator[Contents]:
        """The staged documents, read as they are asked for."""
        last = 0
        while True:
            self.stop_if_asked()
            with self.database.read() as session:
                rows = stage.next_rows(session, last)
            if not rows:
                return
            last = rows[-1].id
            yield [(row.id, row.content) for row in rows]

    # ---------------------------------------------------------------- embedding

    def _parts(self, stage: Stage, missing: set[str]) -> Iterator[dict[str, str]]:
        """The texts whose hashes are `missing`, each once, in batches of like length."""
        wanted = set(missing)
        window: dict[str, str] = {}  # text hash -> text
        last = 0
        while wanted:
            with self.database.read() as session:
                rows = stage.next_rows(session, last)
            if not rows:
                break
            last = rows[-1].id
            for row in rows:
                for chunk in row.content["chunks"]:
                    if chunk["text_hash"] in wanted:
                        wanted.discard(chunk["text_hash"])
                        title = row.content["document"]["title"]
                        window[chunk["text_hash"]] = embedded_text(title, chunk["heading"], chunk["text"])
            if len(window) >= WINDOW:
                yield from self._by_length(window)
                window = {}
        yield from self._by_length(window)

    def _by_length(self, window: dict[str, str]) -> Iterator[dict[str, str]]:
        keys = sorted(window, key=lambda key: len(window[key]), reverse=True)
        for at in range(0, len(keys), BATCH):
            self.stop_if_asked()
            yield {key: window[key] for key in keys[at : at + BATCH]}
