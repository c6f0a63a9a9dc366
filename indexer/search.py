"""Searching the published index."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from indexer.embeddings import Embedder
from indexer.passages import Passage
from storage.database import Database

SearchMode = Literal["fused", "dense", "lexical", "reranked"]


class Reranker(Protocol):
    """A cross-encoder: one relevance score a text, higher is better."""

    def score(self, query: str, texts: Sequence[str]) -> list[float]: ...


class Searcher:
    """Searches the current index generation; follows a newly published one by itself. Safe to share between threads."""

    def __init__(
        self, database: Database, index_dir: Path, embedder: Embedder, reranker: Reranker | None = None
    ) -> None:
        self._database = database
        self._index_dir = index_dir
        self._embedder = embedder
        self._reranker = reranker

    def search(
        self,
        query: str,
        k: int = 8,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        sources: Sequence[str] | None = None,
        mode: SearchMode | None = None,
    ) -> list[Passage]:
        """The best passages, at most one a document, near-duplicates folded; best first.

        `since` and `until` are timezone-aware and inclusive, and leave out documents without a date; `sources` are
        source ids or titles. `mode` None: reranked where there is a reranker, else fused.
        Raises NoIndexError when nothing has been indexed yet.
        """
        raise NotImplementedError

    def warm_up(self) -> None:
        """Load the model and the index, so that the first question is as fast as the next."""
        raise NotImplementedError
