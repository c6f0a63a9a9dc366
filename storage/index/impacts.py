"""How much a term can add to a chunk's BM25, as a class that is kept with the chunk: what lets a search stop early.

PostgreSQL's index over terms says which chunks hold a word, and half of them may. A word's class in a chunk is its
frequency against the chunk's length, on a scale of powers of `STEP`; chunks are found by (term, class), the highest
first, and each class bounds what a word can still add. The mean length changes with every chunk, so classes are of a
fixed reference length and the bound allows for the difference.
"""

from __future__ import annotations

import math
from collections import Counter

TITLE_WEIGHT = 2.0
K1, B = 1.2, 0.75
REFERENCE = 60.0  # terms in a chunk of the length that classes are made for
LOWEST, STEP, TOP = 0.25, 1.3, 15  # class n: from LOWEST * STEP^n on; the first and the last are open


def impact_classes(title: str, body: str) -> dict[str, int]:
    """Term -> its class in the chunk."""
    in_title, in_body = Counter(title.split()), Counter(body.split())
    length = in_title.total() + in_body.total()
    shortness = 1 - B + B * length / REFERENCE
    return {
        term: _class_of((TITLE_WEIGHT * in_title[term] + in_body[term]) / shortness)
        for term in in_title.keys() | in_body.keys()
    }


def _class_of(impact: float) -> int:
    return max(0, min(TOP, math.floor(math.log(impact / LOWEST) / math.log(STEP))))


def impact_key(term: str, impact_class: int) -> str:
    return f"{impact_class}:{term}"


def most_of(impact_class: int, rarity: float, mean_length: float) -> float:
    """The most that a word of this class and rarity (its idf) adds to the score of a chunk."""
    if impact_class >= TOP:
        return rarity * (K1 + 1)
    impact = LOWEST * STEP ** (impact_class + 1) * max(1.0, mean_length / REFERENCE)
    return rarity * (K1 + 1) * impact / (impact + K1)


def bm25(rarities: dict[str, float], title: str, body: str, relative_length: float) -> float:
    """As SQLite's FTS5 computes it, of the words in `rarities` (term -> idf)."""
    in_title, in_body = Counter(title.split()), Counter(body.split())
    score = 0.0
    for term, weight in rarities.items():
        frequency = TITLE_WEIGHT * in_title[term] + in_body[term]
        score += weight * frequency * (K1 + 1) / (frequency + K1 * (1 - B + B * relative_length))
    return score


def rarity(total: int, holding: int) -> float:
    """FTS5's idf: a word that more than half of the chunks hold still counts a little."""
    return max(1e-6, math.log((total - holding + 0.5) / (holding + 0.5)))
