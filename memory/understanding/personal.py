"""When a question leans on what the reader said of themself: «что почитать для моего диплома?»."""

# ruff: noqa: E501 - patterns read better unbroken

from __future__ import annotations

import re
from collections.abc import Sequence

from konspekt.indexer.lexical import terms
from konspekt.memory.understanding.dates import lowered
from konspekt.storage.remembered.notes import StoredNote

_MY_WORK = re.compile(
    r"\b(?:мо[йяеиюё]\w*|сво[йяеиюё]\w*|наш\w*|my|our)\s+(?:\w+\s+)?(?:диплом|проект|курсов|диссертац|магистерск|стать|исследован|"
    r"стартап|задач|тем[аеуы]|работ|thesis|project|diploma|paper|research|task|topic|work)\w*|\bмне\s+(?:для|в|по)\s+(?:диплом|проект|"
    r"курсов|работ)\w*|\b(?:для|в|по)\s+(?:диплом|курсов|диссертац|магистерск)\w*"
)
_MY_CARD = re.compile(
    r"\b(?:у меня|на мо[еёй]+\w*|моей|моя|мою|мо[её]м|мне|my|i)\b.{0,40}\b(?:карт\w*|видеокарт\w*|gpu|желез\w*|пойд[её]т|потян\w*|запуст\w*|"
    r"хватит|памят\w*|влез\w*|помест\w*|card|run|fit)\b|\b(?:карт\w*|видеокарт\w*|пойд[её]т|потян\w*|запуст\w*|хватит|влез\w*)\b.{0,40}\b(?:у меня|мо[еёйяю]\w*|мне)\b"
)
_UNSEEN = re.compile(
    r"[,;—–-]*\s*\b(?:но\s+|и\s+|только\s+)?(?:не\s+то(?:го|й|т|е)?,?\s+(?:что|которы\w+)|кроме\s+то(?:го|й),?\s+(?:что|которы\w+)|без\s+то(?:го|й),?\s+(?:что|которы\w+))\s+"
    r"(?:ты\s+|я\s+)?(?:мне\s+)?(?:уже\s+)?(?:мне\s+)?(?:показыва\w+|показал\w*|присыла\w+|прислал\w*|советова\w+|посоветова\w+|кида\w+|скида\w+|дава\w+|дал\w*|читал\w*|прочитал\w*|видел\w*)\b"
    r"|[,;—–-]*\s*\b(?:чего|что|который|которые|которых)\s+я\s+(?:ещ[её]\s+)?не\s+(?:видел|читал|прочитал)\w*"
    r"|[,;—–-]*\s*\b(?:but\s+)?(?:not|except|other than)\s+(?:what|the ones?|those)\s+you(?:'ve| have)?\s+(?:already\s+)?(?:shown|showed|sent|recommended)(?:\s+me)?"
    r"|[,;—–-]*\s*\b(?:that|which)\s+i\s+(?:have not|haven't)\s+(?:seen|read)(?:\s+yet)?",
    re.IGNORECASE,
)


_SINCE_LAST = re.compile(
    r"\b(?:что|чего)\s+(?:\w+\s+)?(?:нового|появилось|вышло)\b.{0,30}\b(?:с прошлого раза|с последнего раза|с нашего прошлого разговора|пока меня не было)"
    r"|\bчто\s+я\s+пропустил\w*|\bчто\s+(?:вышло|появилось)\s+(?:с прошлого раза|пока меня не было)"
    r"|\bwhat(?:'s| is| has been)?\s+(?:new|posted)\b.{0,20}\b(?:since (?:last time|i was here|our last talk)|while i was away)|\bwhat did i miss",
    re.IGNORECASE,
)


def asks_whats_new(question: str) -> bool:
    """«что нового с прошлого раза?»"""
    return _SINCE_LAST.search(lowered(question)) is not None


def hints_for(question: str, notes: Sequence[StoredNote]) -> list[StoredNote]:
    """The notes that a question refers to: the reader's own work, their own hardware. Without a reference, none."""
    low = lowered(question)
    wanted = set(terms(question))
    of_work, of_card = _MY_WORK.search(low), _MY_CARD.search(low)
    found = [
        note
        for note in notes
        if (note.kind == "work" and of_work) or (note.kind == "hardware" and note.subject == "видеокарта" and of_card)
    ]
    named = [note for note in found if note.kind == "hardware" or wanted & set(note.subject.split())]
    return named or found[-1:]


def wants_unseen(question: str) -> str | None:
    """The question without «не то, что ты уже показывал»; None where it does not say so."""
    rest, count = _UNSEEN.subn(" ", question)
    if not count:
        return None
    rest = re.sub(r"\s+(?=[?.!,]|$)", "", re.sub(r"\s+", " ", rest)).strip(" ,;")
    return rest or question
