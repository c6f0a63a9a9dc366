"""Which sentence tells the date that is asked for: one that holds a date, and whose date is of the very event."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from konspekt.answering.words.changing import asks_for_date
from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.vocabulary import content_terms
from konspekt.answering.writing.kinds.units import Unit
from konspekt.indexer.lexical import terms
from konspekt.indexer.query.translations import counterparts

_DATELESS = 2.5  # log-odds that a sentence without a date loses where another tells a date of what is asked
_OF_ANOTHER = 1.5  # and one whose date is of something else
_OF_THE_TITLE = 2.0  # log-odds for a bare date («Срок — 9 ноября») under a title that names what is asked
_NAMED = 1.0  # log-odds for a date behind the name of the event
_FITS, _WHOLLY = 0.3, 0.6  # of the weight of what is asked, in the sentence and its title: at least, and all but all
_KNOWN = 0.4  # of the weight of what is asked, in any of the passages
_MONTHS = (
    r"январ|феврал|март|апрел|ма[яйе]\b|июн|июл|август|сентябр|октябр|ноябр|декабр|"
    r"jan(?:uary)?\b|feb(?:ruary)?\b|march|april|may\b|june?\b|july?\b|aug(?:ust)?\b|sept?(?:ember)?\b|oct(?:ober)?\b|"
    r"nov(?:ember)?\b|dec(?:ember)?\b"
)
DATE = re.compile(
    rf"\b\d{{1,2}}(?:-?го|st|nd|rd|th)?\s+(?:of\s+)?(?:{_MONTHS})\w*|\b(?:{_MONTHS})\w*\s+\d{{1,2}}\b|\b\d{{1,2}}:\d\d\b|"
    r"\b\d{1,2}\.\d\d(?:\.\d{2,4})?\b(?!\s*%)|\b(?:19|20)\d\d\b|"
    rf"\b(?:в|с|до|к|in|by|since|until)\s+(?:{_MONTHS})\w*|"
    r"\b(?:понедельник|вторник|сред[ауы]м?\b|четверг|пятниц|суббот|воскресень)\w*|"
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b(?:завтра|послезавтра|сегодня|tomorrow|today|tonight)\b|"
    r"\bчерез\s+(?:\w+\s+)?(?:час|день|дня|дней|недел|месяц|год|лет)\w*|\bin\s+\w+\s+(?:hours?|days?|weeks?|months?|years?)|"
    r"\b(?:следующ|ближайш|прошл|эт)\w*\s+(?:день|дня|недел|месяц|год|раз)\w*|\b(?:next|last)\s+(?:day|week|month|year)\b|"
    r"\b(?:весной|летом|осенью|зимой|in (?:spring|summer|autumn|fall|winter))\b",
    re.I,
)
# What a question about a date says beside the event, and what a text says right before the date
WHEN = frozenset(
    terms(
        "дедлайн срок дата день число время час сдать сдавать сдача прислать присылать отправить конец крайний "
        "последний новый позже позднее запланировать состояться пройти проходить ближайший назначить "
        "deadline date day time due submit hand turn latest final new scheduled take place held"
    )
)


_BEGINNING = frozenset(terms("начало начинаться начаться старт стартовать start begin beginning starts"))


@dataclass(frozen=True, slots=True)
class Told:
    """A passage's title, its units, and their terms."""

    title: str
    units: Sequence[Unit]
    held: Sequence[Collection[str]]


def of_date(question: str, weights: Mapping[str, float], told: Sequence[Told]) -> list[list[float]]:
    """What speaks for each unit of each passage, in log-odds; nothing where no date is asked for or none is told.

    `weights`: the question's terms with their rarity.
    """
    nothing = [[0.0] * len(one.units) for one in told]
    if not asks_for_date(question):
        return nothing
    event = {term: weight for term, weight in weights.items() if term not in WHEN}
    known = _known(event, told)  # the rest is how one talks: «кстати», «подскажите»
    if sum(known.values()) < _KNOWN * sum(event.values()):
        return nothing
    event = known
    found = [[_kind(unit.text, own, event, one.title) for unit, own in zip(one.units, one.held, strict=True)]
             for one in told]  # fmt: skip
    if not any(one is not None and one >= 0 for row in found for one in row):
        titled = [bool(event) and Terms(terms(one.title)).share(event) >= _WHOLLY for one in told]
        if not any(one is not None and own for row, own in zip(found, titled, strict=True) for one in row):
            return nothing
        # Under a title that is the event («Проекты») any date may be the one that is asked for: «защиты — 14 декабря»
        found = [
            [0.0 if own and one is not None else one for one in row] for row, own in zip(found, titled, strict=True)
        ]
    return [[-_DATELESS if one is None else one for one in row] for row in found]


def names_of_date(question: str, sentence: str) -> frozenset[str]:
    """Words of a question about a date that stand right before a date of the sentence: of «Начало — 7 сентября» for
    «когда начинается курс?» these are words of beginning. Empty for other questions."""
    date = DATE.search(sentence) if asks_for_date(question) else None
    if date is None:
        return frozenset()
    event = dict.fromkeys((term for term in content_terms(question) if term not in WHEN), 1.0)
    before = {term for term in content_terms(sentence[: date.start()]) if _is_asked(term, event)}
    return frozenset(before | _BEGINNING if before & _BEGINNING else before)


def _known(event: Mapping[str, float], told: Sequence[Told]) -> dict[str, float]:
    """Those terms that any of the passages holds, in either language."""
    there = {term for one in told for own in [*one.held, terms(one.title)] for term in own}
    if not there.isdisjoint(_BEGINNING):
        there |= _BEGINNING
    return {term: weight for term, weight in event.items() if term in there or not there.isdisjoint(counterparts(term))}


def _kind(text: str, own: Collection[str], event: Mapping[str, float], title: str) -> float | None:
    """What is to be made of one unit: None without a date of what is asked."""
    date = DATE.search(text)
    if date is None:
        return None
    of_title = terms(title)
    if event and Terms([*own, *of_title]).share(event) < _FITS:
        return None
    fits = Terms(of_title).share(event) if event else 1.0
    before = [term for term in content_terms(text[: date.start()]) if term not in WHEN]
    if not before:
        return _OF_THE_TITLE * min(1.0, fits / _WHOLLY) if fits >= _FITS else 0.0
    if any(_is_asked(term, event) for term in before):
        return _NAMED
    return 0.0 if not event or any(_is_asked(term, event) for term in own) else -_OF_ANOTHER


def _is_asked(term: str, event: Mapping[str, float]) -> bool:
    if term in event or any(other in event for other in counterparts(term)):
        return True
    return term in _BEGINNING and any(one in event for one in _BEGINNING)
