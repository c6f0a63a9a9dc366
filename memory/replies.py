"""Answers made of memory: what was said, with dates and the posts that were shown; notes; the author's word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any

from konspekt.answering.answer import Answer, Citation, Part, Timings
from konspekt.answering.parts import plain_text
from konspekt.answering.texts import Language
from konspekt.memory.texts import day, say
from konspekt.storage.models import DocumentRow
from konspekt.storage.remembered.notes import StoredNote
from konspekt.storage.remembered.turns import SaidTurn
from konspekt.storage.remembered.words import AuthorWord

SHOWN = 5
LISTED = 10
QUESTION_CHARS, ANSWER_CHARS = 160, 280
_MARK = re.compile(r"\s*\[\d{1,3}(?:\s*,\s*\d{1,3})*\]")
_ADDRESS = re.compile(r"(?:https?://|www\.|t\.me/)\S+", re.IGNORECASE)


def made_answer(question: str, parts: Sequence[Part], language: Language, citations: Sequence[Citation] = ()) -> Answer:
    """An `Answer` that nothing was searched for."""
    return Answer(
        question=question, standalone_question=question, text=plain_text(parts), language=language, refused=False,
        extractive=False, citations=tuple(citations), passages=(), model=None, timings=Timings(0.0, None, 0.0),
        parts=tuple(parts),
    )  # fmt: skip


def told(
    turns: Sequence[SaidTurn], language: Language, zone: tzinfo, opening: str
) -> tuple[list[Part], list[Citation]]:
    """Question, answer and the posts that it cited, for each turn."""
    citations = _Citations()
    parts = [Part(opening)]
    for turn in turns[:SHOWN]:
        values = {"date": day(turn.created_at, zone), "question": shown(turn.question, QUESTION_CHARS)}
        if turn.refused:
            line = say("turn_refused", language, **values)
        else:
            line = say("turn", language, **values, answer=shown(turn.text, ANSWER_CHARS))
        marks = () if turn.refused else citations.of(turn.citations[:2])
        parts.append(Part(line, marks, before="\n\n"))
    return parts, citations.all


def asked(turns: Sequence[SaidTurn], total: int, language: Language, zone: tzinfo, opening: str) -> list[Part]:
    """The questions alone, oldest first."""
    parts = [Part(opening)]
    for turn in turns:
        line = say(
            "asked_one", language, date=day(turn.created_at, zone), question=shown(turn.question, QUESTION_CHARS)
        )
        parts.append(Part(line, before="\n• "))
    if total > len(turns):
        parts.append(Part(say("more", language, count=total - len(turns)), before="\n"))
    return parts


def posts(turns: Sequence[SaidTurn], language: Language, zone: tzinfo) -> tuple[list[Part], list[Citation]]:
    """The posts that were shown, each once, with the question that they were shown for."""
    citations = _Citations()
    parts = [Part(say("posts", language))]
    for turn in turns:
        for citation in turn.citations[:3]:
            if len(citations.all) >= SHOWN or citations.holds(citation) or turn.refused:
                continue
            values = {"title": shown(str(citation["title"]), QUESTION_CHARS), "date": day(turn.created_at, zone)}
            line = say("post", language, **values, question=shown(turn.question, QUESTION_CHARS))
            parts.append(Part(line, citations.of([citation]), before="\n• "))
    return parts, citations.all


def news(
    rows: Sequence[DocumentRow], total: int, language: Language, opening: str
) -> tuple[list[Part], list[Citation]]:
    """New posts, each with its link."""
    citations = [Citation(n, row.id, row.title, row.url, row.published_at, "") for n, row in enumerate(rows, 1)]
    parts = [Part(opening), *(Part(f"«{shown(row.title, 160)}»", (n,), before="\n• ") for n, row in enumerate(rows, 1))]
    if total > len(rows):
        parts.append(Part(say("more", language, count=total - len(rows)), before="\n"))
    return parts, citations


def notes(found: Sequence[StoredNote], language: Language, zone: tzinfo) -> list[Part]:
    lines = [say("note", language, text=shown(note.text, 300), date=day(note.valid_from, zone)) for note in found]
    return [Part(say("notes", language)), *(Part(line, before="\n• ") for line in lines)]


def authors(word: AuthorWord, language: Language, zone: tzinfo) -> list[Part]:
    return [Part(say("author", language, date=day(word.created_at, zone))), Part(word.text, before="\n\n")]


def plain(*lines: str) -> list[Part]:
    return [Part(line, before="\n" if place else "") for place, line in enumerate(lines)]


def opened(parts: Sequence[Part], *lines: str) -> list[Part]:
    """With lines before the first part."""
    before = plain(*lines)
    return [*before, replace(parts[0], before="\n"), *parts[1:]] if before else list(parts)


def shown(text: str, limit: int) -> str:
    """One line, without marks and addresses: what was said once is data, and nothing in it is to be pressed."""
    line = " ".join(_ADDRESS.sub("…", _MARK.sub("", text)).split())
    if len(line) <= limit:
        return line
    return line[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,.;:—-") + "…"


class _Citations:
    """Citations of several turns numbered anew, each document once."""

    def __init__(self) -> None:
        self.all: list[Citation] = []
        self._numbers: dict[str, int] = {}

    def holds(self, stored: Any) -> bool:
        return str(stored["document_id"]) in self._numbers

    def of(self, stored: Iterable[Any]) -> tuple[int, ...]:
        marks = []
        for one in stored:
            name = str(one["document_id"])
            if name not in self._numbers:
                self._numbers[name] = len(self.all) + 1
                date = one.get("published_at")
                moment = datetime.fromisoformat(date) if date else None
                self.all.append(
                    Citation(
                        self._numbers[name], name, str(one["title"]), one.get("url"), moment, str(one.get("quote", ""))
                    )
                )
            marks.append(self._numbers[name])
        return tuple(marks)
