"""Bootstrap intervals: which questions were asked is a matter of chance too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np

RESAMPLES = 500
COVERED = (0.025, 0.975)  # a 95 % interval

T = TypeVar("T")


def resamples(count: int, times: int = RESAMPLES, seed: int = 0) -> Iterator[list[int]]:
    """Places of `count` things drawn with replacement, again and again; the same every time."""
    drawn = np.random.default_rng(seed)
    for _ in range(times):
        yield [int(place) for place in drawn.integers(count, size=count)]


def interval(things: Sequence[T], measured: Callable[[Sequence[T]], float | None]) -> tuple[float, float] | None:
    """Within which a number would lie for other such questions; None where there is nothing to measure."""
    if not things:
        return None
    values = [measured([things[place] for place in places]) for places in resamples(len(things))]
    return spread([value for value in values if value is not None])


def spread(values: Sequence[float]) -> tuple[float, float] | None:
    """The middle 95 % of the values."""
    if not values:
        return None
    low, high = np.quantile(np.asarray(values, np.float64), COVERED)
    return round(float(low), 4), round(float(high), 4)
