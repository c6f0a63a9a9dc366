"""Words of the field that small models get wrong between Russian and English: given to them, checked, or corrected."""

from __future__ import annotations

import re
from functools import lru_cache, partial
from importlib.resources import files

from konspekt.conversion.meaning.field import field_terms

_MOST = 8  # terms that a prompt brings


@lru_cache(maxsize=2)
def _table(name: str) -> tuple[tuple[str, str, str], ...]:
    """Stem of the word, the word as it is shown to the model, its word in the other language."""
    lines = files("konspekt.conversion").joinpath(f"data/{name}").read_text("utf-8").splitlines()
    found = (line.split("\t") for line in lines if line.count("\t") == 2)
    return tuple((stem, word, other) for stem, word, other in found)


def _strict() -> tuple[tuple[str, str, str], ...]:
    return _table("strict_ru_en.txt")


def terms_of(text: str, source: str, target: str) -> tuple[tuple[str, str], ...]:
    """The terms of the field that a line has, at most eight, each with its word in the other language."""
    if (source, target) == ("ru", "en"):
        return tuple((term.words, term.english) for term in field_terms(text)[:_MOST])
    if (source, target) != ("en", "ru"):
        return ()
    lowered = text.casefold().replace("quantis", "quantiz")
    found = [(word, other) for stem, word, other in _table("terms_en_ru.txt") if stem in lowered]
    return tuple({other: (word, other) for word, other in found}.values())[:_MOST]


def missed_terms(text: str, answer: str) -> list[tuple[str, str]]:
    """Terms that an answer takes for something else: it lacks the English word of a strict one by its first letters, or
    says what a term of the field is never called ("iron" for «железо»)."""
    lowered, given = text.casefold(), answer.casefold().replace("quantis", "quantiz")
    strict = [(word, english) for stem, word, english in _strict() if stem in lowered and english[:7] not in given]
    return strict + [(term.words, term.english) for term in field_terms(text) if term.mistaken(answer)]


# `в 4.5 раза быстрее X`: what such posts are about, and what small models turn into its opposite.
_ABOUT = {"примерно": "about", "около": "about", "где-то": "about", "почти": "almost"}
_SOFTENED = rf"(?:(?P<about>{'|'.join(_ABOUT)}) )?"
_FASTER = (
    re.compile(rf"\b{_SOFTENED}(?:в|на) (?P<times>\d[\d.,]*) раза? быстрее,?(?: чем)? (?P<than>[A-Za-z][\w.-]*\w)"),
    re.compile(rf"\bбыстрее,? чем (?P<than>[A-Za-z][\w.-]*\w) {_SOFTENED}в (?P<times>\d[\d.,]*) раза?\b"),
)


@lru_cache(maxsize=1)
def _slang() -> tuple[tuple[re.Pattern[str], str], ...]:
    lines = files("konspekt.conversion").joinpath("data/slang_ru.txt").read_text("utf-8").splitlines()
    found = (line.split("\t") for line in lines if line.count("\t") == 1)
    return tuple((re.compile(rf"(?<![\w-])(?:{pattern})(?!\w)", re.IGNORECASE), plain) for pattern, plain in found)


_THOUSANDS = re.compile(r"(?<=\d)\s?к(?!\w)")
_VERSION = re.compile(r"\b([A-Z][a-z]+) (\d+)(?![\d.,]*[\dx×%])")  # `Flash Attention 2` is not any Flash Attention
_GLUED = re.compile(r"\b([A-Z][a-z]+)-(\d+)\b")


def eased(text: str) -> str:
    """A Russian line as a small model understands it best: slang in plain words, `20к` as `20k`, names of two words
    with their version in one, comparisons and the terms it mistakes already in English."""
    for pattern, plain in _slang():
        text = pattern.sub(partial(_in_case, plain), text)
    text = _VERSION.sub(r"\1-\2", _THOUSANDS.sub("k", text))
    for pattern in _FASTER:
        text = pattern.sub(_faster, text)
    for stem, _, english in _strict():
        text = re.sub(rf"\b{stem}\w*", english, text, flags=re.IGNORECASE)
    return text


def _faster(match: re.Match[str]) -> str:
    about = f"{_ABOUT[match['about']]} " if match["about"] else ""
    return f"{about}{match['times']} times faster than {match['than']}"


def _in_case(plain: str, match: re.Match[str]) -> str:
    """The plain words, with the first letter as the slang had it."""
    words = match.expand(plain)
    return words[:1].upper() + words[1:] if match[0][:1].isupper() else words


def uneased(answer: str, source: str) -> str:
    """An answer with the versions of names as its source writes them."""
    return _GLUED.sub(
        lambda match: f"{match[1]} {match[2]}" if f"{match[1]} {match[2]}" in source else match[0], answer
    )
