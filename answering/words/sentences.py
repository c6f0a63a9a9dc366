"""Sentences of a text, as slices of it: a quote must be word for word."""

from __future__ import annotations

import re
from dataclasses import dataclass

# A full stop after these, after a single letter or inside a number ends nothing.
_ABBREVIATIONS = """
    ул пл наб корп кв пер тел проф доц акад
    т.е т.к т.д т.п т.н и.о см рис табл гл стр им г гг в вв руб коп тыс млн млрд напр др пр ср англ рус лат чел сек мин
    e.g i.e etc vs cf al fig eq sec no dr mr mrs ms prof approx resp
"""
ABBREVIATIONS = frozenset(_ABBREVIATIONS.split())
TITLES = frozenset({"г", "им", "см", "рис", "др", "проф", "dr", "mr", "mrs", "ms", "prof", "fig", "eq", "sec", "no"})
_END = re.compile(r"[.!?…]+[»\"”')\]]*(?:\s*[\[⟦]\d{1,2}[\]⟧])*(?=\s|$)|\n+")
_LAST_WORD = re.compile(r"([\w.]+)$")
_MARKS = re.compile(r"(?:\s*[\[⟦]\d{1,2}[\]⟧])+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text` is `source[start:end]`, without the blanks around it."""

    text: str
    start: int
    end: int


def split_sentences(text: str) -> list[Sentence]:
    """Sentences in order. A line break ends one too; citation marks after a full stop belong to the sentence before."""
    found: list[Sentence] = []
    start = 0
    for match in _END.finditer(text):
        if _is_aside(text, match) or (match.group()[0] == "." and not _ends_here(text, start, match)):
            continue
        _add(found, text, start, match.end())
        start = match.end()
    _add(found, text, start, len(text))
    return found


def _is_aside(text: str, match: re.Match[str]) -> bool:
    """«модели и(!) датасета», «в 6 (?) раз»: marks in brackets end nothing, unless a new sentence begins."""
    alone = text[: match.start()].endswith("(") and ")" in match.group()
    following = text[match.end() :].lstrip(" ")[:1]
    return alone and following not in {"", "\n"} and not following.isupper()


def _ends_here(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether a full stop ends a sentence, and not an abbreviation or an initial."""
    if match.group()[:2] == "..":
        following = text[match.end() : match.end() + 2].strip()
        return not following[:1].islower()
    word = _LAST_WORD.search(text, start, match.start())
    if word is None:
        return True
    last = word.group(1).lower()
    following = text[match.end() :].lstrip()[:1]
    if last in ABBREVIATIONS:  # some of them may stand at a sentence's end; a title is always followed by a name
        return following.isupper() and last not in TITLES
    if len(last) == 1 and last.isalpha():
        return following == "" or not following.isalpha()
    opens_an_item = last.isdigit() and not text[start : word.start(1)].strip()  # the "1." of a list
    return not opens_an_item


def _add(found: list[Sentence], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    stripped = piece.strip()
    if not stripped:
        return
    begin = start + len(piece) - len(piece.lstrip())
    if found and _MARKS.fullmatch(stripped) and "\n" not in text[found[-1].end : begin]:
        last = found.pop()
        begin, stripped = last.start, text[last.start : begin + len(stripped)]
    found.append(Sentence(stripped, begin, begin + len(stripped)))
