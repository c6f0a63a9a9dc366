"""Sentences on another homework, lecture or week than the one that the question names by its number."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from konspekt.answering.words.changing import asked_now, asks_for_date
from konspekt.answering.words.vocabulary import content_terms
from konspekt.answering.writing.extractive import is_title
from konspekt.answering.writing.kinds.units import Unit
from konspekt.indexer.lexical import terms
from konspekt.indexer.numbered import names_it, names_sibling, numbered_things

_ASKS_WHAT = re.compile(
    r"\b(?:что\s+(?:(?:надо|нужно|требуется|там|было|будет|должны?)\s+)*(?:с?делать|в|во|на|за|задали|рассказывали)|"
    r"о ч[её]м|про что|в ч[её]м (?:суть|задание|задача)|тема|what(?:'s| is| are| was| do| does| should| must)|"
    r"about what|topic)\b",
    re.I,
)
_ASKS_ELSE = re.compile(
    r"\b(?:где|куда|откуда|когда|сколько|скок\w*|почему|зачем|как|кому|кто|чей|можно|нужно|надо|where|when|how|why|who|can|must)\b",
    re.I,
)
_HEAD = 2  # terms of a title that begins with the thing
_LATIN = re.compile(r"[A-Za-z]{2,}\+*(?![\w-]*\d)")
_SHORTEST = 4  # letters of a name that versions are told by a number behind it


def opening_of(question: str, title: str, units: Sequence[Unit]) -> int | None:
    """The first unit on the very thing whose number the question names («что делать во второй домашке?»); None where
    something else is asked, or the title begins with something else."""
    asked = numbered_things(terms(question))
    head = numbered_things(terms(title)[:_HEAD])
    if not names_it(asked, head) or asks_for_date(question) or not _asks_what(asked_now(question)):
        return None
    said = (i for i, unit in enumerate(units) if not (unit.is_heading or unit.is_tags or is_title(unit.text, title)))
    return next(said, None)


def _asks_what(question: str) -> bool:
    """«Что делать во второй домашке?»; «какая вторая домашка», which names the thing and nothing else."""
    if _ASKS_WHAT.search(question):
        return True
    named = numbered_things(terms(question))
    things = {*named, *(f"{thing}{number}" for thing, numbers in named.items() for number in numbers)}
    return set(content_terms(question)) <= things and not _ASKS_ELSE.search(question)


def other_versions(question: str, units: Sequence[Unit]) -> list[int]:
    """Of each unit, how many names of the question it holds with a version's number alone («SageAttention2» where
    "Sage Attention" is asked of), while another unit holds the name itself."""
    words = [match.group() for match in _LATIN.finditer(question)]
    pairs = re.findall(r"(?=\b([A-Za-z]+)[ -]([A-Za-z]+)\b)", question)
    lost = [0] * len(units)
    told: set[str] = set()  # words of pairs that are one name
    for parts in dict.fromkeys([*pairs, *((word,) for word in words)]):
        if len("".join(parts)) < _SHORTEST or told.issuperset(parts):
            continue
        name = r"(?<!\w)" + r"[ -]?".join(map(re.escape, parts))
        versioned, bare = re.compile(rf"{name}\d", re.I), re.compile(rf"{name}(?![\w+])", re.I)
        if versioned.search(question) or not any(bare.search(unit.text) for unit in units):
            continue
        told.update(parts)
        for i, unit in enumerate(units):
            lost[i] += bool(versioned.search(unit.text)) and not bare.search(unit.text)
    return lost


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
