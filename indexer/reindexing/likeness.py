"""Which earlier chunks of a channel are most like some words, at a cost that does not grow with the index.

The score is BM25, as the search by words has it. But whereas a search visits every chunk that holds any of its words,
here a word that very many chunks hold finds nothing, and of what the rarer words find the most promising are scored: a
channel of fifty thousand posts asks this for thousands of them, one after the other.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from konspekt.storage.index.catalogue import documents_of_chunks
from konspekt.storage.index.corrections import dated_chunks
from konspekt.storage.index.impacts import K1, TITLE_WEIGHT, B
from konspekt.storage.index.term_counts import (
    chunks_with,
    count_chunks,
    count_chunks_with,
    mean_length,
    terms_of_chunks,
)

HELD_AT_MOST = 2000  # a word of more chunks finds none by itself; it still counts in the score of those found
SCORED_AT_MOST = 500  # of the chunks found, those with the most of the rare words
BLOCK = 50  # chunks whose terms are read at once
REMEMBERED = 4_000_000  # chunk ids kept in memory for words asked before

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Like:
    """A chunk that is like the words, the document it is of, and which of the words it holds."""

    chunk_id: int
    document_id: str
    held: frozenset[str]


@dataclass(slots=True)
class Likeness:
    """What one transaction looked up in an index whose terms no longer change within it."""

    session: Session
    held_at_most: int = HELD_AT_MOST
    scored_at_most: int = SCORED_AT_MOST
    _total: int | None = None
    _mean_length: float | None = None
    _counts: dict[str, int] = field(default_factory=dict)
    _holders: dict[str, Ids] = field(default_factory=dict)
    _remembered: int = 0
    _dated: dict[str, tuple[datetime | None, Ids, NDArray[np.float64]]] = field(default_factory=dict)

    def rarity(self, words: Iterable[str]) -> Mapping[str, float]:
        """Word -> the logarithm of how many chunks there are for each that holds it."""
        wanted = list(words)
        counts, total = self._counted(wanted), self._chunks()
        return {word: math.log(1 + total / (1 + counts[word])) for word in wanted}

    def best(self, words: Sequence[str], source_id: str, since: datetime, before: datetime, count: int) -> list[Like]:
        """The `count` chunks with the highest BM25 among those of the source's documents of that time, best first."""
        idf = self._idf(words)
        rare = [word for word in idf if self._counts[word] <= self.held_at_most]
        if not rare:
            return []
        slack = sum(weight for word, weight in idf.items() if word not in rare)  # any chunk may hold the common ones
        holders = [self._chunks_with(word) for word in rare]
        weights = np.repeat([idf[word] for word in rare], [len(ids) for ids in holders])
        ids, place = np.unique(np.concatenate(holders), return_inverse=True)
        promise = np.bincount(place, weights, minlength=len(ids))
        inside = self._within(ids, source_id, since, before)
        ids, promise = ids[inside], promise[inside]
        order = np.argsort(-promise, kind="stable")[: self.scored_at_most]
        scored: list[tuple[float, int, set[str]]] = []  # the score with its sign turned
        for at in range(0, len(order), BLOCK):
            highest = (K1 + 1) * (promise[order[at]] + slack)  # that anything from here on can reach
            if len(scored) == count and scored[-1][0] <= -highest:
                break
            found = terms_of_chunks(self.session, ids[order[at : at + BLOCK]].tolist())
            for chunk, (title, body) in found.items():
                scored.append((-self._score(idf, title, body), chunk, idf.keys() & {*title, *body}))
            scored = sorted(scored, key=lambda hit: hit[:2])[:count]
        documents = documents_of_chunks(self.session, [chunk for _, chunk, _ in scored])
        return [Like(chunk, documents[chunk], frozenset(held)) for _, chunk, held in scored]

    def _score(self, idf: Mapping[str, float], title: Sequence[str], body: Sequence[str]) -> float:
        """As FTS5 computes it, in its order of additions."""
        if self._mean_length is None:
            self._mean_length = mean_length(self.session)
        in_title, in_body = Counter(title), Counter(body)
        share = K1 * (1 - B + B * (len(title) + len(body)) / self._mean_length)
        score = 0.0
        for word, weight in idf.items():
            frequency = TITLE_WEIGHT * in_title[word] + in_body[word]
            score += weight * (frequency * (K1 + 1) / (frequency + share))
        return score

    # ---------------------------------------------------------------- looked up once

    def _chunks(self) -> int:
        if self._total is None:
            self._total = count_chunks(self.session)
        return self._total

    def _counted(self, words: Iterable[str]) -> Mapping[str, int]:
        self._counts.update(count_chunks_with(self.session, [word for word in words if word not in self._counts]))
        return self._counts

    def _idf(self, words: Sequence[str]) -> dict[str, float]:
        """Of those words that any chunk holds."""
        counts, total = self._counted(words), self._chunks()
        return {
            word: max(1e-6, math.log((total - counts[word] + 0.5) / (counts[word] + 0.5)))
            for word in dict.fromkeys(words)
            if counts[word]
        }

    def _chunks_with(self, word: str) -> Ids:
        if word not in self._holders:
            if self._remembered > REMEMBERED:
                self._holders.clear()
                self._remembered = 0
            self._holders[word] = chunks_with(self.session, word, self.held_at_most)
            self._remembered += len(self._holders[word])
        return self._holders[word]

    def _within(self, ids: Ids, source_id: str, since: datetime, before: datetime) -> NDArray[np.bool_]:
        """Which of the chunks are of the source's documents of that time."""
        kept = self._dated.get(source_id)
        if kept is None or (kept[0] is not None and kept[0] > since):
            # A live post needs its own time alone; a second one from before that, and all will be asked for
            start = since if kept is None else None
            kept = self._dated[source_id] = (start, *dated_chunks(self.session, source_id, start))
        _, chunks, moments = kept
        if not len(chunks):
            return np.zeros(len(ids), np.bool_)
        at = np.minimum(np.searchsorted(chunks, ids), len(chunks) - 1)
        times = moments[at]
        found: NDArray[np.bool_] = (chunks[at] == ids) & (times >= since.timestamp()) & (times < before.timestamp())
        return found
