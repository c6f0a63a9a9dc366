"""A line within a post that asks what the question asks, in other words: «Почему LoRA не берут?» for «минусы LoRA»,
«Как её подключают?» for «как подключить LoRA», «Установка» for «как это поставить». What stands below it answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.morphology import PREDICATES, part_of_speech
from konspekt.answering.words.vocabulary import content_terms, names
from konspekt.answering.writing.kinds.leaning import is_item
from konspekt.answering.writing.kinds.units import Unit
from konspekt.indexer.lexical import terms

Sense = Literal["for", "against", "use", "cure"]

_LONGEST = 70  # characters of a line that heads what stands below it
_LONGEST_LEAD = 160  # … of one that says «Лечение по статье …:»
_USED = r"(?:использу|применя|дела|став|бер|внедря|юза|выбира|люб|пользу|переход|хот|запуска)\w*[аяую]т(?:ся)?"
_NOT_USED = (
    r"\b(?:почему|зачем|отчего|чего)\b.*\bне\s+(?:(?:все|везде|всегда|всюду|часто)\s+)?"
    rf"(?:{_USED}|(?:надо|стоит|нужно|следует)\b)"
)
_SENSES: tuple[tuple[Sense, re.Pattern[str]], ...] = (
    (
        "against",
        re.compile(
            rf"{_NOT_USED}|\bминус(?:ы|ов|ах)?\b|\bнедостат(?:ки|ков|ок|ках)\b|\bслаб\w+ (?:мест|сторон)\w*|"
            r"\bч[её]м\b.*\bплох\w*|\bчто (?:в \w+ )?плохого\b|\bподво(?:х|дны[ехм]\w* камн\w*)\b|"
            r"\bwhy\b.*\b(?:not|nobody|isn['’]?t|don['’]?t|aren['’]?t)\b.*\buse(?:d|s)?\b|"
            r"\b(?:cons|downsides?|drawbacks?|disadvantages?|weakness(?:es)?)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "for",
        re.compile(
            rf"\b(?:почему|зачем|отчего)\b(?!.*\bне\b).*\b{_USED}|\bзачем\b(?!.*\bне\b).*\bнуж(?:ен|на|но|ны)\b|"
            r"\bплюс(?:ы|ов|ах)\b|\bпреимуществ\w*|\bдостоинств\w*|\bч[её]м\b.*\bхорош\w*|"
            r"\bwhy\b(?!.*\b(?:not|nobody|\w+n['’]?t)\b).*\buse(?:d|s)?\b|\b(?:pros|benefits?|advantages?|upsides?)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "use",
        re.compile(
            r"\b(?:как|how)\b(?:\W+\w+){0,3}?\W+(?:(?:по|у)став\w+|установ\w+|устанавлива\w+|примен\w+|использовать|"
            r"подключ\w+|попробовать|пользоваться|install|use|try|set ?up|apply)\b|"
            r"^\W*(?:установка|использование|применение|installation|usage|quick ?start)\b",
            re.IGNORECASE,
        ),
    ),
)
_CURE = r"(?:исправ\w*|(?:вы)?леч\w+|почин\w*|побед\w+|избав\w+|бороться|fix|cure|avoid|get rid)"
_ASKS_FOR_A_CURE = re.compile(
    rf"\bч(?:то|[ёео])\s+(?:(?:с этим|мне|тут|теперь|же|надо|нужно|стоит)\s+)*с?делать\b|"
    rf"\b(?:как|how)\s+(?:\w+\s+){{0,2}}?{_CURE}\b|\bwhat (?:to|should (?:i|we)|do i|can i) do\b",
    re.IGNORECASE,
)
_HEADS_A_CURE = re.compile(
    rf"^\W*(?:лечение|лекарств[оа]|решени[ея]|что (?:с этим )?делать|(?:как|how to)\s+(?:это\s+)?{_CURE}|"
    r"fix(?:es)?|cures?|remed(?:y|ies)|solutions?|what to do)\b",
    re.IGNORECASE,
)
_OPENS_A_QUESTION = re.compile(r"\W*(?:как|почему|зачем|какие|чем|где|how|why|which|where)\b", re.IGNORECASE)
_HOW = re.compile(r"\b(?:как|каким образом|how)\b", re.IGNORECASE)
# What «Как её подключают?» is about stands in the title
_IT = re.compile(r"\b(?:его|е[её]|их|это|этим|ими|им|it|them|this)\b", re.IGNORECASE)
_BESIDE = frozenset(content_terms("везде всегда часто повсюду все всем сразу модель свой себя everywhere always often"))
# … and the words by which a question asks, that say nothing of a topic
_ASKING = frozenset(
    content_terms(
        "минус недостаток слабый слабое место сторона плохой плохо подвох подводный камень плюс преимущество "
        "достоинство хороший нужный поставить установить установка применить применение использование подключить "
        "попробовать cons downside downsides drawback drawbacks disadvantage disadvantages weakness weaknesses pros "
        "benefit benefits advantage advantages upside upsides install installation "
        "usage quick start try set setup apply nobody "
    )
)
_HALF = 0.5


def sense_of(text: str) -> Sense | None:
    """What a question or a heading is for: what speaks against a thing, what for it, how it is put to use."""
    return next((sense for sense, asks in _SENSES if asks.search(text)), None)


def opposed(one: str, other: str) -> bool:
    """Whether one asks what speaks for a thing and the other what against it."""
    return {sense_of(one), sense_of(other)} == {"for", "against"}


def asked_section(question: str, title: str, units: Sequence[Unit]) -> int | None:
    """The place of the first unit below the line that asks the same: the one in the same words, or else the only one
    that asks it in others."""
    lines = [place for place in range(len(units) - 1) if _heads(units, place) and not units[place + 1].asks_or_names]
    alike = [place for place in lines if _does_the_same(question, title, units[place].text)]
    alike = alike or [place for place in lines if _asks_the_same(question, title, units[place].text)]
    alike = alike or [
        place
        for place in lines
        if _cures(question, " ".join([title, *(one.text for one in units[:place])]), units[place].text)
    ]
    return alike[0] + 1 if len(alike) == 1 else None


def _cures(question: str, above: str, line: str) -> bool:
    """«Лечение:» below what the question complains of."""
    if not (_ASKS_FOR_A_CURE.search(question) and _HEADS_A_CURE.match(line)):
        return False
    about = content_terms(_ASKS_FOR_A_CURE.sub(" ", question))
    return bool(about) and _names_it(question, about, Terms(terms(above)))


def _heads(units: Sequence[Unit], place: int) -> bool:
    """Whether a unit is a line of its own that only says what follows it."""
    unit, behind = units[place], units[place + 1]
    leads = unit.text.endswith(":")
    alone = (unit.line_before or not place) and behind.line_before
    if not alone or len(unit.text) > (_LONGEST_LEAD if leads else _LONGEST):
        return False
    if unit.is_tags or unit.is_row or unit.code is not None or is_item(unit):
        return False
    text = unit.text.strip("*_# ")
    if unit.is_heading or leads or text.endswith("?"):
        return True
    return not text.endswith((",", ";", "!")) and (bool(_OPENS_A_QUESTION.match(text)) or not text.endswith("."))


def _asks_the_same(question: str, title: str, line: str) -> bool:
    """Whether a line is for the same as the question: what is asked of is what the line, or else the title, names, and
    the line speaks of nothing else."""
    sense = sense_of(question)
    about, there = _topic(question), Terms(terms(f"{title}\n{line}"))
    if sense is None or sense_of(line) != sense or not about or not _names_it(question, about, there):
        return False
    known = Terms([*terms(question), *terms(title), *_BESIDE])
    return all(known.worth(term) for term in _topic(line))


def _does_the_same(question: str, title: str, line: str) -> bool:
    """«Как её подключают?»: the line's words are the question's, and the title names what these are done to."""
    if not (_HOW.search(question) and _HOW.search(line) and _IT.search(line)):
        return False
    done, asked = content_terms(line), Terms(terms(question))
    if not done or not all(asked.worth(term) for term in done):
        return False
    doing = Terms(done)
    about = [term for term in content_terms(question) if not doing.worth(term)]
    return bool(about) and _names_it(question, about, Terms(terms(title)))


def _names_it(question: str, about: Sequence[str], there: Terms) -> bool:
    named = names(question) & set(about)
    if named:
        return all(there.worth(name) for name in named)
    return there.share(dict.fromkeys(about, 1.0)) >= _HALF


def _topic(text: str) -> list[str]:
    """What a text is about, without the words by which it asks, and without verbs, in which the same things differ."""
    named = names(text)
    return [
        term
        for term in content_terms(text)
        if term in named or (term not in _ASKING and part_of_speech(term) not in PREDICATES)
    ]
