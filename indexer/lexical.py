"""Words of a text as search terms: lemmas of Russian, stems of English, names and numbers as they are.

Documents and queries go through the same function, so that whatever it does, they meet.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

VERSION = 1  # part of the index's identity: raise it when the terms of a text change

# A word may hold inner hyphens, dots and pluses (`gpt-4`, `3.5`, `c++`), apostrophes and underscores.
WORD = re.compile(r"[^\W_]+(?:[-‐‑–._'’+][^\W_]+)*\+{0,2}")
JOINTS = re.compile(r"[-‐‑–._'’]")
CYRILLIC = re.compile(r"[а-я]")
MAX_TERM = 64

RUSSIAN_STOP_WORDS = (
    "а без более бы был была были было быть в вам вас ваш ведь весь вместо во вообще вот все всего всех вы где да "
    "даже для до другой его ее если есть еще же за здесь и из или им именно их к каждый как какая какие какой ко "
    "когда который кто куда ли либо мне может можно мой мочь мы на надо например наш не него нее нет ни них но ну "
    "нужно о об один однако он она они оно от очень по под почему при про просто с сам самый свой себя со стать так "
    "также такой там те тем то того тоже той только том тот тут ты у уже хотя чего чей чем что чтобы чья эта эти "
    "это этот я "
)
ENGLISH_STOP_WORDS = (
    "a an and are as at be been but by can could did do does for from had has have he her his how i if in into is "
    "it its me my no not of on or our she should so than that the their them then there these they this to was we "
    "were what when where which while who whom why will with would you your "
)
STOP_WORDS = frozenset((RUSSIAN_STOP_WORDS + ENGLISH_STOP_WORDS).split())


def terms(text: str) -> list[str]:
    """Search terms in order, stop words left out. `GPT-4`, `gpt4` and `gpt 4` share a term; `#тег` equals `тег`."""
    found: list[str] = []
    words = [match.group() for match in WORD.finditer(text.lower().replace("ё", "е"))]
    for i, word in enumerate(words):
        parts = [part for part in JOINTS.split(word) if part]
        found.extend(_normal(part) for part in parts if part not in STOP_WORDS)
        if len(parts) > 1:
            found.append("".join(parts)[:MAX_TERM])  # gpt-4 -> gpt4, beside its parts
        elif i + 1 < len(words) and words[i + 1].isdigit() and word.isalpha() and len(word) <= 12:
            found.append(word + words[i + 1])  # gpt 4 -> gpt4
        elif split := re.fullmatch(r"([a-z]+)(\d+)", word):
            found.extend(split.groups())  # gpt4 -> gpt, 4
    return [term for term in found if term not in STOP_WORDS]


@lru_cache(maxsize=200_000)
def _normal(word: str) -> str:
    """The lemma of a Russian word, the stem of an English one."""
    if CYRILLIC.search(word):
        return str(_morphology().parse(word)[0].normal_form).replace("ё", "е")[:MAX_TERM]
    if word.isascii() and word.isalpha() and len(word) > 2:
        return str(_stemmer().stemWord(word))[:MAX_TERM]
    return word[:MAX_TERM]


@lru_cache(maxsize=1)
def _morphology() -> Any:
    import pymorphy3

    return pymorphy3.MorphAnalyzer()


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")
