"""Code, a formula, the people who did it: not any of them answers, but the one that belongs to what is asked of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from konspekt.answering.words.authors import AUTHOR, AUTHOR_TOLD
from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.vocabulary import content_terms
from konspekt.answering.writing.kinds.units import Unit, is_line_of_code
from konspekt.indexer.lexical import terms

_CODE_ASKED = re.compile(
    r"\b(?:код(?:а|ом|е)?|скрипт\w*|сниппет\w*|листинг\w*|команд(?:у|ой)|какая команда|code|snippet|script|command|"
    r"implement\w*|how (?:do|can|to) (?:i |you )?(?:write|implement|run))\b",
    re.IGNORECASE,
)
_CODE_LINE = re.compile(r"\w\s*[-+*/]?=[^=]|\w\(|^\s*[\w./-]+ --?\w", re.M)
_CODE_THERE = re.compile(r"^\s*(?:def |import |from \w+ import |\w+ = \w+\(|for \w+ in |[\w-]+ --?\w+ )", re.M)
_SHOW_CODE = re.compile(
    r"^\W*(?:а\s+|and\s+)?(?:код|code|скрипт)\b|\b(?:покажи\w*|дай\w*|приведи\w*|скинь\w*|пришли\w*|есть|show|give)\b"
    r".{0,20}\b(?:код\w?|code|скрипт|script|snippet)\b",
    re.IGNORECASE,
)
_FORMULA_ASKED = re.compile(
    r"\b(?:формул\w+|уравнени\w+|чему рав\w+|выражени\w+|formulas?|equations?|expression)\b", re.IGNORECASE
)
_FORMULA_THERE = re.compile(
    r"\$\$|\\(?:frac|sqrt|sum|prod|mathbb|mathcal|nabla|int)\b|=\s*[^.;,=а-яё]{0,60}[+·∇√^\\]|=\s*\S+_\S+ [+·]"
    r"|(?:\w+\s*[·×/]\s*){2,}\w+",
    re.IGNORECASE,
)
# What is asked for, how it looks in a text, and the words of a question that only name the kind of it
_THINGS = (
    (_CODE_ASKED, _CODE_THERE, "показать пример покажи код реализация implementation show"),
    (_FORMULA_ASKED, _FORMULA_THERE, "формула уравнение равный выражение formula equation expression"),
    (AUTHOR, AUTHOR_TOLD, "придумать предложить автор создать изобрести разработать ввести открыть сделать метод"
     " статья идея работа модель разработка invent propose create author introduce develop made came idea paper work"
     " method model"),
)  # fmt: skip
BELONGS, STRAY = 6.0, -2.0  # log-odds of the thing that is asked for, of one that belongs to something else
UNASKED_CODE = -3.0  # of code where none is asked for: prose says it
_PRINTED = frozenset({"", "text", "txt", "output", "console", "log"})
_MOSTLY, _SURELY = 0.6, 0.8  # of the question's words
_ITS_OWN = 5.0  # log-odds more in a post that is titled by what is asked of
_HEAD_OF_TITLE = re.compile(r"[:—–]|\s-\s")
_QUESTIONS = re.compile(r"(?<=[.?!])\s+")
_SECTION = 0.9  # of what is named in the sentences before it, not right beside it
_NEARBY = 0.3  # log-odds less for each sentence between


def is_program(unit: Unit) -> bool:
    """Whether a unit is code, and not what a program printed: that has no language and hardly a line of code."""
    if unit.code is None:
        return False
    language, text = unit.code
    return language.lower() not in _PRINTED or len(_CODE_LINE.findall(text)) > text.count("\n") / 2


def whole_code(units: Sequence[Unit], chosen: Sequence[int]) -> list[int]:
    """The chosen units with all lines of the code that one of them is a line of, where it stands without a fence."""
    kept = set(chosen)
    for i in chosen:
        for step in (-1, 1):
            at = i
            while 0 <= at < len(units) and _is_code_line(units[at]):
                kept.add(at)
                at += step
    return sorted(kept)


def _is_code_line(unit: Unit) -> bool:
    return unit.code is None and not unit.is_row and is_line_of_code(unit.text)


@dataclass(frozen=True, slots=True)
class Thing:
    """A kind of thing that is asked for: how it looks, and the terms of what it must belong to."""

    there: re.Pattern[str]
    of: frozenset[str]

    def is_in(self, unit: Unit) -> bool:
        if self.there is not _CODE_THERE or unit.code is None:
            return bool(self.there.search(unit.text))
        return is_program(unit)


def thing_asked_for(question: str) -> Thing | None:
    """Code, a formula or people, where the question asks for them and says of what; of several questions in a row, as a
    follow-up is read with the one before it, the last that does."""
    return next(filter(None, map(_thing, reversed(_QUESTIONS.split(question)))), None)


def _thing(question: str) -> Thing | None:
    for asked, there, empty in _THINGS:
        if match := asked.search(question):
            asking = " ".join(filter(None, match.groups())) or match.group()
            naming = {*terms(asking), *terms(empty)}
            of = frozenset(term for term in content_terms(question) if term not in naming)
            return Thing(there, of) if of else None
    return None


def lacks_code(question: str, texts: Sequence[tuple[str, Sequence[Unit]]]) -> bool:
    """Whether code is wanted to be shown and none of the texts, each with its title, holds code of that thing."""
    thing = thing_asked_for(question) if _SHOW_CODE.search(question) else None
    return thing is not None and not any(
        max(belongings(thing, title, units), default=0.0) >= _MOSTLY for title, units in texts
    )


def asks_for_code(question: str) -> bool:
    return bool(_CODE_ASKED.search(question))


def belongings(thing: Thing, title: str, units: Sequence[Unit]) -> list[float]:
    """Of each unit: the share of what the thing must belong to that is named in it, in the sentence before it, in its
    heading and its post's title, or a little less where its section names it; 0 for a unit without such a thing."""
    found = [0.0] * len(units)
    wanted = dict.fromkeys(thing.of, 1.0)
    of_title, heading, before, section = terms(title), list[str](), list[str](), list[str]()
    for i, unit in enumerate(units):
        own = terms(unit.text)
        if unit.is_heading:
            heading, before, section = own, [], []
            continue
        if thing.is_in(unit):
            near = Terms([*own, *before, *heading, *of_title]).share(wanted)
            people = thing.there is AUTHOR_TOLD  # a section may speak of many
            found[i] = (
                near if people else max(near, _SECTION * Terms([*section, *own, *heading, *of_title]).share(wanted))
            )
        before = own
        section += own
    return found


def worth_of(thing: Thing, title: str, units: Sequence[Unit]) -> list[float]:
    """Log-odds for each unit: the first that belongs to what is asked of gains most."""
    shares = belongings(thing, title, units)
    best = max(shares, default=0.0)
    head = set(terms(_HEAD_OF_TITLE.split(title)[0]))
    own = _ITS_OWN if head and head <= thing.of else 0.0
    worth, seen = [], 0
    for share in shares:
        if not share:
            worth.append(0.0)
        elif best < _MOSTLY and thing.there is AUTHOR_TOLD:
            worth.append(0.0)  # some names are better than none
        elif share < best or share < _MOSTLY:
            worth.append(STRAY)
        else:
            worth.append(BELONGS * share + own - _NEARBY * seen)
            seen += 1
    return worth


def is_there(thing: Thing, title: str, units: Sequence[Unit]) -> bool:
    """Whether a text holds the thing with everything that it must belong to."""
    return max(belongings(thing, title, units), default=0.0) >= _SURELY
