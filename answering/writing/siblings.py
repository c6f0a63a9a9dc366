"""Sentences on another homework, lecture or week than the one that the question names by its number."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from konspekt.answering.writing.units import Unit
from konspekt.indexer.lexical import terms
from konspekt.indexer.numbered import names_it, names_sibling, numbered_things


def under_siblings(question: str, title: str, units: Sequence[Unit], held: Sequence[Collection[str]]) -> list[bool]:
    """Of each unit, whether it names a sibling of what is asked for, or stands below a heading or a title that does.

    `held`: each unit's terms.
    """
    asked = numbered_things(terms(question))
    if not asked:
        return [False] * len(units)
    under = numbered_things(terms(title))
    found = []
    for unit, own in zip(units, held, strict=True):
        told = numbered_things(own)
        if unit.is_heading and told:
            under = told
        found.append(not names_it(asked, told) and (names_sibling(asked, told) or names_sibling(asked, under)))
    return found
