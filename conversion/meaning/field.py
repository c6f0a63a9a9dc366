"""Words and phrases of the field in a Russian line, with what they are called in English and what they are not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from konspekt.conversion.meaning.russian import base_forms

_WORD = re.compile(r"[А-Яа-яЁё]+(?:-[А-Яа-яЁё]+)*")
_LONGEST = 4  # words in a phrase


@dataclass(frozen=True, slots=True)
class FieldTerm:
    """`never`: what a small model says in its place; no right translation of the phrase has such a word."""

    words: str
    english: str
    never: tuple[str, ...] = ()

    def mistaken(self, answer: str) -> bool:
        """Whether an English line says the wrong word, and not the right one."""
        if not self.never or re.search(rf"\b{re.escape(self.english[:6])}", answer, re.IGNORECASE):
            return False
        return any(re.search(rf"\b{re.escape(word)}(?:s|es)?\b", answer, re.IGNORECASE) for word in self.never)


@lru_cache(maxsize=1)
def _terms() -> dict[tuple[str, ...], FieldTerm]:
    """By the words of the phrase, and by their dictionary forms. A single word that is not in its dictionary form
    stands for itself alone: «дома» (at home) is not every «дом»."""
    found: dict[tuple[str, ...], FieldTerm] = {}
    for line in files("konspekt.conversion").joinpath("data/field_ru_en.tsv").read_text("utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        words, english, *never = line.split("\t")
        wrong = tuple(word.strip() for word in never[0].split(",") if word.strip()) if never else ()
        term = FieldTerm(words, english, wrong)
        found[tuple(words.split())] = term
        if " " in words:
            found.setdefault(tuple(_base(word) for word in words.split()), term)
    return found


def _base(word: str) -> str:
    forms = base_forms(word)
    return word if word in forms else forms[0]


def field_terms(text: str) -> list[FieldTerm]:
    """The terms of a line, the longest phrase at each place, in their order and each once."""
    words = [word.casefold() for word in _WORD.findall(text)]
    forms = [(word, *base_forms(word)) for word in words]
    terms = _terms()
    found: dict[str, FieldTerm] = {}
    place = 0
    while place < len(words):
        for length in range(min(_LONGEST, len(words) - place), 0, -1):
            term = _phrase(forms[place : place + length], terms)
            if term is not None:
                found[term.words] = term
                place += length
                break
        else:
            place += 1
    return list(found.values())


def _phrase(forms: list[tuple[str, ...]], terms: dict[tuple[str, ...], FieldTerm]) -> FieldTerm | None:
    """The term that a run of words is, each as written or in a dictionary form."""
    keys: list[tuple[str, ...]] = [()]
    for choices in forms:
        keys = [(*key, choice) for key in keys for choice in dict.fromkeys(choices)]
    return next((terms[key] for key in keys if key in terms), None)
