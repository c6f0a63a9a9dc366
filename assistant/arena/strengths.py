"""Bradley–Terry strengths from votes on pairs, in points as in chess (400 points: ten wins to one), with intervals.

The model: i beats j with probability s_i / (s_i + s_j). A tie is half a win for each, as is customary.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import choix

from konspekt.answering.quality.intervals import resamples, spread
from konspekt.storage.judging.matches import Vote

RESAMPLES = 200
PRIOR = 0.1  # of a win each way between any two: one that has only won is not infinitely strong
POINTS = 400 / math.log(10)

Voted = tuple[str, str, Vote]  # left name, right name, vote


@dataclass(frozen=True, slots=True)
class Strength:
    """`points` around 0 for all together; `within`: 95 % of them for other such votes. `won` of `votes`, ties half."""

    name: str
    points: float
    within: tuple[float, float]
    won: float
    votes: int


def strengths(votes: Sequence[Voted]) -> list[Strength]:
    """Of everyone with a vote, the strongest first. Pairs of one and the same are left out."""
    votes = [one for one in votes if one[0] != one[1]]
    names = sorted({name for left, right, _ in votes for name in (left, right)})
    if not names:
        return []
    fitted = _points(names, votes)
    pool = [*votes, *_unseen(votes)]
    drawn = [_points(names, [pool[place] for place in places]) for places in resamples(len(pool), RESAMPLES)]
    found = []
    for place, name in enumerate(names):
        within = spread([points[place] for points in drawn]) or (fitted[place], fitted[place])
        shares = [share for vote in votes if (share := _share(name, vote)) is not None]
        found.append(Strength(name, fitted[place], within, sum(shares), len(shares)))
    return sorted(found, key=lambda one: (-one.points, one.name))


def _unseen(votes: Sequence[Voted]) -> list[Voted]:
    """A win each way for everyone who met, to be drawn with the votes: else one vote, or any number of them that agree,
    would leave no doubt."""
    met = sorted({(min(left, right), max(left, right)) for left, right, _ in votes})
    return [(one, other, vote) for one, other in met for vote in ("left", "right")]


def _points(names: Sequence[str], votes: Sequence[Voted]) -> list[float]:
    """Each vote is two comparisons: both for the winner, or one for each."""
    number = {name: place for place, name in enumerate(names)}
    pairs: list[tuple[int, int]] = []
    for left, right, vote in votes:
        one, other = number[left], number[right]
        if vote == "left":
            pairs += [(one, other)] * 2
        elif vote == "right":
            pairs += [(other, one)] * 2
        else:
            pairs += [(one, other), (other, one)]
    return [float(value) * POINTS for value in choix.ilsr_pairwise(len(names), pairs, alpha=PRIOR)]


def _share(name: str, voted: Voted) -> float | None:
    """Of the vote that goes to this one; None where it did not take part."""
    left, right, vote = voted
    if name not in {left, right}:
        return None
    if vote in {"both", "neither"}:
        return 0.5
    return float(name == (left if vote == "left" else right))
