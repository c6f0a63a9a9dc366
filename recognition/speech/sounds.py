"""How a word sounds to somebody who speaks Russian, coarsely: one alphabet for both, voice and length left out.

«лора», «Лора» and LoRA are `lara`; RAG is `rak`, and by its letters `erage` or `areidzi`. Coarse on purpose: what a
model hears badly it hears in just these ways. Who compares must have another reason than the sound.
"""

from __future__ import annotations

import re

SHORTEST = 3  # sounds; what is shorter sounds like everything

# Unstressed о is а; voiced and voiceless are one; soft is hard
RUSSIAN = {
    "а": "a", "о": "a", "э": "e", "е": "e", "ё": "a", "и": "i", "ы": "i", "й": "i", "у": "u", "ю": "u", "я": "a",
    "б": "p", "п": "p", "в": "f", "ф": "f", "г": "k", "к": "k", "х": "h", "д": "t", "т": "t", "з": "s", "с": "s",
    "ж": "z", "ш": "z", "щ": "z", "ч": "c", "ц": "ts", "л": "l", "м": "m", "н": "n", "р": "r", "ь": "", "ъ": "",
}  # fmt: skip
# How an English spelling is mostly said by Russian speakers, longest first
ENGLISH = (
    ("tion", "шн"), ("sion", "жн"), ("ture", "чер"), ("igh", "ай"), ("sch", "ш"), ("ee", "и"), ("ea", "и"),
    ("oo", "у"), ("ou", "ау"), ("ow", "оу"), ("ai", "ей"), ("ay", "ей"), ("sh", "ш"), ("ch", "ч"), ("th", "т"),
    ("ph", "ф"), ("ck", "к"), ("qu", "кв"), ("py", "пай"), ("x", "кс"), ("w", "в"), ("j", "дж"), ("c", "к"), ("y", "и"),
)  # fmt: skip
AS_SPELT = {
    **dict(zip("abdefghiklmnoprstuvz", "абдефгхиклмнопрстувз", strict=True)),
    "c": "к", "j": "дж", "q": "к", "w": "в", "x": "кс", "y": "и",
}  # fmt: skip
LETTERS_ENGLISH = {
    "a": "эй", "b": "би", "c": "си", "d": "ди", "e": "и", "f": "эф", "g": "джи", "h": "эйч", "i": "ай", "j": "джей",
    "k": "кей", "l": "эл", "m": "эм", "n": "эн", "o": "оу", "p": "пи", "q": "кью", "r": "ар", "s": "эс", "t": "ти",
    "u": "ю", "v": "ви", "w": "дабл ю", "x": "икс", "y": "уай", "z": "зед",
}  # fmt: skip
LETTERS_RUSSIAN = {
    "a": "а", "b": "бэ", "c": "цэ", "d": "дэ", "e": "е", "f": "эф", "g": "гэ", "h": "аш", "i": "и", "j": "джи",
    "k": "ка", "l": "эл", "m": "эм", "n": "эн", "o": "о", "p": "пэ", "q": "ку", "r": "эр", "s": "эс", "t": "тэ",
    "u": "у", "v": "вэ", "w": "вэ", "x": "икс", "y": "игрек", "z": "зэт",
}  # fmt: skip
_MOST_LETTERS = 5  # of an abbreviation that is said letter by letter
_DOUBLE = re.compile(r"(.)\1+")
_SILENT_E = re.compile(r"([aiou])([bcdfgklmnprstvz])e\b")
_LONG = {"a": "ей", "i": "ай", "o": "оу", "u": "ю"}


def sound(russian: str) -> str:
    """A word (or several, with or without spaces) in Cyrillic letters."""
    return _DOUBLE.sub(r"\1", "".join(RUSSIAN.get(letter, "") for letter in russian.lower()))


def readings(term: str) -> set[str]:
    """The sounds of a term in Latin letters: as it is spelt, as English, and an abbreviation letter by letter.

    A term with digits has none: they are said in too many ways.
    """
    if any(character.isdigit() for character in term):
        return set()
    letters = "".join(character for character in term.lower() if "a" <= character <= "z")
    found = {sound(_spelt(letters)), sound(_english(letters))}
    if len(term) > 2 and term[0].isupper() and term[1].isupper():  # QLoRA is «ку лора»
        found.add(sound(LETTERS_RUSSIAN.get(letters[0], "") + _spelt(letters[1:])))
    if term.isupper() and len(letters) <= _MOST_LETTERS:
        found |= {sound("".join(names[letter] for letter in letters)) for names in (LETTERS_ENGLISH, LETTERS_RUSSIAN)}
        found.add(sound(_spelt(letters).replace("а", "э", 1)))  # RAG is also «рэг»
    return found


def readable(term: str) -> str:
    """A term in Cyrillic letters, as it is mostly said."""
    return _english(term.lower())


def _spelt(letters: str) -> str:
    return "".join(AS_SPELT.get(letter, letter) for letter in letters.replace("sh", "ш").replace("ch", "ч"))


def _english(letters: str) -> str:
    said = _SILENT_E.sub(lambda match: _LONG[match[1]] + match[2], letters)
    for spelling, read in ENGLISH:
        said = said.replace(spelling, read)
    return "".join(AS_SPELT.get(letter, letter) for letter in said)
