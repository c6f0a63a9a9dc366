"""Which sentence tells the kind of number that is asked for, and which speaks of the very size that a question names:
«семь миллиардов» of «влезет ли 7b в 8 гб»."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from konspekt.answering.judging.asked import tells_number
from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.vocabulary import names, numbers
from konspekt.answering.writing.kinds.moments import Told
from konspekt.answering.writing.kinds.units import Unit
from konspekt.indexer.lexical import terms

UNCOUNTED = -2.0  # log-odds of a sentence without a number, where another tells the kind of number asked for
SAME_SIZE = 6.0  # log-odds of a sentence on the size that is asked of
_SIZE = re.compile(
    r"(?<![\w.,])(?P<number>\d+(?:[.,]\d+)?|[а-яё]{3,}|[a-z]{3,})[\s-]?"
    r"(?P<unit>b|б|млрд|миллиард\w*|billion|млн|миллион\w*|million)\b",
    re.IGNORECASE,
)
_BILLIONS = re.compile(r"b|б|млрд|миллиард|billion", re.IGNORECASE)


def sizes(text: str) -> frozenset[tuple[str, bool]]:
    """Numbers of billions (True) and millions (False): of a model's weights, mostly."""
    return frozenset(
        (number, bool(_BILLIONS.match(match["unit"])))
        for match in _SIZE.finditer(text)
        for number in numbers(match["number"])
    )


def of_the_size(question: str, units: Sequence[Unit]) -> list[float]:
    """Log-odds for each unit."""
    asked = sizes(question)
    return [SAME_SIZE * bool(asked and not asked.isdisjoint(sizes(unit.text))) for unit in units]


def of_number(question: str, told: Sequence[Told]) -> list[list[float]]:
    """Log-odds for each unit of each passage: less for those that tell no such number, where one of the thing does."""
    of = names(question)
    found = [
        [tells_number(question, unit.text) and _is_of(of, f"{one.title}\n{unit.text}") for unit in one.units]
        for one in told
    ]
    known = any(any(row) for row in found)
    return [[UNCOUNTED * (known and not tells) for tells in row] for row in found]


def _is_of(named: Collection[str], text: str) -> bool:
    there = Terms(terms(text))
    return not named or any(there.worth(term) for term in named)
