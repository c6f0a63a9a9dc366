"""What is told of another one: of ε-prediction where v-prediction is asked about, of four bits for six, of this
semester for the next."""

from __future__ import annotations

import re
from collections.abc import Sequence

from konspekt.answering.lacking.quoted import Quoted
from konspekt.answering.words.vocabulary import numbers
from konspekt.indexer.lexical import terms

# «v-предсказание»: of two such words with one noun the beginning tells one from the other
_PREFIXED = re.compile(r"(?<![\w-])(?P<prefix>[^\W\d_]{1,3})[-‑](?P<noun>[^\W\d_]{5,})")
_SAME = 5  # letters by which two forms of the noun are one
# «при шести битах», "at six bits": a condition, whose number is told beside the same unit
_CONDITION = re.compile(
    r"\b(?:на|при|у|для|с|at|with|for)\s+(?P<number>\d+(?:[.,]\d+)?|[^\W\d_]{3,12})\s+(?P<unit>[^\W\d_]{3,})",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(?P<number>\d+(?:[.,]\d+)?|[^\W\d_]{3,12})[\s-]+(?P<unit>[^\W\d_]{3,})", re.IGNORECASE)
# «с показателем 0.75»: told nowhere in the passage
_SET_TO = re.compile(
    r"\b(?:показател|коэффициент|параметр|степен|температур|вес|exponent|coefficient|temperature|strength|weight)\w*\s+"
    r"(?:= ?|в )?(?P<number>\d+[.,]\d+)",
    re.IGNORECASE,
)
_NEXT = re.compile(
    r"\b(?:следу\w+|весенн\w+|летн\w+|зимн\w+|будущ\w+|next|spring|summer)\s+(?:\w+\s+){0,2}?"
    r"(?:семестр\w*|набор\w*|поток\w*|запуск\w*|год\w*|раз\w*|курс\w*|run|semester|cohort|intake|course|year)"
    r"|\bкурс\w*\s+(?:\w+\s+){0,2}?(?:весной|летом|зимой|повтор\w+)|\b(?:повтор\w+|весной|зимой)\s+(?:\w+\s+)?курс\w*",
    re.IGNORECASE,
)
_NEXT_TOLD = re.compile(
    r"следующ\w+ (?:семестр|набор|поток|запуск|год|раз|курс)|весн|весен|\bлетом|\bлетн|\bзим|будущ|повтор|снова|"
    r"кажд\w+ (?:год|семестр|осень)|ежегодн|(?:нов|втор)\w+ (?:поток|набор)|"
    r"next (?:run|semester|cohort|year)|spring|again|every",
    re.IGNORECASE,
)


def of_a_sibling(question: str, shown: Sequence[Quoted]) -> str | None:
    """What all that is shown tells of another one instead, as the question writes it."""
    if (asked := _NEXT.search(question)) and not any(_NEXT_TOLD.search(one.near) for one in shown):
        return asked.group()
    for match in _PREFIXED.finditer(question):
        if all(_is_prefixed_otherwise(match, one.near) for one in shown):
            return match.group()
    for match in _CONDITION.finditer(question):
        if all(_is_numbered_otherwise(match, one.near) for one in shown):
            return f"{match['number']} {match['unit']}"
    for match in _SET_TO.finditer(question):
        if all(numbers(match["number"]).isdisjoint(numbers(f"{one.near}\n{one.passage.text}")) for one in shown):
            return match.group()
    return None


def _is_prefixed_otherwise(asked: re.Match[str], text: str) -> bool:
    noun = asked["noun"].lower()[:_SAME]
    found = {one["prefix"].lower() for one in _PREFIXED.finditer(text) if one["noun"].lower().startswith(noun)}
    return bool(found) and asked["prefix"].lower() not in found


def _is_numbered_otherwise(asked: re.Match[str], text: str) -> bool:
    own, unit = numbers(asked["number"]), set(terms(asked["unit"]))
    if len(own) != 1 or not unit:
        return False
    found = [numbers(one["number"]) for one in _NUMBERED.finditer(text) if not unit.isdisjoint(terms(one["unit"]))]
    told = [one for one in found if one]
    return bool(told) and own.isdisjoint(numbers(text)) and all(one != own for one in told)
