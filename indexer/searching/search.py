"""Searching the published index."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from konspekt.indexer.clean_text import joined_words
from konspekt.indexer.embedding.embeddings import Embedder
from konspekt.indexer.errors import IndexerError
from konspekt.indexer.lexical import terms
from konspekt.indexer.messages import say
from konspekt.indexer.passages import Passage
from konspekt.indexer.searching.fusion import fuse
from konspekt.indexer.searching.loaded_index import CurrentIndex, Generation
from konspekt.indexer.searching.ranking import Candidate, assemble
from konspekt.storage.database import Database
from konspekt.storage.full_text import search_terms
from konspekt.storage.models import ChunkRow, DocumentRow, SourceRow
from konspekt.storage.stored_vectors import vectors_of

SearchMode = Literal["fused", "dense", "lexical", "reranked"]
Ids = NDArray[np.int64]

CANDIDATES = 50  # of each side
RERANKED = 20  # passages that a cross-encoder looks at


class Reranker(Protocol):
    """A cross-encoder: one relevance score a text, higher is better."""

    def score(self, query: str, texts: Sequence[str]) -> list[float]: ...


class Searcher:
    """Searches the current index generation; follows a newly published one by itself. Safe to share between threads."""

    def __init__(
        self, database: Database, index_dir: Path, embedder: Embedder, reranker: Reranker | None = None
    ) -> None:
        self._database = database
        self._embedder = embedder
        self._reranker = reranker
        self._current = CurrentIndex(database, index_dir)
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="search")

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
        mode = mode or ("reranked" if self._reranker else "fused")
        if mode == "reranked" and self._reranker is None:
            raise IndexerError(say("no_reranker"))
        if k <= 0 or not query.strip():
            return []
        with self._database.read() as session:
            generation = self._current.get(session)
            self._check(generation)
            future = self._pool.submit(self._embed, query) if mode != "lexical" else None
            query_terms = terms(query)
            allowed = self._allowed(session, since, until, sources)
            wanted = max(CANDIDATES, 4 * k)
            among = None if allowed is None else allowed.tolist()
            lexical = dict(search_terms(session, query_terms, wanted, among)) if mode != "dense" else {}
            dense: dict[int, float] = {}
            if future is not None:
                vector = future.result()
                dense = self._dense(session, generation, vector, wanted, allowed)
                self._complete(
                    session, generation, vector=vector, query_terms=query_terms, dense=dense, lexical=lexical, mode=mode
                )
            scores = {"dense": dense, "lexical": lexical}.get(mode) or fuse(dense, lexical)
            candidates = self._candidates(session, scores, dense, lexical)
        limit = max(k, RERANKED) if mode == "reranked" else k
        passages = assemble(candidates, limit)
        return self._rerank(query, passages)[:k] if mode == "reranked" else passages

    def warm_up(self) -> None:
        """Load the model and the index, so that the first question is as fast as the next."""
        terms("прогрев")
        self._embed("прогрев")
        with self._database.read() as session:
            self._current.get(session)

    # ---------------------------------------------------------------- the two sides

    def _embed(self, query: str) -> NDArray[np.float32]:
        vectors = self._embedder.embed_queries([joined_words(query)])  # [1, D]
        return np.asarray(vectors[0], np.float32)

    def _check(self, generation: Generation) -> None:
        if generation.model != self._embedder.name:
            raise IndexerError(say("other_model", made=generation.model, wanted=self._embedder.name))

    def _dense(
        self, session: Session, generation: Generation, vector: NDArray[np.float32], wanted: int, allowed: Ids | None
    ) -> dict[int, float]:
        """The nearest living chunks; looks further while the file yields ids whose chunk is gone."""
        size = wanted
        while True:
            hits = generation.index.search(vector, size, allowed)
            alive = self._alive(session, [i for i, _ in hits])
            found = {i: score for i, score in hits if i in alive}
            if len(found) >= wanted or len(hits) < size:
                return dict(list(found.items())[:wanted])
            size *= 4

    def _complete(
        self, session: Session, generation: Generation, *, vector: NDArray[np.float32], query_terms: list[str],
        dense: dict[int, float], lexical: dict[int, float], mode: SearchMode,
    ) -> None:  # fmt: skip
        """Score what only one side found on the other side too: fused scores then compare like with like."""
        if mode not in {"fused", "reranked"}:
            return
        only_dense, only_lexical = list(dense.keys() - lexical.keys()), list(lexical.keys() - dense.keys())
        lexical.update(search_terms(session, query_terms, len(only_dense), only_dense))
        if only_lexical:
            rows = session.execute(select(ChunkRow.id, ChunkRow.text_hash).where(ChunkRow.id.in_(only_lexical))).all()
            vectors = vectors_of(session, generation.model, [row[1] for row in rows])
            dense.update((row[0], float(vectors[row[1]] @ vector)) for row in rows if row[1] in vectors)

    @staticmethod
    def _alive(session: Session, chunk_ids: list[int]) -> set[int]:
        return set(session.scalars(select(ChunkRow.id).where(ChunkRow.id.in_(chunk_ids))))

    # ---------------------------------------------------------------- filters and rows

    @staticmethod
    def _allowed(
        session: Session, since: datetime | None, until: datetime | None, sources: Sequence[str] | None
    ) -> Ids | None:
        """Ids of the chunks that the filters let through; None: all."""
        if since is None and until is None and not sources:
            return None
        statement = select(ChunkRow.id).join(DocumentRow, DocumentRow.id == ChunkRow.document_id)
        if since is not None:
            statement = statement.where(DocumentRow.published_at >= since)
        if until is not None:
            statement = statement.where(DocumentRow.published_at <= until)
        if sources:
            named = select(SourceRow.id).where(or_(SourceRow.id.in_(sources), SourceRow.title.in_(sources)))
            statement = statement.where(DocumentRow.source_id.in_(named))
        return np.array(session.scalars(statement).all(), np.int64)

    @staticmethod
    def _candidates(
        session: Session, scores: dict[int, float], dense: dict[int, float], lexical: dict[int, float]
    ) -> list[Candidate]:
        rows = session.execute(
            select(ChunkRow, DocumentRow)
            .join(DocumentRow, DocumentRow.id == ChunkRow.document_id)
            .where(ChunkRow.id.in_(list(scores)))
        )
        found = [
            Candidate(chunk, document, scores[chunk.id], dense.get(chunk.id), lexical.get(chunk.id))
            for chunk, document in rows
        ]
        return sorted(found, key=lambda candidate: (-candidate.score, candidate.chunk.id))

    def _rerank(self, query: str, passages: list[Passage]) -> list[Passage]:
        from dataclasses import replace

        assert self._reranker is not None
        marks = self._reranker.score(query, [f"{p.title}\n{p.text}" for p in passages])
        order = sorted(zip(passages, marks, strict=True), key=lambda pair: -pair[1])
        return [
            replace(passage, rank=rank, score=mark, rerank_score=mark)
            for rank, (passage, mark) in enumerate(order, start=1)
        ]
