"""Questions that hardly anything answers: of somebody's private life, of a version that is nowhere spoken of."""

from __future__ import annotations

import re

from konspekt.answering.words.vocabulary import Frequencies

_PRIVATE = re.compile(
    r"сколько\s+(?:\w+\s+)?лет\s+\w+\W*$|какой\s+возраст|где\s+(?:\w+\s+){0,2}(?:жив[её]т|прожива)|"
    r"номер\w*\s+телефон|домашн\w+\s+адрес|\b(?:он|она|автор\w*|ведущ\w+|админ\w*)\s+(?:\w+\s+)?(?:замужем|женат)|"
    r"\bзамужем\b|\bженат\b|зарплат\w*|сколько\s+(?:\w+\s+){0,3}(?:зарабатыва|получа)\w+|парень|девушка\s+есть|"
    r"есть\s+(?:ли\s+)?(?:\w+\s+){0,2}(?:дети|муж|жена)|how old is|where does \w+ live|phone number|home address|"
    r"\b(?:is|are) \w+ (?:married|single)|salary|how much does \w+ (?:earn|make)",
    re.IGNORECASE,
)
_VERSION = re.compile(r"\b([A-Za-z][A-Za-z]{1,11})[ -]?(\d{1,4})\b(?![.,]\d)")


def asks_for_private(question: str) -> bool:
    """Whether somebody's age, family, address or income is asked for: a post near to it is no answer."""
    return bool(_PRIVATE.search(question))


def unknown_versions(question: str, frequencies: Frequencies) -> list[str]:
    """Names with a number («GPT-5») that stand nowhere in the index, where other versions of the name do."""
    if not frequencies.passages():
        return []
    found = []
    for match in _VERSION.finditer(question):
        name = match[1].lower()
        others = [f"{name}{number}" for number in range(1, 10)]
        counts = frequencies.containing([*others, f"{name}{match[2]}"])
        if any(counts.get(other) for other in others) and not counts.get(f"{name}{match[2]}"):
            found.append(match.group())
    return found
