"""A sentence of a model as parts: what it copied is text, what it worded is Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from konspekt.answering.answer import Part

_SPECIAL = re.compile(r"[*_`~\[\]<>#\\|&^]")
_TOKEN = re.compile(r"\S+")
_OPENING = re.compile(r"^(\s*(?:>|[-*+•–—]|#{1,6}|\d{1,9}[.)]))\s+(\S+)")
_ITEM = re.compile(r"^\s*(?:[-*+•–—]|\d{1,2}[.)])\s+")
_EDGES = ".,;:!?…»«\"”“'()"


def worded(sentence: str, marks: tuple[int, ...], before: str, theirs: Sequence[str]) -> list[Part]:
    """`theirs` are the texts it may have been copied from; all parts carry the marks, the first one `before`."""
    known = [_squeezed(text) for text in theirs]
    if _stands_in(sentence, known):
        return [Part(sentence, marks, "text", before)]
    item = _ITEM.match(sentence)
    if item and _stands_in(sentence[item.end() :], known):
        return [Part(sentence[item.end() :], marks, "text", before + item.group())]
    return _split(sentence, marks, before, known)


def _stands_in(sentence: str, known: Sequence[str]) -> bool:
    bare = _squeezed(sentence)
    return len(bare.split()) > 1 and any(bare in text for text in known)


def _split(sentence: str, marks: tuple[int, ...], before: str, known: Sequence[str]) -> list[Part]:
    """Words with signs of Markdown in them that stand so in a source are text, and so is a line's opening."""
    literal: list[tuple[int, int]] = []
    opening = _OPENING.match(sentence)
    if opening and any(_squeezed(opening.group()) in text for text in known):
        literal.append(opening.span(1))
    for token in _TOKEN.finditer(sentence):
        if not _SPECIAL.search(token.group()):
            continue
        core = token.group().strip(_EDGES)
        at = token.start() + token.group().find(core) if core else token.start()
        if core and _SPECIAL.search(core) and any(_is_word_of(core, text) for text in known):
            literal.append((at, at + len(core)))
    parts: list[Part] = []
    position = 0
    for start, end in sorted(literal):
        if start < position:
            continue
        if start > position:
            parts.append(Part(sentence[position:start], marks, "markdown"))
        parts.append(Part(sentence[start:end], marks, "text"))
        position = end
    if position < len(sentence):
        parts.append(Part(sentence[position:], marks, "markdown"))
    first = parts[0]
    return [Part(first.text, first.marks, first.kind, before), *parts[1:]]


def _is_word_of(core: str, text: str) -> bool:
    return bool(re.search(rf"(?<![\w*_]){re.escape(core)}(?![\w*_])", text))


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
