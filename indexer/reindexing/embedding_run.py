"""Embedding what the stage holds, batch by batch, each stored at once: an interrupted run resumes where it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from konspekt.indexer.embedding.embeddings import Embedder
from konspekt.indexer.errors import EmbeddingError
from konspekt.indexer.messages import say
from konspekt.indexer.reindexing.chunking import ChunkOptions, embedded_text
from konspekt.indexer.reindexing.meter import Meter
from konspekt.indexer.reindexing.reports import ProgressCallback
from konspekt.indexer.reindexing.staging import Stage, cut
from konspekt.storage.database import Database
from konspekt.storage.index.staged import rewrite_staged
from konspekt.storage.index.stored_vectors import known_hashes, put_vectors

WINDOW = 1024  # chunks sorted by length together
BATCH = 64  # chunks embedded and stored in one step


@dataclass(slots=True)
class EmbeddingRun:
    database: Database
    embedder: Embedder
    options: ChunkOptions
    checkpoint: Callable[[str], None]
    progress: ProgressCallback
    stop_if_asked: Callable[[], None]
    embedded: int = 0

    def run(self, stage: Stage, again: bool) -> None:
        """Cut every staged document and embed its chunks; `again` also those whose vector is stored."""
        missing = self._cut(stage, again)
        meter = Meter("embedding", "", len(missing), self.progress)
        window: dict[str, str] = {}  # text hash -> text
        last = 0
        while missing:
            with self.database.read() as session:
                rows = stage.next_rows(session, last)
            if not rows:
                break
            last = rows[-1].id
            for row in rows:
                for chunk in row.content["chunks"]:
                    if chunk["text_hash"] in missing:
                        missing.discard(chunk["text_hash"])
                        title = row.content["document"]["title"]
                        window[chunk["text_hash"]] = embedded_text(title, chunk["heading"], chunk["text"])
            if len(window) >= WINDOW:
                self._embed(window, meter)
                window = {}
        self._embed(window, meter)

    def _cut(self, stage: Stage, again: bool) -> set[str]:
        """Cut the staged documents; the hashes of the texts to embed."""
        meter = Meter("preparing", "", len(stage), self.progress)
        missing: set[str] = set()
        last = cut_so_far = 0
        while True:
            self.stop_if_asked()
            with self.database.read() as session:
                rows = stage.next_rows(session, last)
            if not rows:
                return missing
            last = rows[-1].id
            contents = [(row.id, cut(row.content, self.embedder, self.options)) for row in rows]
            hashes = {chunk["text_hash"] for _, content in contents for chunk in content["chunks"]}
            with self.database.session() as session:
                rewrite_staged(session, contents)
                missing |= hashes if again else hashes - known_hashes(session, self.embedder.name, list(hashes))
            cut_so_far += len(rows)
            self.checkpoint("cut")
            meter.at(cut_so_far)

    def _embed(self, window: dict[str, str], meter: Meter) -> None:
        keys = sorted(window, key=lambda key: len(window[key]), reverse=True)
        for at in range(0, len(keys), BATCH):
            self.stop_if_asked()
            part = keys[at : at + BATCH]
            vectors = self.embedder.embed_passages([window[key] for key in part])
            if not np.isfinite(vectors).all():
                raise EmbeddingError(say("not_finite", model=self.embedder.name))
            with self.database.session() as session:
                put_vectors(session, self.embedder.name, dict(zip(part, vectors, strict=True)))
            self.embedded += len(part)
            self.checkpoint("embedded")
            meter.at(self.embedded)
