"""A clause of a long sentence: «Стиль — ранг 16; персонаж — 32» tells of two things, of which one is asked."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from konspekt.answering.judging.asked import is_spelled_number
from konspekt.answering.words.likeness import Terms
from konspekt.answering.writing.kinds.units import Unit
from konspekt.indexer.lexical import terms

_BREAKS = re.compile(r"[;,]\s+(?:(?:а|и|но|and|but)\s+)?|\s[—–]\s(?=\S+\s\S+\s\S+)")
_FEWEST = 2  # words of a clause that tells something
_WORD = re.compile(r"[^\W\d_]+")


def clause_on(unit: Unit, asked: Collection[str]) -> Unit | None:
    """The one clause of a sentence, behind its beginning, that holds what is newly `asked` and tells a number; None
    where several do, or none. Nothing within brackets is cut."""
    if unit.is_row or unit.is_head or unit.code is not None or "\n" in unit.text or not asked:
        return None
    breaks = [one for one in _BREAKS.finditer(unit.text) if _is_open(unit.text, one.start())]
    starts, ends = [0, *(one.end() for one in breaks)], [*(one.start() for one in breaks), len(unit.text)]
    wanted = dict.fromkeys(asked, 1.0)
    held = [Terms(terms(unit.text[start:end])).share(wanted) for start, end in zip(starts, ends, strict=True)]
    best = max(held)
    place = held.index(best)
    if not best or not place or sum(share > 0 for share in held) > 1:
        return None
    text = unit.text[starts[place] : ends[place]]
    if len(text.split()) < _FEWEST or not _tells(text):
        return None
    last = place + 1 == len(held)
    return replace(
        unit,
        start=unit.start + starts[place],
        end=unit.end if last else unit.start + ends[place],
        text=text,
        line_before=False,
    )


def _tells(text: str) -> bool:
    return any(map(str.isdigit, text)) or any(is_spelled_number(word) for word in _WORD.findall(text))


def _is_open(text: str, place: int) -> bool:
    """Whether no bracket or quotation is open there."""
    before = text[:place]
    return all(before.count(one) == before.count(other) for one, other in ("()", "[]", "«»"))
