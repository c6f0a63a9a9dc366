"""A question about an abbreviation as one about what it stands for, where that is what the material introduces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from konspekt.answering.writing.kinds.defining import DEFINES, defines
from konspekt.answering.writing.kinds.units import units_of
from konspekt.indexer.lexical import jargon_forms
from konspekt.indexer.passages import Passage
from konspekt.indexer.query.abbreviations import before_brackets, by_initials, is_abbreviation


class Search(Protocol):
    def search(self, query: str, k: int = 8) -> Sequence[Passage]: ...


def stands_for(name: str, passages: Sequence[Passage], search: Search) -> str | None:
    """What `name` is short for, where what is found for that says what it is, and none of the `passages` says it as
    surely of the abbreviation itself."""
    usual = jargon_forms().get(name.lower(), name)  # «цфг»
    if not is_abbreviation(usual):
        return None
    titled = getattr(search, "titled_by_initials", None)
    told = [long for one in passages for long in (*by_initials(usual, one.title), *before_brackets(usual, one.text))]
    longer = list(dict.fromkeys(long.lower() for long in (*(titled(usual) if titled else ()), *told)))
    if not longer:
        return None
    best, found = max(((_surely(long, search.search(long)), long) for long in longer), key=lambda one: one[0])
    return found if best >= DEFINES and best > _surely(usual, passages) else None


def _surely(name: str, passages: Sequence[Passage]) -> float:
    return max((defines(name, one.title, units_of(one.text), opens=one.opens) for one in passages), default=0.0)
