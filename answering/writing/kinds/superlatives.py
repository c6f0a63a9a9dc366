"""«Какой из них самый быстрый?»: of sentences in a row that each tell by how many times something is faster, the one
with the greatest number. «Кто на первом месте?»: the one that says who leads."""

from __future__ import annotations

import re
from collections.abc import Sequence

from konspekt.answering.writing.kinds.units import Unit

FASTEST = 8.0  # log-odds
LEADS = 6.0
_ASKS = re.compile(
    r"\bсам\w{2,3}\s+быстр\w+|\bбыстре(?:е|й)\s+(?:всех|всего|остальных)|\bбыстрейш\w+|\bfastest\b|"
    r"\b(?:наибольш|больш|сам)\w*\s+(?:больш\w+\s+)?ускорени\w+",
    re.IGNORECASE,
)
_SPEED = re.compile(r"быстр|ускор|\bfast|speed", re.IGNORECASE)
_TIMES = re.compile(r"(?<![\w.,])(\d+(?:[.,]\d+)?)\s*(?:[xх×]|раза?|times)(?!\w)", re.IGNORECASE)
_ASKS_WHO_LEADS = re.compile(
    r"\bна перв(?:ом|ое) мест\w*|\b(?:кто|как\w+|who|which)\b.*\b(?:лидер\w{0,2}|лидиру\w+|впереди всех|возглавля\w+|"
    r"in the lead|leads?|leading|first place|number one|on top)\b",
    re.IGNORECASE,
)
_SAYS_WHO_LEADS = re.compile(
    r"\bлидерств\w*|\bлидер(?:ом|ами|а|у|ы)?\b|\bлидиру\w+|\bвозглавля?[еи]\w+|\bперв(?:ое|ом|ого) мест\w+|"
    r"\bt(?:akes|ook) the lead\b|\bleads\b|\bfirst place\b|\bnumber one\b|\btops\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<![\w-])[A-ZА-ЯЁ][\w.+-]*\d|(?<=\w )[A-ZА-ЯЁ][\w-]+|(?<![\w-])[A-Z][\w.+-]+")
_APART = 2  # units from one such sentence to the next


def fastest(question: str, units: Sequence[Unit]) -> list[float]:
    """Log-odds for each unit."""
    found = [0.0] * len(units)
    if not _ASKS.search(question):
        return found
    told = {i: _times(unit) for i, unit in enumerate(units) if _SPEED.search(unit.text) and unit.line_before}
    told = {i: times for i, times in told.items() if times}
    row = [i for i in told if any(0 < abs(i - other) <= _APART for other in told)]
    if row:
        found[max(row, key=told.__getitem__)] = FASTEST
    return found


def leading(question: str, units: Sequence[Unit]) -> list[float]:
    """Log-odds for each unit."""
    if not _ASKS_WHO_LEADS.search(question):
        return [0.0] * len(units)
    return [
        LEADS * bool(_SAYS_WHO_LEADS.search(unit.text) and _NAME.search(unit.text) and not unit.asks_or_names)
        for unit in units
    ]


def _times(unit: Unit) -> float:
    return max((float(one.replace(",", ".")) for one in _TIMES.findall(unit.text)), default=0.0)
