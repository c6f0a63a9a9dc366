"""«А во второй?»: the question before is asked of another one in a row of homework, lectures, versions."""

from __future__ import annotations

import re

from konspekt.answering.words.morphology import has_predicate
from konspekt.answering.words.vocabulary import content_terms, names

ORDINAL = re.compile(
    r"\b(?:перв|втор|трет|четв[её]рт|пят|последн)(?:ый|ой|ая|ое|ого|ую|ом|ему|их|ий|яя|ья|ьей|ьего|ей|ью|ым|ые)\b",
    re.IGNORECASE,
)


def same_of_another(before: str, body: str) -> str:
    """The question `before` with the ordinal of a follow-up's `body`. Empty where that asks something else of it, or
    names a thing of its own."""
    asked = ORDINAL.findall(body)
    rest = ORDINAL.sub(" ", body)
    if len(asked) != 1 or len(ORDINAL.findall(before)) != 1 or has_predicate(rest) or names(rest):
        return ""
    return "" if set(content_terms(rest)) - set(content_terms(before)) else ORDINAL.sub(asked[0], before)


def asks_another(question: str, standalone: str) -> bool:
    """Whether a follow-up became the question before, of another one: what was shown is of the first."""
    return bool(ORDINAL.search(question)) and question.strip(" ?!.") not in standalone
