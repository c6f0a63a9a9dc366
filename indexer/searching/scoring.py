"""One query against one generation: which chunks, and how well each fits by meaning and by words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from konspekt.indexer.language import detect_language
from konspekt.indexer.query.translations import translated
from konspekt.indexer.query.understanding import Understood
from konspekt.indexer.searching.fusion import Fusion
from konspekt.indexer.searching.loaded_index import Generation
from konspekt.indexer.searching.ranking import Candidate
from konspekt.storage.index.chunks import living, of_documents, text_hashes, with_documents
from konspekt.storage.index.filters import Where
from konspekt.storage.index.full_text import search_terms
from konspekt.storage.index.stored_vectors import vectors_of
from konspekt.storage.models import ChunkRow, DocumentRow

Side = Literal["fused", "dense", "lexical"]
PIECES_SCORED = 400  # chunks of the documents found that are looked at beside the candidates


@dataclass(slots=True)
class Scoring:
    """`vector`: the question's embedding [D], None for a search by words alone. `where`: where to look."""

    session: Session
    generation: Generation
    question: Understood
    vector: NDArray[np.float32] | None
    where: Where
    side: Side
    dense: dict[int, float] = field(default_factory=dict)  # chunk id -> cosine
    lexical: dict[int, float] = field(default_factory=dict)  # chunk id -> BM25
    foreign: dict[int, float] = field(default_factory=dict)  # chunk id -> BM25 of the question's words translated

    def candidates(self, wanted: int) -> list[Candidate]:
        """The best `wanted` of each side, best first."""
        if self.side != "dense":
            self.lexical = dict(search_terms(self.session, self.question.terms, wanted, where=self.where))
            self.foreign = self._in_the_other_language(wanted)
        if self.vector is not None:
            self.dense = self._nearest(self.vector, wanted)
        found = self.dense.keys() | self.lexical.keys() | self.foreign.keys()
        self._complete(found)
        return self._ranked(found, None)

    def with_all_pieces(self, candidates: Sequence[Candidate], document_ids: Sequence[str]) -> list[Candidate]:
        """The candidates of these documents with the documents' other chunks, measured by the same scale.

        The piece that answers need not be among the nearest of the whole index: its document is what was found.
        """
        ids = of_documents(self.session, document_ids, PIECES_SCORED)
        known = {candidate.chunk.id for candidate in candidates}
        fusion = self._fusion(candidates)
        self._complete(set(ids))
        return [*candidates, *self._ranked([i for i in ids if i not in known], fusion)]

    def best_of(self, candidates: Sequence[Candidate], document_ids: Sequence[str]) -> dict[str, Candidate]:
        """Document id -> its best chunk."""
        best: dict[str, Candidate] = {}
        for candidate in self.with_all_pieces(candidates, document_ids):
            name = candidate.document.id
            if name in document_ids and (name not in best or candidate.score > best[name].score):
                best[name] = candidate
        return best

    # ---------------------------------------------------------------- the two sides

    def _nearest(self, vector: NDArray[np.float32], wanted: int) -> dict[int, float]:
        """The nearest living chunks; looks further while the file yields ids whose chunk is gone."""
        size = wanted
        while True:
            hits = self.generation.index.search(vector, size, self.where)
            alive = living(self.session, [i for i, _ in hits])
            found = {i: score for i, score in hits if i in alive}
            if len(found) >= wanted or len(hits) < size:
                return dict(list(found.items())[:wanted])
            size *= 4

    def _in_the_other_language(self, wanted: int) -> dict[int, float]:
        """The chunks of the other language that hold most of the question's words, translated."""
        found = dict(search_terms(self.session, self._translated(), wanted, where=self.where))
        rows = with_documents(self.session, found)
        return {chunk.id: found[chunk.id] for chunk, _ in rows if self._is_foreign(chunk)}

    def _translated(self) -> tuple[str, ...]:
        """The question's words in the other language; none where the index has but one."""
        return translated(self.question.terms) if len(self.generation.languages.shares) > 1 else ()

    def _is_foreign(self, chunk: ChunkRow) -> bool:
        return detect_language(chunk.text) != detect_language(self.question.text)

    def _complete(self, ids: Iterable[int]) -> None:
        """Score what only one side found on the other side too: fused scores then compare like with like."""
        if self.side != "dense":
            for words, scored in ((self.question.terms, self.lexical), (self._translated(), self.foreign)):
                unread = [i for i in ids if i not in scored]
                scored.update(search_terms(self.session, words, len(unread), unread))
        if self.vector is not None and self.side != "lexical":
            hashes = text_hashes(self.session, [i for i in ids if i not in self.dense])
            vectors = vectors_of(self.session, self.generation.model, list(dict.fromkeys(hashes.values())))
            found = {i: float(vectors[key] @ self.vector) for i, key in hashes.items() if key in vectors}
            self.dense.update(found)

    # ---------------------------------------------------------------- together

    def _ranked(self, ids: Iterable[int], fusion: Fusion | None) -> list[Candidate]:
        rows = with_documents(self.session, ids)
        even = {chunk.id: self._even(chunk.id, chunk.text) for chunk, _ in rows if chunk.id in self.dense}
        lexical = self._by_words(rows)
        if self.side != "fused":
            scores = self.dense if self.side == "dense" else lexical
        else:
            fusion = fusion or self._fusion_of(even, lexical)
            scores = fusion.scores([chunk.id for chunk, _ in rows], even, lexical)
        found = [
            Candidate(
                chunk, document, scores[chunk.id], even.get(chunk.id),
                self.dense.get(chunk.id), lexical.get(chunk.id),
            )
            for chunk, document in rows
            if chunk.id in scores
        ]  # fmt: skip
        return sorted(found, key=lambda candidate: (-candidate.score, candidate.chunk.id))

    def _by_words(self, rows: Sequence[tuple[ChunkRow, DocumentRow]]) -> dict[int, float]:
        """BM25 of the question's words, in chunks of the other language with those of their translations."""
        found = {chunk.id: self.lexical[chunk.id] for chunk, _ in rows if chunk.id in self.lexical}
        for chunk, _ in rows:
            if chunk.id in self.foreign and self._is_foreign(chunk):
                found[chunk.id] = found.get(chunk.id, 0.0) + self.foreign[chunk.id]
        return found

    def _even(self, chunk_id: int, text: str) -> float:
        """The cosine without what is only the language."""
        assert self.vector is not None
        return self.dense[chunk_id] - self.generation.languages.correction(self.vector, text)

    def _fusion(self, candidates: Sequence[Candidate]) -> Fusion:
        even = {c.chunk.id: c.even for c in candidates if c.even is not None}
        return self._fusion_of(even, {c.chunk.id: c.lexical for c in candidates if c.lexical is not None})

    def _fusion_of(self, even: dict[int, float], lexical: dict[int, float]) -> Fusion:
        return Fusion.of(even, lexical, self.generation.languages.lexical_weight(self.question.text))
