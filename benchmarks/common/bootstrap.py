"""Intervals for shares and means over questions: which questions were asked is also a matter of chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

RESAMPLES = 2000


def interval(values: Sequence[float], seed: int = 0) -> dict[str, float]:
    """The mean and its 95 % interval, by resampling the questions with replacement."""
    held = np.asarray(values, np.float64)
    if not len(held):
        return {"mean": float("nan"), "low": float("nan"), "high": float("nan"), "n": 0}
    rng = np.random.default_rng(seed)
    means = held[rng.integers(len(held), size=(RESAMPLES, len(held)))].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return {
        "mean": round(float(held.mean()), 3),
        "low": round(float(low), 3),
        "high": round(float(high), 3),
        "n": len(held),
    }
