"""What kind of thing a question asks for, and whether a sentence holds one of that kind.

By rule, in Russian and English: a number with what it counts, a licence, a date, people, who made a thing, a company, a
price, a command, code, a reason, a place; the table is `asked.toml`. A kind that is not recognised asks for nothing in
particular, and any sentence may hold it.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

from konspekt.answering.words.authors import AUTHOR, AUTHOR_TOLD, may_tell_author
from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.vocabulary import numbers
from konspekt.indexer.lexical import terms

_HOW_MANY = r"(?:скольк|скок|сколк|количеств|how many|how much|number of|какой размер|какого размера)"
_WHAT = r"\b(?:как\w+|чему|каков\w*|скольк\w*|скок|сколк\w*|насколько|what|which|how)\b"
_OF = r"\W+(?:[\w-]+\W+)?"
_SPELLED = (
    r"\b(?:один|одн[аоу]|дв[аеу]\w*|тр[иё]\w*|четыр\w+|пят\w+|шест\w+|сем[ьи]\w*|восем\w+|десят\w+|сорок\w*|девяност\w+"
    r"|ст[оа]|тысяч\w*|пол\w+|вдвое|втрое|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty"
    r"|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|twice)\b"
)
_NUMBER = rf"(?:\d[\d\s.,]*|{_SPELLED})"
_NEAR_A_NUMBER = re.compile(rf"(?<![a-wyzа-фц-я^/_])\d|{_SPELLED}", re.IGNORECASE)  # «x6», not $h^2$ or T5
_IN_PARTS = frozenset({"times", "percent", "speed"})  # kinds that «вдвое» and «треть» tell
_PART = re.compile(
    r"\b(?:вдвое|втрое|половин\w+|трет[ьи]|четверт[ьи]|в разы|half|twice|a (?:third|quarter))\b", re.IGNORECASE
)
_BESIDE = 12  # characters between a number and its unit
_SPELLED_NUMBER = re.compile(_SPELLED, re.IGNORECASE)
_HOLDS = {
    "number": re.compile(rf"\d|{_SPELLED}", re.IGNORECASE),
    "names": re.compile(r"(?:^|[^.!?\s]\s+|[(«\"])([A-ZА-ЯЁ][\w’-]+)", re.MULTILINE),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """`asks` finds it in a question; `holds` finds in a text what such a question wants."""

    name: str
    asks: re.Pattern[str]
    holds: re.Pattern[str]
    counts: bool  # what is wanted is a number
    loose: bool  # a text may tell it without any such word
    unit: re.Pattern[str] | None = None  # what stands beside such a number, as a word of its own


def _kinds() -> tuple[Kind, ...]:
    table = tomllib.loads(resources.files("konspekt.answering").joinpath("judging", "asked.toml").read_text("utf-8"))
    return tuple(_kind(row) for row in table["kind"])


def _kind(row: dict[str, Any]) -> Kind:
    loose = bool(row.get("loose", False))
    if row.get("holds") == "authors":
        return Kind(row["name"], AUTHOR, AUTHOR_TOLD, counts=False, loose=loose)
    asked = row["asks"].replace("HOWMANYOF", rf"{_HOW_MANY}\w*{_OF}").replace("HOWMANY", _HOW_MANY)
    asked = asked.replace("WHAT", _WHAT)
    asks = re.compile(asked, re.IGNORECASE)
    if "units" in row:
        unit = re.compile(rf"(?<![^\W\d_])(?:{row['units']})", re.IGNORECASE)
        return Kind(row["name"], asks, _beside_a_number(row["units"], row.get("words", "")), True, loose, unit)
    if "words" in row:
        return Kind(row["name"], asks, re.compile(row["words"], re.IGNORECASE | re.MULTILINE), False, loose)
    return Kind(row["name"], asks, _HOLDS[row["holds"]], row["holds"] == "number", loose)


def _beside_a_number(units: str, words: str) -> re.Pattern[str]:
    """`7 млрд параметров`, `до 50 шагов`, `VRAM: 24`; or one of the words without any number: «бесплатно»."""
    before = rf"{_NUMBER}\s*[-–~+]?\s*(?:\w+\s+){{0,2}}?(?:{units})"
    after = rf"(?:{units})\w*\W+(?:\w+\W+){{0,4}}?{_NUMBER}"
    return re.compile("|".join(filter(None, (before, after, words))), re.IGNORECASE)


KINDS = _kinds()


def kind_of(question: str) -> Kind | None:
    return next((kind for kind in KINDS if kind.asks.search(question)), None)


def holds_kind(question: str, text: str) -> float:
    """1.0 when the text holds what is asked for, 0.0 when it does not, 0.5 when nothing in particular is asked.

    A number that the question itself names is no answer to it, and neither is a name.
    """
    kind = kind_of(question)
    if kind is None:
        return 0.5
    if kind.asks is AUTHOR:
        return float(may_tell_author(question, text))
    if kind.counts and (asked := numbers(question)):
        others = numbers(text) - asked
        if not others and not _SPELLED_NUMBER.search(text):
            return 0.0
    if kind.holds is _HOLDS["names"]:
        asked_of = Terms(terms(question))
        found = (match.group(1) for match in kind.holds.finditer(text))
        return float(any(not all(term in asked_of for term in terms(name)) for name in found))
    return float(bool(kind.holds.search(text)))


def is_spelled_number(word: str) -> bool:
    """«сорок», «вдвое», "twice"."""
    return bool(_SPELLED_NUMBER.fullmatch(word))


def tells_number(question: str, text: str) -> bool:
    """Whether a text tells a number of the very kind that is asked for: «2 308 токенов», not «630 миллионов» with some
    word behind that ends like a unit. False where none is asked for."""
    kind = kind_of(question)
    if kind is None or not kind.counts:
        return False
    if kind.name in _IN_PARTS and _PART.search(text):
        return True
    if not holds_kind(question, text):
        return False
    return kind.unit is None or any(
        _NEAR_A_NUMBER.search(text[max(0, unit.start() - _BESIDE) : unit.end() + _BESIDE])
        for unit in kind.unit.finditer(text)
        if len(unit.group()) > 1 or not unit.group().isalpha() or text[unit.start() - 1 : unit.start()].isdigit()
    )


def lacks_kind(question: str, text: str) -> bool:
    """Whether something in particular is asked for that such a text cannot tell, for it holds nothing of the kind."""
    kind = kind_of(question)
    return kind is not None and not kind.loose and not holds_kind(question, text)
