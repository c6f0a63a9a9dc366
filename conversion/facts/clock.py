"""Times of the day in one way of writing them: `19:00`, `7 p.m.` and «7 вечера» are the same number."""

from __future__ import annotations

import re

_HALF_DAY = re.compile(
    r"(?<![\d.,:])(?P<hour>1[0-2]|0?[1-9])(?::(?P<minute>[0-5]\d))?[\s\u00a0\u202f]*"
    r"(?:(?P<late>p\.?\s?m\b\.?|вечера\b)|(?P<early>a\.?\s?m\b\.?|утра\b)|(?P<night>ночи\b))",
    re.IGNORECASE,
)
_FULL_HOUR = re.compile(r"(?<![\d.,:])(?P<hour>2[0-3]|[01]?\d):00(?![\d:])")


def by_the_day(text: str) -> str:
    """The text with its times by the hours of the day, full hours without their zeros: `7:30 p.m.` is 19:30."""
    return _FULL_HOUR.sub(lambda match: str(int(match["hour"])), _HALF_DAY.sub(_hour, text))


def _hour(match: re.Match[str]) -> str:
    hour = int(match["hour"]) % 12
    if match["late"] or (match["night"] and hour >= 9):  # «11 ночи»
        hour += 12
    return f"{hour}:{match['minute']}" if match["minute"] else str(hour)
