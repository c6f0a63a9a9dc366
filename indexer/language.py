"""Which of the two languages a text is written in, by its letters."""

from __future__ import annotations

import re

_URL = re.compile(r"https?://\S+|@\w+")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_LATIN = re.compile(r"[A-Za-z]")

# Russian posts about machine learning are full of English terms, so that a Russian text may have more Latin letters
# than Cyrillic ones; an English text has next to no Cyrillic. One letter in four decides.
CYRILLIC_SHARE = 0.25
SAMPLE_CHARS = 4000  # the beginning of a text tells its language as well as all of it


def detect_language(text: str, default: str = "ru") -> str:
    """`ru` or `en`; `default` for a text without letters of either script. Links and @names do not count."""
    text = _URL.sub(" ", text[:SAMPLE_CHARS])
    cyrillic = len(_CYRILLIC.findall(text))
    latin = len(_LATIN.findall(text))
    if not cyrillic and not latin:
        return default
    return "ru" if cyrillic >= CYRILLIC_SHARE * (cyrillic + latin) else "en"
