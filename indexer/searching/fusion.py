"""Putting dense and lexical scores together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

LEXICAL_WEIGHT = 1.0  # measured, and better than reciprocal rank fusion: benchmarks/NOTES.md, "Retrieval"
_ALIKE = 1e-9


@dataclass(frozen=True, slots=True)
class Scale:
    """A score in standard deviations above the mean of the candidates. A missing one counts as the lowest.

    Where all that are there are alike (a word that one chunk alone holds) it counts as none: the lowest would be the
    highest, and a name that stands in one post would not find it.
    """

    mean: float
    deviation: float
    lowest: float

    @classmethod
    def of(cls, ids: Collection[int], scores: Mapping[int, float]) -> Scale:
        if not scores or not ids:
            return cls(0.0, 0.0, 0.0)
        lowest = min(scores.values())
        if len(scores) < len(ids) and max(scores.values()) - lowest < _ALIKE:
            lowest = 0.0
        values = np.array([scores.get(i, lowest) for i in ids], np.float64)
        return cls(float(values.mean()), float(values.std()), lowest)

    def __call__(self, score: float | None) -> float:
        value = self.lowest if score is None else score
        return (value - self.mean) / self.deviation if self.deviation > _ALIKE else 0.0


@dataclass(frozen=True, slots=True)
class Fusion:
    """Sum of z-normalised scores. The scales come from the candidates; a chunk scored later is measured on them."""

    dense: Scale
    lexical: Scale
    weight: float

    @classmethod
    def of(cls, dense: Mapping[int, float], lexical: Mapping[int, float], weight: float = LEXICAL_WEIGHT) -> Fusion:
        ids = dense.keys() | lexical.keys()
        return cls(Scale.of(ids, dense), Scale.of(ids, lexical), weight)

    def scores(self, ids: Iterable[int], dense: Mapping[int, float], lexical: Mapping[int, float]) -> dict[int, float]:
        return {i: self.dense(dense.get(i)) + self.weight * self.lexical(lexical.get(i)) for i in ids}


def fuse(dense: Mapping[int, float], lexical: Mapping[int, float], weight: float = LEXICAL_WEIGHT) -> dict[int, float]:
    """The fused scores of all candidates."""
    return Fusion.of(dense, lexical, weight).scores(dense.keys() | lexical.keys(), dense, lexical)
