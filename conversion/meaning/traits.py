"""What a sentence tells that a wrong translation turns round: found in both languages, compared in `comparing.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Person = Literal["I", "we", "you"]
Unit = Literal["time", "bytes", "percent", "times", "money", "frames", "pixels", "bits"]


@dataclass(frozen=True, slots=True)
class Traits:
    """Of one line of text.

    `subjects` act, `named` are all persons of speech that the line has in any case. `open`: it speaks of nobody in
    particular («можно», "one can", an infinitive), which a translation may give any person. `up` and `down`: words
    that compare or change in that direction. `measured`: numbers with what they measure. `than`: the name that
    something is compared with.
    """

    subjects: frozenset[Person] = frozenset()
    named: frozenset[Person] = frozenset()
    open: bool = False
    negations: int = 0  # without "without"
    without: bool = False
    can: bool = False
    must: bool = False
    up: bool = False
    down: bool = False
    earlier: bool = False
    later: bool = False
    measured: tuple[tuple[str, Unit], ...] = ()
    than: str | None = None
    words: int = 0
