"""A question in one language, an index in two: what of a score is only the language.

An embedding holds the language of a text beside its topic, so that an English question is nearer to every English
chunk than to the Russian one that answers it. Most of that is one direction: the mean of each language's chunks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from konspekt.indexer.language import detect_language
from konspekt.indexer.searching.fusion import LEXICAL_WEIGHT

Vector = NDArray[np.float32]

SHARE_TAKEN = 0.75  # of the mean's similarity; measured: benchmarks/NOTES.md, "Retrieval, strangers' questions"
FOREIGN_LEXICAL_WEIGHT = 0.6  # words of a language that the index hardly contains are found in the wrong places
MINORITY = 0.5
FEWEST = 5  # chunks that make a mean


@dataclass(frozen=True, slots=True)
class Languages:
    means: dict[str, Vector]  # language -> mean vector [D] of its chunks
    shares: dict[str, float]

    @classmethod
    def of(cls, sample: Iterable[tuple[str, Vector]]) -> Languages:
        vectors: dict[str, list[Vector]] = {}
        for text, vector in sample:
            vectors.setdefault(detect_language(text), []).append(vector)
        total = sum(map(len, vectors.values()))
        means = {language: np.mean(of, axis=0) for language, of in vectors.items() if len(of) >= FEWEST}
        return cls(means, {language: len(of) / total for language, of in vectors.items()})

    def correction(self, question: Vector, text: str) -> float:
        """What to take off the cosine of the question [D] and a chunk of this text; 0 in an index of one language."""
        mean = self.means.get(detect_language(text))
        return SHARE_TAKEN * float(mean @ question) if mean is not None and len(self.means) > 1 else 0.0

    def lexical_weight(self, question: str) -> float:
        """Less where most of the index is in another language than the question."""
        share = self.shares.get(detect_language(question), 0.0)
        return FOREIGN_LEXICAL_WEIGHT if self.shares and share < MINORITY else LEXICAL_WEIGHT
