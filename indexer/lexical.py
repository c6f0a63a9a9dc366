"""Words of a text as search terms: lemmas of Russian, stems of English, names and numbers as they are.

Documents and queries go through the same function, so that whatever it does, they meet.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from konspekt.indexer.clean_text import clean
from konspekt.indexer.numbered import is_thing, joined_to_a_number, numbered

VERSION = 6  # part of the index's identity: raise it when the terms of a text change
_of_this_thread = threading.local()

# A word may hold inner hyphens, dots and pluses (`gpt-4`, `3.5`, `c++`), apostrophes, underscores and a decimal comma.
WORD = re.compile(r"[^\W_]+(?:(?:[-‐‑–._'’+]|(?<=\d),(?=\d))[^\W_]+)*\+{0,2}")
DECIMAL = re.compile(r"\d+[.,]\d+")
HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")  # inside SageAttention, DPMSolver
SHORTEST_HUMP = 3  # LoRA and DiT are one word
JOINTS = (re.compile(r"[-‐‑–]"), re.compile(r"[._'’,]"))  # the outer ones first
JOINED = re.compile(r"[-‐‑–._'’,]")
LETTERS_THEN_DIGITS = re.compile(r"([a-z]+)(\d+)")
CYRILLIC = re.compile(r"[а-яё]")
ACCENTED = re.compile("[\u00c0-\u024f\u1e00-\u1eff\u0300-\u036f]")
MARKS = re.compile("(?<![Ии])[\u0300-\u036f]+")
MAX_TERM = 64
PHRASE = "+"  # between the words of one in jargon.txt

RUSSIAN_STOP_WORDS = (
    "а без более бы был была были было быть в вам вас ваш ведь весь вместо во вообще вот все всего всех вы где да "
    "даже для до другой его ее если есть еще же за здесь и из или им именно их к каждый как какая какие какой ко "
    "когда который кто куда ли либо мне может можно мой мочь мы на надо например наш не него нее нет ни них но ну "
    "нужно о об один однако он она они оно от очень по под почему при про просто с сам самый свой себя со стать так "
    "также такой там те тем то того тоже той только том тот тут ты у уже хотя чего чей чем что чтобы чья эта эти "
    "это этот я зачем сколько значит бывать делать сделать смочь "
)
ENGLISH_STOP_WORDS = (
    "a an and are as at be been but by can could did do does for from had has have he her his how i if in into is "
    "it its me my no not of on or our she should so than that the their them then there these they this to was we "
    "were what when where which while who whom why will with would you your "
)
STOP_WORDS = frozenset((RUSSIAN_STOP_WORDS + ENGLISH_STOP_WORDS).split())
ENGLISH_STOPS = frozenset(ENGLISH_STOP_WORDS.split())


def terms(text: str) -> list[str]:
    """Search terms in order, stop words left out. `GPT-4`, `gpt4` and `gpt 4` share a term; `#тег` equals `тег`.

    `SageAttention` is also `sage` and `attention`; `1,58` is `1.58`; `лора` is `LoRA` (jargon.txt).
    """
    found: list[str] = []
    words, gaps = _words(_without_accents(clean(text)))
    normal = [_normal(word.lower()) for word in words]
    numbers = numbered([word.lower() for word in words], gaps, normal, _normal)
    for i, word in enumerate(words):
        if i in numbers.instead:
            continue
        found.extend(_of_word(word))
        found.extend(numbers.terms.get(i, ()))
        following = words[i + 1] if i + 1 < len(words) else ""
        if following.isdigit() and word.isalpha() and word.lower() not in STOP_WORDS:
            name = normal[i]
            if name.isascii() and len(name) <= 12 and not is_thing(name, _normal):
                found.append(name + following)  # gpt 4 -> gpt4, but not шаг 4 -> шаг4
    return [term for term in found if term not in STOP_WORDS]


def _words(text: str) -> tuple[list[str], list[str]]:
    """The words, and what stands before each and behind the last; `hw2` is two of them, «домашнее задание» one."""
    words: list[str] = []
    gaps: list[str] = []
    at = 0
    for match in WORD.finditer(text):
        word, gap = match.group(), text[at : match.start()]
        at = match.end()
        one = joined_to_a_number(word) if word[-1].isdigit() and not word[0].isdigit() else None
        if one and is_thing(_normal(one[0].lower()), _normal):
            words += one
            gaps += [gap, ""]
            continue
        second = _phrases().get(base_form(word.lower())) if words and not gap.strip(" ") else None
        if second and (usual := second.get(base_form(words[-1].lower()))):
            words[-1] = usual
            continue
        words.append(word)
        gaps.append(gap)
    return words, [*gaps, text[at:]]


def _without_accents(text: str) -> str:
    """`Hôpital` is `Hopital`, `ё` is `е`; `й` is a letter of its own."""
    text = text.replace("ё", "е").replace("Ё", "Е")
    if ACCENTED.search(text) is None:
        return text
    return unicodedata.normalize("NFC", MARKS.sub("", unicodedata.normalize("NFD", text)))


@lru_cache(maxsize=50_000)
def _of_word(word: str) -> tuple[str, ...]:
    """The term of a word as a whole, and of its parts."""
    return tuple(_terms_of(word))


def _terms_of(word: str) -> Iterator[str]:
    low = word.lower()
    if DECIMAL.fullmatch(low):
        yield low.replace(",", ".")
        return
    for joint in (*JOINTS, HUMP):
        parts = [part for part in joint.split(word) if part]
        if len(parts) > 1 and (joint is not HUMP or min(map(len, parts)) >= SHORTEST_HUMP):
            for part in parts:
                yield from _of_word(part)
            whole = "".join(_jargon().get(part.lower(), part.lower()) for part in parts)
            yield _normal(JOINED.sub("", whole))[:MAX_TERM]  # gpt-4 -> gpt4, beside its parts
            return
    if low not in STOP_WORDS:
        yield _normal(low)
    if split := LETTERS_THEN_DIGITS.fullmatch(low):
        yield from (_normal(part) for part in split.groups())  # gpt4 -> gpt, 4


def is_russian(word: str) -> bool:
    return CYRILLIC.search(word) is not None


def is_stop_word(word: str) -> bool:
    return word.replace("ё", "е") in STOP_WORDS


def is_dictionary_word(word: str) -> bool:
    """A form of a Russian word; of English there is no dictionary here."""
    return is_russian(word) and bool(morphology().word_is_known(word))


def jargon_forms() -> Mapping[str, str]:
    """Ways to write a term that jargon.txt lists -> the term."""
    return _jargon()


@lru_cache(maxsize=200_000)
def _normal(word: str) -> str:
    """The lemma of a Russian word, the stem of an English one; jargon by its usual name."""
    base = base_form(word)
    return _jargon().get(word) or _jargon().get(base) or base


@lru_cache(maxsize=200_000)
def base_form(word: str) -> str:
    """The lemma of a Russian word, or its stem where the dictionary lacks it; the stem of an English one."""
    if CYRILLIC.search(word):
        # The lemma of a word that the dictionary lacks is a guess, and another one for each case of it.
        known = morphology().word_is_known(word)
        lemma = morphology().parse(word)[0].normal_form if known else _stem("russian", word)
        return str(lemma).replace("ё", "е")[:MAX_TERM]
    if word.isascii() and word.isalpha() and len(word) > 2:
        return _stem("english", word)[:MAX_TERM]
    return word[:MAX_TERM]


@lru_cache(maxsize=1)
def _jargon() -> Mapping[str, str]:
    """Other ways to write a term -> the term, from jargon.txt."""
    found: dict[str, str] = {}
    for usual, other in _listed():
        if PHRASE in other:
            continue
        term, word = base_form(JOINED.sub("", usual)), JOINED.sub("", other)
        found[word] = term
        if not morphology().word_is_known(word):
            found[base_form(word)] = term  # its other cases have the same stem
    return MappingProxyType(found)


@lru_cache(maxsize=1)
def _phrases() -> Mapping[str, Mapping[str, str]]:
    """Of ways to write a term in two words (`домашнее+задание` in jargon.txt): second word -> first word -> the term,
    both words in their base form."""
    found: dict[str, dict[str, str]] = {}
    for usual, other in _listed():
        first, plus, second = other.partition(PHRASE)
        if plus:
            found.setdefault(base_form(second), {})[base_form(first)] = usual
    return MappingProxyType(found)


def _listed() -> Iterator[tuple[str, str]]:
    """Each line of jargon.txt as pairs: the usual way to write a term, another way."""
    for line in Path(__file__).with_name("jargon.txt").read_text("utf-8").splitlines():
        usual, colon, others = line.partition(":")
        if colon and not line.startswith("#"):
            yield from ((usual.strip(), other) for other in others.split())


@lru_cache(maxsize=1)
def morphology() -> Any:
    """The one analyser of the process: its dictionary is loaded once, at the first word."""
    import pymorphy3

    return pymorphy3.MorphAnalyzer()


def _stem(language: str, word: str) -> str:
    """A stemmer keeps its word in itself while it works, so that each thread needs its own."""
    import snowballstemmer

    stemmers: dict[str, Any] = _of_this_thread.__dict__
    if language not in stemmers:
        stemmers[language] = snowballstemmer.stemmer(language)
    return str(stemmers[language].stemWord(word))
