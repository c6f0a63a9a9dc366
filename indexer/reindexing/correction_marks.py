"""By what a text shows that it takes an earlier one back: words of a correction, a moved date, another value."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

from konspekt.indexer.lexical import terms

FIRST_LINE = 120  # characters in which a post says what it is
BEGINNING = 300  # characters in which a post says that something is no longer as it was
SAYS_SO = re.compile(
    r"\b(?:поправк|поправля|исправлени|исправля|upd\b|update[ds]?\b|апдейт|обновлени|обновил|уточнени|опечатк|"
    r"ошиб(?:ся|лась|лись|ка в)|была? (?:не ?)прав|correct(?:ion|ed)|erratum|errata|i was wrong|"
    r"перенос(?:ится|ятся|им\b|у\b)|перенес(?:ен|ли|ла)|перенос (?:занят|лекци|семинар|защит|встреч|дедлайн|срок|дат)|"
    r"rescheduled|postponed|moved to|меня(?:ем|ется|ются) (?:день|дат|время(?! на)|место|цен|срок|адрес|распис))",
    re.I,
)
WORDS_BEFORE = 5  # of the mark: a sentence that only mentions a correction does not count
# Something was moved, anywhere in the first line, where it also says to when or that this is so now
_MOVED = re.compile(
    r"\b(?:перенос(?:ится|ятся|им|у)|перенес(?:ен\w*|ли|ла)|сдвига(?:ется|ются|ем)|сдвинут\w*|сдвинули|"
    r"продл(?:ен\w*|ева\w+|или|ила)|переезжа(?:ет|ют|ем)|переехал\w*|rescheduled|postponed|extended|moved)\b",
    re.I,
)
_MONTHS = (
    "январ феврал март апрел мая июн июл август сентябр октябр ноябр декабр "
    "january february march april june july august september october november december"
)
_WHEN = re.compile(
    rf"\b(?:\d{{1,2}} (?:{'|'.join(_MONTHS.split())})\w*|\d{{1,2}}:\d\d|понедельник\w*|вторник\w*|сред[ауы]|четверг\w*|"
    r"пятниц\w+|суббот\w+|воскресень\w+|(?:mon|tues|wednes|thurs|fri|satur|sun)day|теперь|now)\b",
    re.I,
)
_INSTEAD = re.compile(
    r"\bтеперь\b|\bбольше не\b|\bпо-прежнему\b|\bпрежн(?:ий|яя|ее|ие)\b|\bнов(?:ая|ой|ую) версия?\b|\bа не\b|"
    r"\bno longer\b|\bany ?more\b|\binstead of\b",
    re.I,
)
# How an answer to one's own post takes it back
_TURNED = re.compile(
    r"^\W*(?:нет\b|вс[её]-таки|на самом деле|no,|actually)|\b(?:теперь|уже не|больше не|лишнее|пересчитал\w*|"
    r"передумал\w*|now|any ?more|no longer)\b",
    re.I,
)
_CAUSE = re.compile(r"^\W*(?:из-за|в связи с|по причине|due to|because of)\s+\w+\s*", re.I)
_DENIED = re.compile(r"\b(?:а не|больше не|вместо|not|instead of)\s+([^.,;:!?()]{3,60})", re.I)
_VALUE = re.compile(r"(?<![\w.,])(\d{1,3}(?:[   ]\d{3})+|\d+(?:[.,]\d+)?)\s?(%|[^\W\d_]+)")
_NO_UNITS = frozenset(terms(f"год лет века {_MONTHS} января февраля марта апреля июня июля августа сентября октября"))


def says_it_corrects(text: str) -> bool:
    """Does the first line say among its first words that this is a correction, or that something was moved to when?"""
    line = _first_line(text)
    mark = SAYS_SO.search(line)
    if mark is not None and len(line[: mark.start()].split()) <= WORDS_BEFORE:
        return True
    return _MOVED.search(line) is not None and _WHEN.search(line) is not None


def hints_at_change(text: str) -> bool:
    """Does the beginning say that something is otherwise than before? Alone this is no proof: see `takes_back`."""
    return _INSTEAD.search(text[:BEGINNING].replace("ё", "е")) is not None


def turns_back(text: str) -> bool:
    """An answer to one's own post that says no to it."""
    return _TURNED.search(text[:BEGINNING]) is not None


def has_heading(text: str) -> bool:
    """Does a line of its own stand above the text?"""
    first, gap, rest = text.strip().partition("\n")
    return bool(gap) and rest.startswith("\n") and len(first) <= FIRST_LINE


def takes_back(newer: str, older: str) -> bool:
    """Does the newer text give another value for what the older one counts, or deny what that says?"""
    values, before = values_of(newer), values_of(older)
    if any(unit in before and not values[unit] & before[unit] for unit in values):
        return True
    said = set(terms(older))
    denied = (set(terms(match[1])) for match in _DENIED.finditer(newer))
    return any(words and len(words & said) * 2 > len(words) for words in denied)


def values_of(text: str) -> Mapping[str, set[str]]:
    """Unit -> the numbers that stand before it: «2,2 кВт, 980 градусов»."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for number, unit in _VALUE.findall(text):
        for term in [unit] if unit == "%" else terms(unit):
            if term not in _NO_UNITS:
                found[term].add(re.sub(r"\s", "", number).replace(",", "."))
    return found


def subject(text: str) -> str:
    """What the first line speaks of before it says that it is moved or otherwise; empty where it begins with that."""
    line = _first_line(text)
    marks = [mark.start() for pattern in (SAYS_SO, _MOVED, _INSTEAD) if (mark := pattern.search(line))]
    return _CAUSE.sub("", line[: min(marks)]) if marks else ""


def _first_line(text: str) -> str:
    return text.strip().split("\n", 1)[0][:FIRST_LINE].replace("ё", "е")
