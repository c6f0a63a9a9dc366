"""What a sentence tells that a wrong translation turns round: found in both languages, compared in `comparing.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Person = Literal["I", "we", "you"]
Unit = str  # a name of `units` in data/meaning.toml


@dataclass(frozen=True, slots=True)
class Traits:
    """Of one line of text.

    `subjects` act, `named` are all persons of speech that the line has in any case. `open`: it speaks of nobody in
    particular («можно», "one can", «говорят»), which a translation may give any person; `open_one`: which may be "I"
    («запустил», but not «запустили»). `acting`: persons that are the subject of an active verb. `up` and `down`: words
    that compare or change in that direction. `measured`: numbers with what they measure. `than`: the name that
    something is compared with.
    """

    subjects: frozenset[Person] = frozenset()
    named: frozenset[Person] = frozenset()
    open: bool = False
    open_one: bool = False
    acting: frozenset[Person] = frozenset()
    negations: int = 0  # without "without"
    without: bool = False
    hinted: bool = False  # has a word that the other language may well say with "not": "stays", «редко»
    can: bool = False
    must: bool = False
    unsure: bool = False
    forbidden: bool = False
    up: bool = False
    down: bool = False
    earlier: bool = False
    later: bool = False
    turns: tuple[str, ...] = ()  # "up" and "down" in their order
    measured: tuple[tuple[str, Unit], ...] = ()
    units: frozenset[Unit] = frozenset()
    than: str | None = None
    numbers: tuple[str, ...] = ()  # in digits
    counts: int = 0  # numbers in words
    words: int = 0
    speaking: frozenset[Person] = frozenset()  # "I" and "we" beside an active verb of their own
    others: bool = False  # "they", "he", "she"
    one_other: bool = False  # "he", "she"; in Russian also anybody who is named
    it: bool = False
    nobody: bool = False  # «ни один», "none"
    sure: bool = False
    ordered: bool = False  # opens with an infinitive, which is an order: «Сдавать через форму»
    same: bool = False
    other: bool = False
    one_and_a_half: bool = False
