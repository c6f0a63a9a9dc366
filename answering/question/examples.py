"""Questions to offer as examples, made from titles: what a person would ask, and what is surely answered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from konspekt.answering.texts import Language, say
from konspekt.indexer.language import detect_language

LONGEST = 48  # characters that a button shows on a phone
SHORTEST = 8
_ASKS = re.compile(
    r"^(?:почему|зачем|как\b|как(?:ой|ая|ое|ие|ую)\b|сколько|чем\b|что (?:такое|значит|делать)|куда|где|откуда|"
    r"когда|кто|why|how|what (?:is|are|does|do)|which|when|where|who|should|can)\b",
    re.IGNORECASE,
)
_OR = re.compile(r"\s(?:или|or)\s.*\?$")
_NAMED = re.compile(r"^(?P<name>[A-Za-z][A-Za-z0-9.+#-]*(?: [A-Z0-9][A-Za-z0-9.+#-]*){0,2})\s*(?::| [—–-])\s+\S")
_NUMBERED = re.compile(
    r"^(?:лекция|урок|занятие|тема|глава|часть|неделя|lecture|lesson|week|chapter|part)\b", re.IGNORECASE
)
_PATTERNED = re.compile(r"(?:Что такое|What is) \S+(?: \S+){0,2}\?$")
_TWO_IN_ONE = re.compile(r"[.!…]\s|\?\s")
_SIGNS = re.compile(r"^[^\w«\"]+")


def example_questions(titles: Iterable[str], language: Language, count: int) -> list[str]:
    """At most `count`, in the order of the titles; those in the reader's language, and of others where these are few.

    «Почему сеть предсказывает шум» is a question already, «AWQ: берегите один процент» answers what AWQ is. Titles
    that are neither are left out.
    """
    found = (_question(_SIGNS.sub("", " ".join(title.split())), language) for title in titles)
    questions = list(dict.fromkeys(question for question in found if question is not None))
    own = [question for question in questions if detect_language(question, language) == language]
    return [*_mixed(own), *(question for question in questions if question not in own)][:count]


def _question(title: str, language: Language) -> str | None:
    bare = title.rstrip(".!:… ")
    if _TWO_IN_ONE.search(bare) or title.endswith("…") or _NUMBERED.match(bare):
        return None
    if (_ASKS.match(bare) or _OR.search(bare)) and SHORTEST <= len(bare) <= LONGEST and bare.count("?") <= 1:
        return bare if bare.endswith("?") else f"{bare}?"
    if named := _NAMED.match(bare):
        return say("what_is", language, name=named["name"])
    return None


def _mixed(questions: Sequence[str]) -> list[str]:
    """Those of authors and those of the pattern «что такое …» in turn."""
    patterned = [question for question in questions if _PATTERNED.match(question)]
    authors = [question for question in questions if question not in patterned]
    pairs = zip_longest(authors, patterned)
    return [question for pair in pairs for question in pair if question is not None]
