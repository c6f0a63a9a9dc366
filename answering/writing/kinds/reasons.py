"""A post or section whose title is the question is answered by its first sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence

from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.vocabulary import content_terms
from konspekt.answering.writing.kinds.units import Unit
from konspekt.indexer.lexical import terms

FIRST = (5.0, 4.6)  # log-odds of the first sentences below a title that is the question
NO_REASON = -6.0  # log-odds of a row of a table where it is asked why
_SAME = 0.6  # of the question's words and of the title's, where both ask the same way
_PURPOSE = re.compile(
    r"(?:зачем|для чего|к чему)\s+(?:вообще\s+|нам\s+)?нуж(?:ен|на|но|ны)\s+(?P<of>[^?!.,;:()]{2,40}?)\W*$"
    r"|why (?:do (?:we|i|you|people) )?(?:need|use)\s+(?:an?\s+|the\s+)?(?P<why>[^?!.,;:()]{2,40}?)\W*$"
    r"|what(?:'s| is)\s+(?:an?\s+|the\s+)?(?P<for>[^?!.,;:()]{2,40}?)\s+(?:good |used )?for\W*$",
    re.IGNORECASE,
)
_ASKS = {
    "why": re.compile(r"\b(?:почему|зачем|отчего|из-за чего|why|what for)\b", re.IGNORECASE),
    "how": re.compile(r"\b(?:как|каким образом|how)\b", re.IGNORECASE),
    "which": re.compile(r"\b(?:как(?:ой|ая|ое|ие|ую)|что лучше|which|what)\b", re.IGNORECASE),
    "where": re.compile(r"\b(?:куда|где|откуда|where)\b", re.IGNORECASE),
    "differs": re.compile(r"\b(?:чем .*отлича\w+|разниц\w+|differ\w*)\b", re.IGNORECASE),
}


def same_question(question: str, title: str) -> bool:
    """Whether a title asks what the question asks, in other words or in another order."""
    if not any(one.search(question) and one.search(title) for one in _ASKS.values()):
        return False
    asked, there = content_terms(question), content_terms(title)
    if not asked or not there:
        return False
    of_question = Terms(frozenset(terms(title))).share(dict.fromkeys(asked, 1.0))
    of_title = Terms(frozenset(terms(question))).share(dict.fromkeys(there, 1.0))
    return of_question >= _SAME and of_title >= _SAME / 2


def purpose_of(question: str) -> str | None:
    """X of «зачем нужен X?», which what X is answers where nothing says it straight."""
    match = _PURPOSE.search(question)
    return (match["of"] or match["why"] or match["for"]) if match else None


def asks_why(question: str) -> bool:
    return bool(_ASKS["why"].search(question))


def below_their_title(question: str, title: str, units: Sequence[Unit]) -> list[float]:
    """Log-odds for each unit: the first ones below a title or heading that asks the same."""
    found = [0.0] * len(units)
    at: int | None = 0 if same_question(question, title) else None
    for i, unit in enumerate(units):
        if unit.asks_or_names:
            if same_question(question, unit.text):
                at = 0
            continue
        if at is not None and not unit.is_tags and unit.text.strip() != title.strip():
            if at < len(FIRST):
                found[i] = FIRST[at]
            at += 1
    return found
