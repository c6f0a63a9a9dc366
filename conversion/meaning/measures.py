"""Numbers and what they measure, in Russian and English alike: `24 ГБ`, `24 GB`, `в 3 раза`, `3x`, `15 %`, `$20`."""

from __future__ import annotations

import re
from functools import lru_cache

from konspekt.conversion.meaning.lexicon import table, whole_words
from konspekt.conversion.meaning.traits import Unit

_SPACE = r"[ \u00a0\u202f]"
_NUMBER = rf"(?P<before>[$€₽]\s?)?(?<![\w.,])(?P<number>\d+(?:{_SPACE}\d{{3}}(?!\d)|[.,]\d+)*)"
_SCALE = rf"(?:(?:к|k|тыс\w*\.?|млн|млрд|thousand|million|billion){_SPACE}?)?"


def measured(text: str) -> tuple[tuple[str, Unit], ...]:
    """Numbers as written that have a unit, with what kind of thing the unit measures."""
    found: list[tuple[str, Unit]] = []
    for match in _pattern().finditer(text):
        unit: Unit | None = next((unit for unit in _units() if match[unit]), None)
        if match["before"]:
            unit = "money"
        if unit is not None:
            found.append((match["number"], unit))
    return tuple(found)


def units_of(text: str) -> frozenset[Unit]:
    """Units that a line names, with a number or in words: "a couple of gigabytes"."""
    return frozenset(unit for unit, words in _words().items() if words.search(text))


@lru_cache(maxsize=1)
def _words() -> dict[Unit, re.Pattern[str]]:
    """Words of three letters and more: shorter ones are units only beside a number."""
    units = table()["units"].items()
    return {
        unit: whole_words([word for word in words if len(word) > 3])
        for unit, words in units
        if unit[:4] in ("time", "byte")
    }


@lru_cache(maxsize=1)
def _units() -> tuple[Unit, ...]:
    return tuple(table()["units"])


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    units = "|".join(rf"(?P<{unit}>(?:{'|'.join(words)})(?!\w))" for unit, words in table()["units"].items())
    return re.compile(rf"{_NUMBER}(?:(?:{_SPACE}|-)?{_SCALE}(?:{units}))?", re.IGNORECASE)
