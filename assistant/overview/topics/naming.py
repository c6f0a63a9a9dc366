"""A topic as a dictionary would name it: «про квантизацию» is about «квантизация»."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from konspekt.indexer.lexical import is_russian, morphology

_WORD = re.compile(r"[а-яё]+$", re.IGNORECASE)
_BEFORE_NOUN = frozenset({"ADJF", "PRTF"})


@lru_cache(maxsize=2000)
def nominative(topic: str) -> str:
    """The topic with its first noun, and what agrees with it, in the nominative; what follows stays as it is."""
    words = topic.split(" ")
    for place, word in enumerate(words):
        match = _WORD.search(word)
        if match is None or not is_russian(match.group().lower()):
            if word.isascii():
                break  # «LoRA» is a name: what follows depends on it
            continue
        reading = _reading(match.group())
        inflected = reading.inflect({"nomn"}) if reading is not None else None
        if inflected is None:
            break
        words[place] = word[: match.start()] + _like(match.group(), str(inflected.word))
        if reading is not None and str(reading.tag.POS) not in _BEFORE_NOUN:
            break
    return " ".join(words)


def _reading(word: str) -> Any | None:
    """The likeliest reading that has a case."""
    return next((one for one in morphology().parse(word.lower()) if one.tag.case is not None), None)


def _like(written: str, word: str) -> str:
    if written.isupper() and len(written) > 1:
        return word.upper()
    return word.capitalize() if written[0].isupper() else word
