"""Traits of an English line. Pronouns, negations and comparatives are closed lists; a passive "I" does not act."""

from __future__ import annotations

import re
from dataclasses import replace

from konspekt.conversion.meaning.common import listed, said_of
from konspekt.conversion.meaning.traits import Traits

_BE = r"[’']m|[’']ve been|was|am|were|got|had been|have been|get|keep being"
_PASSIVE = re.compile(rf"\bI\s*(?:{_BE})\s+(?:\w+ly\s+|once\s+)?\w+(?:ed|en|t|wn|de)\b")  # "I was told"
_ANYONE = re.compile(r"\A\s*[A-Z][a-z]+\b(?!\s+(?:is|are|was|were|has|have)\b)")  # "Subscribe …": it may be an order
_THAN = re.compile(r"\bthan\s+(?:that of\s+|the\s+|in\s+|with\s+)?(?P<name>[A-Za-z][\w.-]*\w)", re.IGNORECASE)


def english_traits(text: str) -> Traits:
    found = _THAN.search(text)
    traits = listed(text, "en")
    acting = said_of(_PASSIVE.sub(" ", text), "en", "subject")
    return replace(
        traits,
        subjects=acting,
        acting=acting,
        speaking=acting,
        open_one=traits.open,
        open=traits.open or bool(_ANYONE.search(text)),
        than=found["name"].casefold() if found else None,
    )
