"""From which probability on a rule says yes, chosen by leaving writers out.

Questions of one writer resemble one another more than they resemble the next reader's, so that a threshold by which 5 %
of known writers' answerable questions are refused refuses more of a new writer's. Here each writer's questions are
scored by a rule that was fitted without them, a threshold is chosen without them too, and what it refuses of them is
what a new writer may expect.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

_STEP, _ROUNDING = 0.0025, 1e-9
_OFF_TOPIC = 0.08  # of what is off topic may be refused with a quote; most of it never comes here (`asides.py`)
_ASKED = 3.0  # answerable questions of readers for each other one: in talks there are six and more


@dataclass(frozen=True, slots=True)
class Scored:
    """`kind`: answerable, near_miss or off_topic. `score`: 0 to 1, by a rule that did not see this writer. `spoken_of`:
    whether enough of the question's words stand in a passage for a quote to be shown in a refusal."""

    writer: str
    kind: str
    score: float
    spoken_of: bool = True


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Shares of one writer's questions that are refused by the threshold that the others chose; `answerable`: how many
    questions the first is of."""

    writer: str
    answerable: int
    refused_wrongly: float
    near_misses_refused: float | None  # None where the writer has none


@dataclass(frozen=True, slots=True)
class Bounds:
    """Yes from `threshold` on, below `doubted` with a doubt; no below it, with a quote from `nearly` on."""

    threshold: float
    doubted: float
    nearly: float
    left_out: tuple[LeftOut, ...]

    @property
    def refused_wrongly(self) -> float:
        """By the average writer that was left out."""
        return float(np.mean([one.refused_wrongly for one in self.left_out]))


def bounds(scored: Sequence[Scored], allowed: float) -> Bounds:
    """Of the shares that may be aimed at, the largest one that keeps to `allowed` for writers who are left out; half of
    `allowed` where none does, for one writer unlike all others must not make the rule answer everything."""
    aims = np.arange(allowed, 0.49 * allowed, -_STEP)
    for aim in map(float, aims):
        left_out = tuple(_left_out(scored, writer, aim) for writer in _writers(scored))
        if np.mean([one.refused_wrongly for one in left_out]) <= allowed + _ROUNDING:
            break
    threshold = threshold_at(scored, aim)
    return Bounds(threshold, doubted(scored, threshold), nearly(scored, threshold), left_out)


def threshold_at(scored: Sequence[Scored], share: float) -> float:
    """Halfway between the highest score at which no more than `share` of the average writer's answerable questions lie
    below, and the next lower one."""
    of: defaultdict[str, list[float]] = defaultdict(list)
    for one in scored:
        if one.kind == "answerable":
            of[one.writer].append(one.score)
    scores = sorted({score for row in of.values() for score in row})
    low, high = 0, len(scores) - 1
    while low < high:  # the share below grows with the score
        middle = (low + high + 1) // 2
        if _mean_below(of, scores[middle]) <= share + _ROUNDING:
            low = middle
        else:
            high = middle - 1
    return (scores[max(0, low - 1)] + scores[low]) / 2


def doubted(scored: Sequence[Scored], threshold: float) -> float:
    """The highest bound below which as many answers are wrong as right, as readers ask; the threshold where none is."""
    answered = sorted((one for one in scored if one.score >= threshold), key=lambda one: one.score)
    good = sum(one.kind == "answerable" for one in scored)
    worth = _ASKED * (len(scored) - good) / max(1, good)  # of one answerable question
    found, wrong, right = threshold, 0.0, 0.0
    for one in answered:
        if one.kind == "answerable":
            right += worth
        else:
            wrong += 1.0
        if wrong and wrong >= right:
            found = one.score
    return found


def nearly(scored: Sequence[Scored], threshold: float) -> float:
    """The lowest bound above which few of the off-topic questions are refused with a quote."""
    refused = [one for one in scored if one.kind == "off_topic" and one.score < threshold]
    off = sorted((one.score for one in refused if one.spoken_of), reverse=True)
    few = int(_OFF_TOPIC * sum(one.kind == "off_topic" for one in scored))
    return off[few] if few < len(off) else 0.0


def _writers(scored: Sequence[Scored]) -> list[str]:
    return sorted({one.writer for one in scored if one.kind == "answerable"})


def _left_out(scored: Sequence[Scored], writer: str, aim: float) -> LeftOut:
    threshold = threshold_at([one for one in scored if one.writer != writer], aim)

    def refused(kind: str) -> list[bool]:
        return [one.score < threshold for one in scored if one.writer == writer and one.kind == kind]

    good, near = refused("answerable"), refused("near_miss")
    share = round(float(np.mean(near)), 3) if near else None
    return LeftOut(writer, len(good), round(float(np.mean(good)), 3), share)


def _mean_below(of: Mapping[str, Sequence[float]], threshold: float) -> float:
    return float(np.mean([np.mean([score < threshold for score in row]) for row in of.values()]))
