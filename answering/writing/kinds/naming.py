"""A thing's name as texts write it: in any case of its words, and in letters that only look like its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache

from konspekt.indexer.lexical import base_form, is_russian, jargon_forms, morphology

_LOOK = dict(zip("АВЕЅІЈКМНОРСТУХаеорсухіѕј", "ABESIJKMHOPCTYXaeopcyxisj", strict=True))
_WORD = re.compile(r"\w*[А-Яа-яЁё]\w*")
_LONG_ENOUGH = 4  # letters of a stem that endings may follow
# Of a Russian word that has relatives: «квантизация», «квантизовать»; «диффузия», «диффузионная»
_ENDING = re.compile(r"(?<=\w{5})(?:ация|яция|ание|ение|ция|ия|ие|ость|ка)$")


def alike(text: str) -> str:
    """The text with abbreviations in Latin letters where Cyrillic ones only look like them («МоЕ» is MoE for every
    reader); of the same length."""
    return _WORD.sub(_as_latin, text)


def _as_latin(match: re.Match[str]) -> str:
    word = match.group()
    short_form = sum(letter.isupper() for letter in word) > 1 or any(letter.isascii() for letter in word)
    looks = all(letter.isascii() or letter in _LOOK for letter in word)
    return "".join(_LOOK.get(letter, letter) for letter in word) if short_form and looks else word


@lru_cache(maxsize=512)
def name_pattern(name: str) -> re.Pattern[str]:
    """Finds a name in what `alike` makes of a text."""
    return re.compile(rf"(?<!\w){named(name)}(?!\w)", re.IGNORECASE)


@lru_cache(maxsize=512)
def named(name: str) -> str:
    """The same as a part of a larger expression: each word as it stands, in its other forms, by its other names.

    Words in Latin letters are also found written together: «flash attention» is FlashAttention.
    """
    words = [word for word in re.split(r"[\s-]+", alike(name).strip()) if word]
    found = "".join(_word(word) + (r"[\s-]*" if word.isascii() else r"[\s-]+") for word in words[:-1])
    return found + (_word(words[-1]) if words else "")


@cache
def _other_ways() -> Mapping[str, tuple[str, ...]]:
    """Usual name -> other ways to write it: a post on «перплексия» may say "perplexity", and the other way round."""
    found: dict[str, list[str]] = {}
    for form, usual in jargon_forms().items():
        found.setdefault(usual, []).append(form)
    return {usual: tuple(forms) for usual, forms in found.items()}


def _word(word: str) -> str:
    low = word.lower()
    usual = {jargon_forms().get(low), jargon_forms().get(base_form(low)), base_form(low)}
    ways = {low, *(one for one in usual if one)}
    relatives: list[str] = []
    if is_russian(low):
        parse = morphology().parse(low)[0]
        ways |= {form.word for form in parse.lexeme}
        stem = _ENDING.sub("", parse.normal_form)
        relatives = [rf"{re.escape(stem)}\w*"] if stem != parse.normal_form else []
    # Jargon is listed by stems: «перплексия» is "perplexity", "cache" is «кэша»
    for one in filter(None, usual):
        others = [one, *_other_ways().get(one, ())] if one in _other_ways() else []
        relatives += [rf"{re.escape(other)}\w{{0,3}}" for other in others if len(other) >= _LONG_ENOUGH]
        ways |= {other for other in others if len(other) < _LONG_ENOUGH}
    return f"(?:{'|'.join([*map(re.escape, sorted(ways, key=len, reverse=True)), *relatives])})"
