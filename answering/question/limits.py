"""Questions that hardly anything answers: of somebody's private life, of a version that is nowhere spoken of, of a
licence, a price or a code that no passage holds."""

from __future__ import annotations

import re
from collections.abc import Sequence

from konspekt.answering.judging.asked import holds_kind
from konspekt.answering.judging.told import MAY_TELL
from konspekt.answering.words.changing import asked_now
from konspekt.answering.words.prices import asks_for_price, tells_price
from konspekt.answering.words.vocabulary import Frequencies
from konspekt.answering.writing.kinds.belonging import lacks_code
from konspekt.answering.writing.kinds.units import units_of
from konspekt.indexer.passages import Passage

_PRIVATE = re.compile(
    r"сколько\s+(?:\w+\s+)?лет\s+\w+\W*$|какой\s+возраст|где\s+(?:\w+\s+){0,2}(?:жив[её]т|прожива)|"
    r"номер\w*\s+телефон|домашн\w+\s+адрес|\b(?:он|она|автор\w*|ведущ\w+|админ\w*)\s+(?:\w+\s+)?(?:замужем|женат)|"
    r"\bзамужем\b|\bженат\b|зарплат\w*|сколько\s+(?:\w+\s+){0,3}(?:зарабатыва|получа)\w+|парень|девушка\s+есть|"
    r"есть\s+(?:ли\s+)?(?:\w+\s+){0,2}(?:дети|муж|жена)|how old is|where does \w+ live|phone number|home address|"
    r"\b(?:is|are) \w+ (?:married|single)|salary|how much does \w+ (?:earn|make)",
    re.IGNORECASE,
)
_LICENCE = re.compile(r"лиценз|licen[cs]e", re.IGNORECASE)
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


def rules_out(question: str, passages: Sequence[Passage], frequencies: Frequencies) -> bool:
    """Whether nothing in the index can be the answer, whatever is near: a version that it does not know, say."""
    return bool(unknown_versions(question, frequencies)) or not _may_hold(question, passages)


def _may_hold(question: str, passages: Sequence[Passage]) -> bool:
    """Whether any of the best passages tells a licence or a price, or any passage holds the code, where such is asked
    for; true for other questions."""
    if lacks_code(question, [(one.title, units_of(one.text)) for one in passages]):
        return False
    price = asks_for_price(asked_now(question))
    if not price and not _LICENCE.search(question):
        return True
    texts = [f"{one.title}\n{one.text}" for one in passages[:MAY_TELL]]
    return any(holds_kind(question, text) > 0 or (price and tells_price(text)) for text in texts)
