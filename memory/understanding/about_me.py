"""Questions of a reader about themself, which only their notes answer: «какая у меня видеокарта?», "what is my name?"."""

# ruff: noqa: E501 - patterns read better unbroken

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from konspekt.answering.words.vocabulary import content_terms
from konspekt.indexer.lexical import terms
from konspekt.memory.understanding.dates import lowered
from konspekt.memory.understanding.notes import Kind
from konspekt.storage.remembered.notes import StoredNote

_EVERYTHING = re.compile(
    r"\bчто\s+(?:ты|вы|бот)\s+(?:\w+\s+)?(?:обо мне|про меня|о нас)\b|\b(?:обо мне|про меня)\s+(?:ты\s+)?(?:знаешь|помнишь|запомнил)|"
    r"\bчто\s+(?:ты\s+)?(?:запомнил|помнишь)а?\s*\??$|\bчто я (?:тебя )?(?:просил|просила) (?:тебя )?(?:запомнить|учесть|помнить)|"
    r"\bмои заметки|what do you (?:know|remember) about me|what did i ask you to remember|my notes\b"
)
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        "name",
        re.compile(r"\bкак меня зовут|\bкакое у меня имя|\bмо[её] имя|\bкто я\b|what(?:'s| is) my name|who am i\b"),
    ),
    (
        "hardware",
        re.compile(
            r"\b(?:какая|какую|какой|какое|что за|сколько|на ч[её]м)\b.{0,40}\b(?:у меня|мо[йяюеё]\w*|я)\b.{0,30}(?:видеокарт|карт[аеу]\b|gpu|гпу|железо|видеопамят|"
            r"памят[ьи]\b|обуча|считаю)|\b(?:какая|какой|что за|сколько)\b.{0,20}(?:видеокарт\w*|карта|gpu|железо|видеопамяти|памяти)\b.{0,20}\bу меня\b|"
            r"what (?:gpu|card|graphics card|hardware) do i have|what(?:'s| is) my (?:gpu|card|graphics card|hardware)"
        ),
    ),
    (
        "work",
        re.compile(
            r"\bнад чем я (?:сейчас |теперь )?работаю|\b(?:какой|какая|о ч[её]м|про что|что за|тема|тему|какую|по какой)\b.{0,30}\b(?:у меня|мо[йяеиюё]\w*|я)\b.{0,30}"
            r"(?:диплом|проект|курсов|диссертац|исследован|стать|стартап|пишу|делаю)|\bчто я (?:сейчас |теперь )?(?:делаю|пишу)\b|"
            r"\b(?:о ч[её]м|про что|какая тема)\b.{0,12}(?:мо[йеяё]\w*)\s+(?:диплом|проект|курсов|диссертац)|what am i working on|what(?:'s| is) my (?:project|thesis|diploma)"
        ),
    ),
    (
        "place",
        re.compile(
            r"\bгде я (?:сейчас |теперь )?живу|\bв каком (?:я )?городе(?: я)?|\bоткуда я\b|\bмой город|where do i live"
        ),
    ),
    ("level", re.compile(r"\bкакой у меня уровень|\bмой уровень|\bя (?:ещ[её] )?(?:новичок|эксперт)\s*\?|my level\b")),
)
_THESIS = re.compile(r"диплом|курсов|диссертац|магистерск|thesis|diploma")
_MINE = re.compile(
    r"^\W*(?:(?:а|и|напомни|скажи|помнишь)[,\s]+)*(?:какой|какая|какое|какие|каков\w*|какую|каким|что|кто|где|сколько|чем|когда|на ч[её]м|в ч[её]м|what|which|who|where|how|when)\b.*"
    r"\b(?:мо[йяиюеё]|моего|моей|моих|моем|моём|мою|у меня|я|меня|мне|my|mine|i|me)\b"
)


@dataclass(frozen=True, slots=True)
class AboutMe:
    """`kind` None: everything. `notes`: those that answer; empty where the reader never said it."""

    kind: Kind | None
    notes: tuple[StoredNote, ...]


def about_me(question: str, notes: Sequence[StoredNote]) -> AboutMe | None:
    """None where the question is not one about the reader, or may as well be one about the material."""
    low = lowered(question)
    if _EVERYTHING.search(low):
        return AboutMe(None, tuple(notes))
    for kind, pattern in _KINDS:
        if pattern.search(low):
            found = [note for note in notes if note.kind == kind]
            if _THESIS.search(low):  # who asks for the thesis is not told of a game
                found = [note for note in found if _THESIS.search(lowered(note.text))]
            return AboutMe(kind, tuple(_closest(question, found)))
    if not _MINE.match(low):
        return None
    wanted = set(content_terms(question) or terms(question))
    fitting = [note for note in notes if wanted and _held(wanted, note) >= 0.6]
    return AboutMe("fact", tuple(_closest(question, fitting)[:1])) if fitting else None


def _closest(question: str, notes: Sequence[StoredNote]) -> list[StoredNote]:
    """Those whose subject the question names, if any; the newest first."""
    wanted = set(terms(question))
    named = [note for note in notes if wanted & set(note.subject.split())]
    return sorted(
        named or notes, key=lambda note: (len(wanted & set(note.subject.split())), note.valid_from), reverse=True
    )


def _held(wanted: set[str], note: StoredNote) -> float:
    return len(wanted & {*note.subject.split(), *terms(note.text)}) / len(wanted)
