"""What a reindex asks of whoever cuts and embeds for it.

Both methods take an iterator, from which no more is taken than is worked on, and hand back what is done as it is done,
in any order. What is handed back is stored by the caller alone: there is one publisher, and the database is its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from konspekt.indexer.embedding.embeddings import Vectors

Contents = list[tuple[int, dict[str, Any]]]  # (row id, what is staged for a document)
Texts = Mapping[str, str]  # text hash -> text


class Workers(Protocol):
    def cut(self, batches: Iterable[Contents]) -> Iterator[Contents]:
        """Each content with its chunks. Raises IndexerError."""
        ...

    def embed(self, parts: Iterable[Texts]) -> Iterator[tuple[list[str], Vectors]]:
        """The hashes of each part and their vectors [n, D]. Raises IndexerError."""
        ...
