"""Searching the published index."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from konspekt.indexer.clean_text import joined_words
from konspekt.indexer.embedding.embeddings import Embedder
from konspekt.indexer.errors import IndexerError
from konspekt.indexer.lexical import terms
from konspekt.indexer.messages import say
from konspekt.indexer.passages import Passage
from konspekt.indexer.query.abbreviations import by_initials
from konspekt.indexer.query.understanding import Understood, understand
from konspekt.indexer.searching.links import Linked, look_up
from konspekt.indexer.searching.loaded_index import CurrentIndex, Generation
from konspekt.indexer.searching.nearness import nearest_documents
from konspekt.indexer.searching.ranking import Candidate, Hit, assemble, fold, is_left_out, newer_first, popular_first
from konspekt.indexer.searching.scopes import Scope, find_scope
from konspekt.indexer.searching.scoring import Scoring, Side
from konspekt.indexer.searching.siblings import siblings_later
from konspekt.storage.database import Database
from konspekt.storage.errors import GenerationGoneError
from konspekt.storage.index.corrections import corrections_of
from konspekt.storage.index.filters import Filters, Where
from konspekt.storage.index.popularity import popularity_of
from konspekt.storage.vectors.faiss_store import FaissStore
from konspekt.storage.vectors.protocol import VectorStore
from konspekt.tracing.spans import traced

SearchMode = Literal["fused", "dense", "lexical", "reranked"]

CANDIDATES = 50  # of each side
RERANKED = 20  # passages that a cross-encoder looks at
RETRIES = 5  # how often a search starts over because its generation was swept meanwhile

T = TypeVar("T")


class Reranker(Protocol):
    """A cross-encoder: one relevance score per text, higher is better."""

    def score(self, query: str, texts: Sequence[str]) -> list[float]: ...


@dataclass(frozen=True, slots=True)
class Run:
    """What one search works with."""

    session: Session
    generation: Generation
    k: int
    mode: SearchMode


class Searcher:
    """Searches the current index generation; follows a newly published one by itself. Safe to share between threads."""

    def __init__(
        self,
        database: Database,
        index_dir: Path,
        embedder: Embedder,
        reranker: Reranker | None = None,
        *,
        exclude: Sequence[str] = (),
        vectors: VectorStore | None = None,
    ) -> None:
        """`exclude`: documents that hold one of these phrases are never found, and neither are marked adverts.

        `vectors`: where they are searched; None: FAISS files in `index_dir`.
        """
        self._database = database
        self._embedder = embedder
        self._reranker = reranker
        self._exclude = tuple(phrase.casefold() for phrase in exclude)
        store = vectors or FaissStore(index_dir)
        self._lists_ids = database.is_sqlite or not store.wants_labels  # else both sides filter by themselves
        self._current = CurrentIndex(database, store)
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="search")

    @traced("konspekt.search", lambda found: {"konspekt.passages": len(found)})
    def search(
        self,
        query: str,
        k: int = 8,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        sources: Sequence[str] | None = None,
        languages: Sequence[str] | None = None,
        mode: SearchMode | None = None,
    ) -> list[Passage]:
        """The best passages, at most one per document, near-duplicates folded; best first.

        Documents that the query links to come first, whatever the filters say. A channel or a person that it names as
        the place to look in limits the search to their posts, if there are any that fit.

        `since` and `until` are timezone-aware and inclusive, and leave out documents without a date; `sources` are
        source ids, titles or authors, `languages` those of the documents ("ru", "en"). `mode` None: reranked where
        there is a reranker, else fused.
        Raises NoIndexError when nothing has been indexed yet.
        """
        mode = mode or ("reranked" if self._reranker else "fused")
        if mode == "reranked" and self._reranker is None:
            raise IndexerError(say("no_reranker"))
        if k <= 0 or not query.strip():
            return []
        filters = Filters(since, until, sources, languages=languages)

        def found(session: Session, generation: Generation) -> list[Passage]:
            self._check(generation)
            run = Run(session, generation, k, mode)
            linked = look_up(session, query)
            if linked is None:
                return self._found(run, query, filters)
            about = linked.rest or query
            passages = self._found(replace(run, mode="fused"), about, Filters(documents=linked.documents))
            if not linked.alone:
                others = self._found(run, about, filters)
                passages += [p for p in others if p.document_id not in linked.documents]
            return passages

        passages = self._on_current(found)
        return [replace(passage, rank=rank) for rank, passage in enumerate(passages[:k], 1)]

    def by_words(
        self,
        query: str,
        k: int = 8,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        sources: Sequence[str] | None = None,
    ) -> list[Passage]:
        """What holds the query's words, however far its meaning is. Raises NoIndexError."""
        return self.search(query, k, since=since, until=until, sources=sources, mode="lexical")

    def within(self, query: str, documents: Sequence[str]) -> list[Passage]:
        """What these documents, and those that correct them, say to a query, a passage each, best first; documents that
        are gone are left out.

        Raises NoIndexError when nothing has been indexed yet.
        """
        if not documents:
            return []

        def found(session: Session, generation: Generation) -> list[Passage]:
            self._check(generation)
            newer = corrections_of(session, documents).values()
            these = list(dict.fromkeys([*documents, *newer]))
            return self._found(Run(session, generation, len(these), "fused"), query, Filters(documents=these))

        return [replace(passage, rank=rank) for rank, passage in enumerate(self._on_current(found), 1)]

    def understand(self, query: str) -> Understood:
        """The question as search reads it: the right keyboard and alphabet, without slips. Raises NoIndexError."""
        return self._on_current(lambda _session, generation: understand(query, generation.vocabulary))

    def titled_by_initials(self, name: str) -> list[str]:
        """What titles call by the letters of an abbreviation: «Classifier-free guidance» for `CFG`. Raises
        NoIndexError."""
        return self._on_current(
            lambda _session, generation: [long for title in generation.titles for long in by_initials(name, title)]
        )

    def linked(self, query: str) -> Linked | None:
        """What of the index the question links to; None where it links to nothing of it."""
        with self._database.read() as session:
            return look_up(session, query)

    def nearest_documents(self, query: str, most: int) -> dict[str, float]:
        """Document id -> how near it lies to a topic, in standard deviations above the mean; at most `most` chunks.

        Raises NoIndexError when nothing has been indexed yet.
        """

        def found(session: Session, generation: Generation) -> dict[str, float]:
            self._check(generation)
            return nearest_documents(session, generation, self._embed(query), most)

        return self._on_current(found)

    def scope(self, query: str) -> Scope | None:
        """The channel or the person that a question names as the place to look in. Raises NoIndexError."""
        return self._on_current(lambda _session, generation: find_scope(query, generation.names))

    def warm_up(self) -> None:
        """Load the model and the index, so that the first question is as fast as the next."""
        terms("прогрев")
        self._embed("прогрев")
        self._on_current(lambda _session, _generation: None)

    def _on_current(self, work: Callable[[Session, Generation], T]) -> T:
        """`work` on the current generation; on the next one if that is swept meanwhile, in a session that sees it."""
        for _ in range(RETRIES):
            with contextlib.suppress(GenerationGoneError), self._database.read() as session:
                return work(session, self._current.get(session))
        with self._database.read() as session:
            return work(session, self._current.get(session))

    # ---------------------------------------------------------------- one search

    def _found(self, run: Run, query: str, filters: Filters) -> list[Passage]:
        """The passages of one reading of the query; within the channel or person that it names, if they are known."""
        scope = None if filters.sources or filters.documents else find_scope(query, run.generation.names)
        if scope is not None:
            within = self._found(run, scope.rest, replace(filters, sources=[scope.source]))
            if within:
                return within
        question = understand(query, run.generation.vocabulary)
        future = self._pool.submit(self._embed, question.text) if run.mode != "lexical" else None
        where = Where(run.session, filters)
        if self._lists_ids:
            _ = where.allowed  # asked for while the question is embedded
        side: Side = "fused" if run.mode == "reranked" else run.mode
        vector = future.result() if future is not None else None
        scoring = Scoring(run.session, run.generation, question, vector, where, side)
        candidates = scoring.candidates(max(CANDIDATES, 4 * run.k))
        if not filters.documents:  # a link says which post is meant
            candidates = [one for one in candidates if not is_left_out(one.document, self._exclude)]
        candidates = siblings_later(question.terms, candidates)
        candidates = popular_first(candidates, lambda ids: _order(run.session, ids))
        limit = max(run.k, RERANKED) if run.mode == "reranked" else run.k
        hits = self._newer_first(scoring, candidates, fold(candidates, limit), limit)
        passages = assemble(hits, scoring.with_all_pieces(candidates, [hit.best.document.id for hit in hits]))
        return self._rerank(question.text, passages)[: run.k] if run.mode == "reranked" else passages

    @staticmethod
    def _newer_first(scoring: Scoring, candidates: list[Candidate], hits: list[Hit], limit: int) -> list[Hit]:
        """A post that was corrected comes after its correction, within what the filters let through."""
        corrections = corrections_of(scoring.session, [hit.best.document.id for hit in hits])
        if not corrections:
            return hits
        newer = scoring.best_of(candidates, list(corrections.values()))
        allowed = scoring.where.let_through([candidate.chunk.id for candidate in newer.values()])
        fitting = {name: c for name, c in newer.items() if c.chunk.id in allowed}
        return newer_first(hits, corrections, fitting, limit)

    def _embed(self, query: str) -> NDArray[np.float32]:
        vectors = self._embedder.embed_queries([joined_words(query)])  # [1, D]
        return np.asarray(vectors[0], np.float32)

    def _check(self, generation: Generation) -> None:
        if generation.model != self._embedder.name:
            raise IndexerError(say("other_model", made=generation.model, wanted=self._embedder.name))

    def _rerank(self, query: str, passages: list[Passage]) -> list[Passage]:
        assert self._reranker is not None
        marks = self._reranker.score(query, [f"{p.title}\n{p.text}" for p in passages])
        order = sorted(zip(passages, marks, strict=True), key=lambda pair: -pair[1])
        return [
            replace(passage, rank=rank, score=mark, rerank_score=mark)
            for rank, (passage, mark) in enumerate(order, start=1)
        ]


def _order(session: Session, document_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    return {name: one.order for name, one in popularity_of(session, document_ids).items()}
