"""«Чем мерить …?» asks for the names of what it is done with, «правда, что X — это Y?» for the one that says so."""

from __future__ import annotations

import re

from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.vocabulary import content_terms
from konspekt.answering.writing.kinds.units import Unit
from konspekt.indexer.lexical import terms

_WITH_WHAT = re.compile(
    r"\b(?:чем|через что|с помощью чего|на какой библиотеке)\s+(?:\w+\s+)?(?!отлича)[а-яё]+(?:ть|ти|[аяую]т)\b|"
    r"\b(?:with what|what (?:do (?:you|i|we|people)|to|is) used? (?:to|for))\b",
    re.IGNORECASE,
)
_USED = re.compile(
    r"\b(?:использу\w+|применя\w+|с помощью|через|бер[уё]т\w*|используют|use[sd]?|using|via)\b", re.IGNORECASE
)
_NAMED = re.compile(r"(?<![\w-])[A-Z][\w.+-]*[A-Za-z][\w.+-]*")
_WHICH = re.compile(r"\b(?:как(?:ой|ая|ое|ую)|which|what)\s+(?P<noun>\w{4,})", re.IGNORECASE)
_SOME = 0.2  # of the question's words

_THING = r"[\w+./ -]{2,40}?"
_IS_THAT = re.compile(
    rf"^\W*(?:а\s+|и\s+)?(?:(?:это\s+)?правда(?:\s+ли)?,?(?:\s+что)?\s+)?"
    rf"(?!что\b|кто\b|как|где\b|когда\b|зачем\b|почему\b|чем\b|сколько\b)"
    rf"(?P<one>{_THING})\s+(?:[—–-]\s*)?это\s+(?!что\b|кто\b|как|про\b|о\b)(?P<other>{_THING})\s*\?*\s*$",
    re.IGNORECASE,
)
_SAYS_SO = re.compile(r"^(?P<one>[^.!?]{2,60}?)(?:[—–-]\s*это\b|\s+это\s)(?P<other>.+)$", re.IGNORECASE | re.DOTALL)


def names_means(question: str, unit: Unit) -> bool:
    """Whether it is asked what something is done with, and a sentence on that names it: «берут VideoBench»."""
    if not _WITH_WHAT.search(question) or unit.asks_or_names:
        return False
    named = bool(_USED.search(unit.text) and _NAMED.search(unit.text))
    return named and Terms(terms(unit.text)).share(dict.fromkeys(content_terms(question), 1.0)) >= _SOME


def says_it_is(question: str, unit: Unit) -> bool:
    """Whether it is asked if one thing is another, and a sentence says «X, по сути, — это Y»."""
    asked, told = _IS_THAT.search(question), _SAYS_SO.search(unit.text)
    if asked is None or told is None or unit.asks_or_names:
        return False
    sides = (content_terms(asked[side]) for side in ("one", "other"))
    there = (Terms(terms(told[side])) for side in ("one", "other"))
    return all(side and all(of.worth(term) for term in side) for side, of in zip(sides, there, strict=True))


def names_only_its_kind(question: str, title: str, sentence: str) -> bool:
    """«Какой туториал …?» — «Туториал включает …»: a sentence that opens with what is asked for leaves its name to the
    title."""
    asked = _WHICH.search(question)
    opens = re.match(r"\W*(?:the\s+|this\s+|эт\w+\s+)?(?P<noun>\w+)", sentence, re.IGNORECASE)
    if asked is None or opens is None or not _NAMED.search(title):
        return False
    noun = terms(asked["noun"])
    return bool(noun) and terms(opens["noun"]) == noun and Terms(terms(title)).worth(noun[0]) > 0
