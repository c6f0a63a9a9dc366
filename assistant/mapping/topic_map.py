"""Documents in groups of like meaning, named by the words that set them apart, on an axis of time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from konspekt.answering.words.vocabulary import content_terms
from konspekt.indexer.errors import NoIndexError
from konspekt.indexer.messages import say
from konspekt.storage.index.catalogue import Card, cards
from konspekt.storage.index.generations import current_generation
from konspekt.storage.index.stored_vectors import document_vectors

if TYPE_CHECKING:
    from konspekt.storage.database import Database

MOST_POINTS = 3000  # the newest; more cannot be told apart on a screen
LEAST_POINTS, MOST_GROUPS = 6, 8
NAMED_BY = 3  # words
WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class Point:
    """A document. `height`: 0 to 1 within its group, like meanings near each other."""

    document_id: str
    title: str
    published_at: datetime
    group: int
    height: float


@dataclass(frozen=True, slots=True)
class TopicMap:
    """`names` of the groups, of which neighbours are alike."""

    points: tuple[Point, ...]
    names: tuple[str, ...]


class TopicMaps:
    """The map of the current index, drawn once for each. Calls block, the first for a second or two."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: tuple[int, TopicMap] | None = None

    def current(self) -> TopicMap:
        """Raises NoIndexError."""
        with self._database.read() as session:
            generation = current_generation(session)
            if generation is None:
                raise NoIndexError(say("nothing_indexed"))
            if self._kept is not None and self._kept[0] == generation.id:
                return self._kept[1]
            dated = [card for card in cards(session) if card.published_at is not None and not card.hidden]
            dated = dated[-MOST_POINTS:]
            vectors = document_vectors(session, generation.model, [card.id for card in dated])
        there = [card for card in dated if card.id in vectors]
        drawn = drawn_map(there, np.stack([vectors[card.id] for card in there])) if there else TopicMap((), ())
        self._kept = (generation.id, drawn)
        return drawn


def drawn_map(found: Sequence[Card], vectors: NDArray[np.float32]) -> TopicMap:
    """`vectors`: [n, D], one for each card."""
    centred = vectors - vectors.mean(0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:2] if len(found) > 1 else np.zeros((2, vectors.shape[1]))
    along, across = centred @ axes[0], centred @ axes[-1]  # [n] each
    labels = _groups(centred)
    order = sorted(set(labels.tolist()), key=lambda group: float(along[labels == group].mean()))
    place = {group: number for number, group in enumerate(order)}
    ranks = {group: _ranked(across[labels == group]) for group in order}
    seen: Counter[int] = Counter()
    points = []
    for card, label in zip(found, labels.tolist(), strict=True):
        assert card.published_at is not None
        height = float(ranks[label][seen[label]])
        seen[label] += 1
        points.append(Point(card.id, card.title or card.id, card.published_at, place[label], height))
    texts = [
        [f"{card.title}\n{card.opening}" for card, one in zip(found, labels, strict=True) if one == group]
        for group in order
    ]
    return TopicMap(tuple(points), tuple(_names(texts)))


def _groups(centred: NDArray[np.float32]) -> NDArray[np.int64]:
    """A group for each row."""
    if len(centred) < LEAST_POINTS:
        return np.zeros(len(centred), np.int64)
    from sklearn.cluster import KMeans

    count = int(min(MOST_GROUPS, max(2, round((len(centred) / 2) ** 0.5))))
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    unit = centred / np.maximum(lengths, 1e-9)
    return np.asarray(KMeans(count, n_init=4, random_state=0).fit_predict(unit), np.int64)


def _ranked(values: NDArray[Any]) -> NDArray[np.float64]:
    """Places in order, spread over 0 to 1: points do not lie on each other."""
    ranks = np.empty(len(values), np.float64)
    ranks[np.argsort(values, kind="stable")] = (np.arange(len(values)) + 0.5) / len(values)
    return ranks


def _names(groups: Sequence[Sequence[str]]) -> list[str]:
    """The words that many documents of a group hold and few of the others, as they are written most often."""
    held = [Counter(term for text in texts for term in set(content_terms(text))) for texts in groups]
    everywhere = Counter(term for one in held for term in one)
    written: dict[str, Counter[str]] = {}
    for texts in groups:
        for text in texts:
            for word in WORD.findall(text):
                for term in content_terms(word)[:1]:
                    written.setdefault(term, Counter())[word if word.isupper() else word.lower()] += 1
    names = []
    for terms in held:
        weight = {
            term: count * log(1 + len(groups) / everywhere[term]) for term, count in terms.items() if term in written
        }
        best = sorted(weight, key=lambda term: (-weight[term], term))[:NAMED_BY]
        names.append(", ".join(written[term].most_common(1)[0][0] for term in best))
    return names
