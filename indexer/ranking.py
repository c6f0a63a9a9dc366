"""From scored chunks to hits: duplicates folded, the best chunk of a document with the neighbours that also matched."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from indexer.passages import Passage
from storage.models import ChunkRow, DocumentRow

NEIGHBOUR_TOKENS = 450  # a hit with its neighbours is no longer than this
NEIGHBOUR_DEPTH = 12  # neighbours help when they are themselves among the best candidates
FOLD_SHINGLES = 15  # shorter texts are folded only when they are equal
FOLD_ALIKE = 0.8  # Jaccard similarity
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Candidate:
    chunk: ChunkRow
    document: DocumentRow
    score: float
    dense: float | None
    lexical: float | None


@dataclass(slots=True)
class Hit:
    best: Candidate
    words: frozenset[tuple[str, ...]]  # shingles of its best chunk
    others: list[Candidate] = field(default_factory=list)  # further chunks of the same document, best first
    folded: list[str] = field(default_factory=list)


def assemble(candidates: Sequence[Candidate], k: int) -> list[Passage]:
    """At most `k` hits from candidates in order of score."""
    hits: dict[str, Hit] = {}
    of_text: dict[str, Hit] = {}  # fold hash -> the hit that stands for this text
    for position, candidate in enumerate(candidates):
        document = candidate.document
        if (hit := hits.get(document.id)) is not None:
            if position < NEIGHBOUR_DEPTH:
                hit.others.append(candidate)
            continue
        words = shingles(candidate.chunk.text)
        twin = of_text.get(document.fold_hash) or next((h for h in hits.values() if alike(words, h.words)), None)
        if twin is not None:
            if document.id not in twin.folded:
                twin.folded.append(document.id)
        elif len(hits) < k:
            hits[document.id] = of_text[document.fold_hash] = Hit(candidate, words)
    return [_passage(rank, hit) for rank, hit in enumerate(hits.values(), start=1)]


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Its runs of three words."""
    words = WORD.findall(text.casefold().replace("ё", "е"))
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def alike(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> bool:
    """The same text but for a footer or an edit: a forward, a cross-post. Posts of one template are less alike."""
    return min(len(one), len(other)) >= FOLD_SHINGLES and len(one & other) >= FOLD_ALIKE * len(one | other)


def _passage(rank: int, hit: Hit) -> Passage:
    best, document = hit.best, hit.best.document
    chunks = _with_neighbours(best.chunk, [other.chunk for other in hit.others])
    return Passage(
        rank=rank,
        score=best.score,
        document_id=document.id,
        chunk_id=best.chunk.id,
        title=document.title,
        url=chunks[0].url or document.url,
        published_at=document.published_at,
        source=document.source_id,
        text="\n\n".join(chunk.text for chunk in chunks),
        language=document.language,
        token_count=sum(chunk.token_count for chunk in chunks),
        dense_score=best.dense,
        lexical_score=best.lexical,
        folded=tuple(hit.folded),
    )


def _with_neighbours(best: ChunkRow, others: Sequence[ChunkRow]) -> list[ChunkRow]:
    """The best chunk and those others that touch it, in the order of the text, within the budget."""
    run, tokens = [best], best.token_count
    for other in others:
        touches = other.ordinal in {run[0].ordinal - 1, run[-1].ordinal + 1}
        if touches and tokens + other.token_count <= NEIGHBOUR_TOKENS:
            run = sorted([*run, other], key=lambda chunk: chunk.ordinal)
            tokens += other.token_count
    return run
