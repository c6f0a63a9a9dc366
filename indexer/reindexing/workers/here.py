"""Cutting and embedding in this process, one batch after the other: what `--workers 1` means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from konspekt.indexer.embedding.embeddings import Embedder, Vectors
from konspekt.indexer.reindexing.chunking import ChunkOptions
from konspekt.indexer.reindexing.staging import cut
from konspekt.indexer.reindexing.workers.protocol import Contents, Texts


@dataclass(frozen=True, slots=True)
class Here:
    embedder: Embedder
    options: ChunkOptions

    def cut(self, batches: Iterable[Contents]) -> Iterator[Contents]:
        for batch in batches:
            yield [(row_id, cut(content, self.embedder, self.options)) for row_id, content in batch]

    def embed(self, parts: Iterable[Texts]) -> Iterator[tuple[list[str], Vectors]]:
        for part in parts:
            yield list(part), self.embedder.embed_passages(list(part.values()))
