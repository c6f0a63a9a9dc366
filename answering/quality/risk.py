"""From which probability on to answer: risk against coverage over questions whose right decision is known.

Answering more brings more wrong answers, refusing more brings more wrong refusals. The threshold is the highest one
at which at most a given share of the answerable questions is refused. What it will reach on questions of the same
kind is measured on those that a resample left out, never on those that it was chosen by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from konspekt.answering.quality.intervals import interval, resamples, spread

FALSE_REFUSALS = 0.05  # share of the answerable questions that may be refused
UNSURE = 0.2  # share of the answerable questions that are answered with a doubt, or not at all
FEWEST = 40  # questions; with fewer the threshold is chance
FEWEST_OF_A_KIND = 8
POINTS = 12  # of a curve


@dataclass(frozen=True, slots=True)
class Scored:
    """A question, the probability that what was found answers it, and whether it does."""

    question: str
    probability: float
    answerable: bool


@dataclass(frozen=True, slots=True)
class Point:
    """Shares at one threshold. `answered` of all; `wrong_answers` of those that must be refused; `wrong_refusals` of
    the answerable ones; `risk`: of what is answered, what should have been refused."""

    threshold: float
    answered: float
    wrong_answers: float
    wrong_refusals: float
    risk: float


@dataclass(frozen=True, slots=True)
class Expected:
    """What thresholds chosen on a part of the questions reach on the rest: means with 95 % intervals."""

    answered: tuple[float, float, float]
    wrong_answers: tuple[float, float, float]
    wrong_refusals: tuple[float, float, float]


def too_few(scored: Sequence[Scored]) -> str | None:
    """Why these questions decide nothing: `few`, `no_answerable`, `no_refusals`; None where they are enough."""
    answerable = sum(one.answerable for one in scored)
    if answerable < FEWEST_OF_A_KIND:
        return "no_answerable" if len(scored) >= FEWEST else "few"
    if len(scored) - answerable < FEWEST_OF_A_KIND:
        return "no_refusals" if len(scored) >= FEWEST else "few"
    return "few" if len(scored) < FEWEST else None


def point(scored: Sequence[Scored], threshold: float) -> Point:
    answered = [one for one in scored if one.probability >= threshold]
    wrong = sum(not one.answerable for one in answered)
    answerable = sum(one.answerable for one in scored)
    refused = answerable - (len(answered) - wrong)
    return Point(
        threshold,
        _share(len(answered), len(scored)),
        _share(wrong, len(scored) - answerable),
        _share(refused, answerable),
        _share(wrong, len(answered)),
    )


def curve(scored: Sequence[Scored], points: int = POINTS) -> list[Point]:
    """From answering everything to answering next to nothing, in even steps of the share answered."""
    levels = sorted({one.probability for one in scored})
    steps = [levels[round(step * (len(levels) - 1) / max(1, points - 1))] for step in range(points)] if levels else []
    return [point(scored, threshold) for threshold in dict.fromkeys(steps)]


def chosen(scored: Sequence[Scored], allowed: float = FALSE_REFUSALS) -> float:
    """The highest threshold with at most `allowed` wrong refusals, in the middle of the free stretch below it."""
    good = sorted(one.probability for one in scored if one.answerable)
    lowest = good[min(len(good) - 1, int(len(good) * allowed))]
    below = max((one.probability for one in scored if one.probability < lowest), default=0.0)
    return (below + lowest) / 2


def surely(scored: Sequence[Scored], threshold: float) -> float:
    """From which probability on an answer is given without a doubt."""
    good = sorted(one.probability for one in scored if one.answerable)
    return max(threshold, good[int(len(good) * UNSURE)])


def area(scored: Sequence[Scored]) -> float | None:
    """The chance that an answerable question has a higher probability than one that is not: 0.5 tells nothing."""
    good = [one.probability for one in scored if one.answerable]
    bad = [one.probability for one in scored if not one.answerable]
    if not good or not bad:
        return None
    wins = sum((g > b) + 0.5 * (g == b) for g in good for b in bad)
    return wins / (len(good) * len(bad))


def expected(scored: Sequence[Scored], allowed: float = FALSE_REFUSALS) -> Expected:
    measured: list[Point] = []
    for places in resamples(len(scored)):
        drawn = set(places)
        kept = [scored[place] for place in places]
        left_out = [one for place, one in enumerate(scored) if place not in drawn]
        if any(one.answerable for one in kept) and any(one.answerable for one in left_out):
            if all(one.answerable for one in left_out):
                continue
            measured.append(point(left_out, chosen(kept, allowed)))
    return Expected(
        _summed([one.answered for one in measured]),
        _summed([one.wrong_answers for one in measured]),
        _summed([one.wrong_refusals for one in measured]),
    )


def now(scored: Sequence[Scored], threshold: float) -> Expected:
    """The same for a threshold that these questions had no part in."""

    def with_interval(name: str) -> tuple[float, float, float]:
        found = interval(scored, lambda part: float(getattr(point(part, threshold), name))) or (0.0, 0.0)
        return float(getattr(point(scored, threshold), name)), *found

    return Expected(with_interval("answered"), with_interval("wrong_answers"), with_interval("wrong_refusals"))


def _summed(values: Sequence[float]) -> tuple[float, float, float]:
    low, high = spread(values) or (0.0, 0.0)
    return (sum(values) / len(values) if values else 0.0), low, high


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
