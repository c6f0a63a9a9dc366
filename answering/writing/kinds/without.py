"""«Как ускорить без дообучения»: what does it with the very thing that a question rules out is no answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.vocabulary import content_terms
from konspekt.answering.writing.kinds.units import Unit
from konspekt.indexer.lexical import terms

RULED_OUT = -8.0  # log-odds of a sentence with what is ruled out
_OF_ALL = -4.0  # and of every other one of a text that is about it
_MANY, _PART = 3, 0.25  # sentences of such a text, and their part of all
_WITHOUT = re.compile(
    r"\b(?:без|without)\s+(?:(?:всякого|всякой|любого|лишнего|any|the)\s+)?(?P<thing>[а-яёa-z-]{4,})", re.IGNORECASE
)
_TRAINING = re.compile(
    r"(?<![а-яё])(?:пере|до)?обуч|трениров|дистилл|файн-?тюн|тюн(?:им|инг|ят)|прун|distill|\b(?:re)?train|fine-?tun|\bprun",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(?:без|не|нет|without|no|not|free)\b|n['’]t\b", re.IGNORECASE)


def ruled_out(question: str, title: str, units: Sequence[Unit]) -> list[float]:
    """Log-odds for each unit."""
    match = _WITHOUT.search(question)
    if match is None:
        return [0.0] * len(units)
    with_it = [_has(match["thing"], unit.text) for unit in units]
    about = _has(match["thing"], title) or sum(with_it) >= max(_MANY, _PART * len(units))
    return [RULED_OUT if here else _OF_ALL * about for here in with_it]


def _has(thing: str, text: str) -> bool:
    """Whether a text speaks of the thing, or of any training where that is ruled out, and never of being without."""
    if _NOT.search(text):
        return False
    if _TRAINING.search(thing):
        return bool(_TRAINING.search(text))
    there = Terms(terms(text))
    return any(term in there for term in content_terms(thing))
