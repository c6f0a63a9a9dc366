"""The rough sound of a name, by which «дримбут» meets DreamBooth and «колаб» meets Colab.

Both alphabets are brought to the same few Latin letters. How an English vowel is heard hardly any two people agree on,
so that names are looked for by their consonants and compared as a whole.
"""

from __future__ import annotations

import re
from functools import lru_cache

from konspekt.indexer.lexical import base_form, is_russian
from konspekt.indexer.query.transliteration import in_latin

# How groups of letters sound, the longer ones first; `$` is the end of a word
_ENGLISH = {
    "tion": "shn", "shch": "sh", "igh": "ai", "sch": "sh", "ph": "f", "ck": "k", "wh": "v", "th": "t", "qu": "kv",
    "ch": "ch", "ce": "se", "ci": "si", "cy": "si", "ee": "i", "ea": "i", "ie": "i", "oo": "u", "ou": "u", "ay": "ei",
    "ai": "ei", "ey": "ei", "e$": "", "x": "ks", "c": "k", "w": "v", "y": "i", "j": "dzh", "z": "s",
}  # fmt: skip
_RUSSIAN = {
    "sch": "sh",
    "ch": "ch",
    "kh": "h",
    "th": "t",
    "c": "ts",
    "y": "i",
    "zh": "zh",
    "z": "s",
}  # of its Latin spelling
_VOWELS = re.compile(r"[aeiou]+")
_DOUBLED = re.compile(r"(.)\1+")


def _pattern(heard: dict[str, str]) -> re.Pattern[str]:
    return re.compile("|".join(sorted(heard, key=len, reverse=True)))


_GROUPS = {True: (_pattern(_RUSSIAN), _RUSSIAN), False: (_pattern(_ENGLISH), _ENGLISH)}


@lru_cache(maxsize=20_000)
def sound(word: str) -> str:
    """Of a word in lower case; of a Russian one in its base form."""
    return sound_as_written(base_form(word) if is_russian(word) else word)


def sound_as_written(word: str) -> str:
    """Of a word in the very form that it has: what ends in «-ов» may be a surname or a genitive."""
    russian = is_russian(word)
    pattern, heard = _GROUPS[russian]
    said = pattern.sub(lambda match: _heard(match, heard), in_latin(word) if russian else word)
    return _DOUBLED.sub(r"\1", said)


def _heard(match: re.Match[str], heard: dict[str, str]) -> str:
    return heard.get(match.group(), heard.get(f"{match.group()}$", ""))


def consonants(said: str) -> str:
    return _VOWELS.sub("", said)
