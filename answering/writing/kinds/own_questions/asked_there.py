"""A question that a text asks itself, in the other language: «Нужна ли своя видеокарта?» is "do I need my own gpu".

Lists of usual questions answer in a word or two («Нет.»), which no search for the reader's own words leads to. In one
language the words of both questions meet, so that only the other one is compared by meaning.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from konspekt.answering.words.meaning import Meaning
from konspekt.answering.words.vocabulary import numbers
from konspekt.answering.writing.kinds.units import Unit, units_of
from konspekt.indexer.language import detect_language
from konspekt.indexer.passages import Passage

_ALIKE = 0.81  # cosine of two such questions, in two languages: those of other things had .80 at most
_SURER = 0.025  # and so much more than the next question has
_LONGEST = 80  # characters of a line that asks
_YES_OR_NO = re.compile(
    r"^\W*(?:(?:and|so|but|а|и|но)\s+)?(?:"
    r"(?:is|are|was|were|do|does|did|can|could|will|would|may|must|should|have|has)\b|"
    r"(?:можно|нельзя|нуж(?:ен|на|но|ны)|надо|обязательн\w+|будет|будут|есть|получится)\b|"
    r"(?!.*\b(?:или|кто|что|как\w*|где|куда|когда|почему|зачем|сколько)\b).*\b(?:ли|будет|будут|нуж(?:ен|на|но|ны))\b)",
    re.IGNORECASE,
)


def asked_there(question: str, passages: Sequence[Passage], meaning: Meaning) -> str | None:
    """The question of a passage in the other language that asks the same by yes or no, and is answered behind it."""
    if not _YES_OR_NO.match(question) or len(question) > _LONGEST:
        return None
    asked_in, asked = detect_language(question), numbers(question)
    found: list[tuple[float, str]] = []
    for passage in passages:
        if passage.language == asked_in or "?" not in passage.text:
            continue
        texts = _answered(units_of(passage.text))
        found += zip(meaning.of_sentences(question, texts, passage.document_id), texts, strict=True)
    ranked = sorted(dict.fromkeys(found), reverse=True)
    if not ranked or ranked[0][0] < _ALIKE or any(one[0] > ranked[0][0] - _SURER for one in ranked[1:]):
        return None
    same = ranked[0][1].strip(" -–—•*_")
    return same if _YES_OR_NO.match(same) and asked <= numbers(same) else None


def _answered(units: Sequence[Unit]) -> list[str]:
    """The short questions with a sentence behind them that asks nothing."""
    return [
        one.text
        for one, behind in pairwise(units)
        if one.text.rstrip("*_ ").endswith("?") and len(one.text) <= _LONGEST and not behind.asks_or_names
    ]
