"""What a channel does in every post: a signature at the end, a rubric at the beginning."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

# A signature or a rubric is a label, not a sentence.
HABIT_CHARS = 40
# Twice may be chance, and a dump of two posts needs no habits.
HABIT_COUNT = 3
# Share of the certain ends (beginnings) of posts at which the line stands. People forget it now and then.
HABIT_SHARE = 0.6

_HASHTAGS = re.compile(r"(?:#[\w]+[\s,]*)+")
_NOT_WORD = re.compile(r"[^\w@#]+")


@dataclass(frozen=True, slots=True)
class Habits:
    closers: frozenset[str]
    openers: frozenset[str]


def habit_key(line: str) -> str:
    """A line without emoji, signs and case. Lines of nothing but hashtags are all alike: the tags change by post."""
    if len(line) > HABIT_CHARS:
        return ""
    if _HASHTAGS.fullmatch(line):
        return "#"
    return _NOT_WORD.sub("", line.casefold())


def find_habits(stretches: Sequence[Sequence[str]]) -> Habits:
    """Habits of a dump whose stretches, one or several posts each, are certain to begin and end where they do."""
    keyed = [[habit_key(line) for line in stretch if line] for stretch in stretches]
    keyed = [stretch for stretch in keyed if stretch]
    counts = Counter(value for stretch in keyed for value in stretch if value)
    frequent = {value for value, count in counts.items() if count >= HABIT_COUNT}
    return Habits(
        closers=_usual([stretch[-1] for stretch in keyed], frequent),
        openers=_usual([stretch[0] for stretch in keyed], frequent),
    )


def _usual(edges: Sequence[str], frequent: set[str]) -> frozenset[str]:
    return frozenset(
        value for value, count in Counter(edges).items() if value in frequent and count >= HABIT_SHARE * len(edges)
    )
