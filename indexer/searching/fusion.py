"""Putting dense and lexical scores together."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

LEXICAL_WEIGHT = 1.0  # measured, and better than reciprocal rank fusion: benchmarks/NOTES.md, "Retrieval"


def fuse(dense: Mapping[int, float], lexical: Mapping[int, float], weight: float = LEXICAL_WEIGHT) -> dict[int, float]:
    """Sum of z-normalised scores over all candidates; a candidate that one side did not score gets its lowest."""
    ids = list(dense.keys() | lexical.keys())
    if not ids:
        return {}
    total = _z(ids, dense) + weight * _z(ids, lexical)
    return dict(zip(ids, total.tolist(), strict=True))


def _z(ids: list[int], scores: Mapping[int, float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    if not scores:
        return np.zeros(len(ids))
    lowest = min(scores.values())
    values = np.array([scores.get(i, lowest) for i in ids], np.float64)
    deviation = float(values.std())
    return (values - values.mean()) / deviation if deviation > 1e-9 else np.zeros(len(ids))
