"""What a text counts, dates or schedules, so that two texts on one thing can be held against each other."""

from __future__ import annotations

import calendar
import re
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

from konspekt.indexer.lexical import base_form, terms
from konspekt.indexer.numbered import spelled

_WORD = re.compile(r"[^\W\d_]+")
_TENS = re.compile(r"\x01([2-9]0)\s+\x01([1-9])\b")
_NUMBER = r"(\d{1,3}(?:[   ]\d{3})+|\d+(?:[.,]\d+)?)"
_VALUE = re.compile(rf"(?:([^\W\d_]+)\s*(?:[=:—–-]\s*)?)?(?<![\w.,:]){_NUMBER}(?![\w:]|[.,]\d)\s?(%|[₽$€]|[^\W\d_]+)?")
_MONTHS = ("январ", "феврал", "март", "апрел", "ма[яй]", "июн", "июл", "август", "сентябр", "октябр", "ноябр", "декабр")
_IN_ENGLISH = tuple(name.lower() for name in calendar.month_name[1:])
_MONTH = {name[:3]: number for names in (_MONTHS, _IN_ENGLISH) for number, name in enumerate(names, 1)}
_MONTH |= {"мая": 5, "май": 5}
_DATE = re.compile(
    rf"\b(\d{{1,2}})(?:-?го|st|nd|rd|th)?\s+(?:of\s+)?({'|'.join([*_MONTHS, *_IN_ENGLISH])})\w*|"
    rf"\b({'|'.join(_IN_ENGLISH)})\s+(\d{{1,2}})\b",
    re.I,
)
_CLOCK = re.compile(r"\b(\d{1,2}:\d\d)\b")
_WEEKDAY = re.compile(
    r"\b(понедельник|вторник|сред(?=[ауы]м?\b)|четверг|пятниц|суббот|воскресень|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day)",
    re.I,
)
_DAYS = ("понедельник", "вторник", "сред", "четверг", "пятниц", "суббот", "воскресень")
_DAYS_IN_ENGLISH = tuple(name.lower() for name in calendar.day_name)
_DAY = {name: str(number) for names in (_DAYS, _DAYS_IN_ENGLISH) for number, name in enumerate(names)}

_CHANGED = re.compile(
    r"вырос|увелич|сни[зж]|подня|повы[сш]|опуст|сокра[тщ]|уменьш|перен[ео]с|измен|меня|продл|сдвин|теперь|поправ|ошиб|"
    r"\b(?:rais|increas|reduc|lower|cut\b|went|drop|grew|mov|postpon|extend|chang|now\b|correct|updat)",
    re.I,
)
_BEFORE = r"(?:[^\W\d_]+\s+){0,2}?"
_GONE = (
    re.compile(rf"\b(?:вместо|больше не|уже не|instead of|rather than|no longer)\s+{_BEFORE}{_NUMBER}", re.I),
    re.compile(rf"\bбыл[аои]?\s+{_BEFORE}{_NUMBER}[^.!?]{{0,40}}?\b(?:стал|теперь|будет)", re.I),
    re.compile(rf"\b(?:а|but)\s+(?:не|not)\s+(?:на |в |до |за |at |to )?{_NUMBER}", re.I),
    re.compile(rf"\b(?:не|not)\s+(?:на |в |до |за |at |to )?{_NUMBER}[^.!?]{{0,20}}?[,\s]\s*(?:а|but)\b", re.I),
)
_FROM_TO = re.compile(rf"\b(?:с|from)\s+{_NUMBER}\s*{_BEFORE}(?:до|на|to)\s+\d", re.I)


def told_values(text: str) -> Mapping[str, frozenset[str]]:
    """Kind -> values: `date` as day and month, `clock`, `weekday`, and each word that a number stands beside.

    «20 часов в неделю» is `{"час": {"20"}}`, «ранг 128» is `{"ранг": {"128"}}`; numbers in words count as well.
    """
    return _told_values(text)


@lru_cache(maxsize=4096)
def _told_values(text: str) -> Mapping[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    text = in_digits(text)
    for match in _DATE.finditer(text):
        day, month = (match[1], match[2]) if match[1] else (match[4], match[3])
        found["date"].add(f"{int(day)} {_MONTH[month.lower()[:3]]}")
    found["clock"] |= set(_CLOCK.findall(text))
    found["weekday"] |= {_DAY[day.lower()] for day in _WEEKDAY.findall(text)}
    for before, number, unit in _VALUE.findall(_DATE.sub(" ", text)):
        for word in (before, unit):
            for term in [word] if word and not word.isalpha() else terms(word):
                found[term].add(plain(number))
    return {kind: frozenset(values) for kind, values in found.items() if values}


def gone_numbers(text: str) -> frozenset[str]:
    """Numbers of which a text says that they hold no more: «вместо обещанных двадцати часов — 12», «с 500 до 700»."""
    text = in_digits(text)
    found = {plain(match) for pattern in _GONE for match in pattern.findall(text)}
    if _CHANGED.search(text):
        found |= {plain(match) for match in _FROM_TO.findall(text)}
    return frozenset(found)


def numbers_told(text: str) -> frozenset[str]:
    """All numbers of a text, those in words as well."""
    return frozenset(plain(match) for match in re.findall(rf"(?<![\w.,:]){_NUMBER}", in_digits(text)))


def without_dates(text: str) -> str:
    """The text without its dates, times and days of the week."""
    return _WEEKDAY.sub(" ", _CLOCK.sub(" ", _DATE.sub(" ", text)))


def plain(number: str) -> str:
    return re.sub(r"\s", "", number).replace(",", ".")


def in_digits(text: str) -> str:
    """Numbers in words as digits, from two on: «двадцати пяти часов» is «25 часов»."""

    def digits(match: re.Match[str]) -> str:
        number = spelled(base_form(match[0].lower()), base_form)
        return f"\x01{number}" if number else match[0]

    text = _WORD.sub(digits, text)
    return _TENS.sub(lambda match: str(int(match[1]) + int(match[2])), text).replace("\x01", "")
