"""Parts of an answer: merged marks, and the plain text that is stored."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Literal

from konspekt.answering.answer import Part

_MARKS = re.compile(r"(?<!\w)\[\d{1,3}(?:\s*,\s*\d{1,3})*\]")
_STOP = re.compile(r"[.!?…:;]+$")  # behind a closing quotation mark there is none: the mark comes last


def split_stop(text: str) -> tuple[str, str]:
    """A sentence and its final stop: a mark stands between them."""
    stop = _STOP.search(text)
    if stop is None:
        return text, ""
    return text[: stop.start()], text[stop.start() :]


def plain_text(parts: Iterable[Part]) -> str:
    """The parts with `[n]` before the stop of each that has marks."""
    written: list[str] = []
    for part in parts:
        written.append(part.before)
        marks = "".join(f"[{mark}]" for mark in part.marks)
        if not marks:
            written.append(part.text)
        elif part.kind == "code":
            written.append(f"{part.text}\n{marks}")
        else:
            body, stop = split_stop(part.text)
            written.append(f"{body} {marks}{stop}")
    return "".join(written).strip()


def parts_of_text(text: str, citations: int, *, by_model: bool) -> tuple[Part, ...]:
    """Parts of a plain text with `[n]` marks, for an answer that has no others."""
    parts: list[Part] = []
    position = 0
    kind: Literal["markdown", "text"] = "markdown" if by_model else "text"
    for match in _MARKS.finditer(text):
        marks = tuple(int(number) for number in re.findall(r"\d+", match.group()))
        if all(1 <= mark <= citations for mark in marks):
            parts += [Part(text[position : match.start()].rstrip(" "), kind=kind), Part("", marks, kind)]
            position = match.end()
    return (*parts, Part(text[position:], kind=kind))


def merged_marks(parts: Sequence[Part]) -> tuple[Part, ...]:
    """One mark at the end of a run of parts with the same sources, unless a blank line or a list stands between."""
    kept = list(parts)
    for place, (one, following) in enumerate(pairwise(parts)):
        if one.marks and one.marks == following.marks and not following.before.strip(" \n"):
            kept[place] = replace(one, marks=())
    return tuple(kept)
