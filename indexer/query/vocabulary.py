"""The words of an index, and what is known of any other word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from enum import IntEnum
from functools import cached_property

from konspekt.indexer.lexical import base_form, is_dictionary_word, is_russian, is_stop_word, jargon_forms, terms
from konspekt.indexer.query.sounds import consonants, sound
from konspekt.indexer.query.translations import counterparts


class Known(IntEnum):
    """How well a word is known; more is better."""

    NOT = 0
    DICTIONARY = 1  # a Russian word, jargon, or what has a translation here, though the index does not hold it
    STOP_WORD = 2
    INDEXED = 3


class Vocabulary:
    """`counts`: term -> chunks that hold it, of one generation of the index."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self.counts = counts

    def known(self, word: str) -> Known:
        """`word` as it is written; its terms decide."""
        found = terms(word)
        if not found:
            return Known.STOP_WORD if _is_small(word) else Known.NOT
        if all(term in self.counts for term in found):
            return Known.INDEXED
        return Known.DICTIONARY if is_dictionary_word(word) or _is_listed(word, found) else Known.NOT

    def weight(self, word: str) -> int:
        """Chunks that hold the rarest term of the word."""
        return min((self.counts.get(term, 0) for term in terms(word)), default=0)

    @cached_property
    def by_first_letter(self) -> Mapping[str, tuple[str, ...]]:
        """What a misspelt word may have been meant as: terms, and jargon whose usual name is a term."""
        found: dict[str, list[str]] = defaultdict(list)
        for term in self.counts:
            if len(term) > 3 and term.isalpha():
                found[term[0]].append(term)
        for form, term in jargon_forms().items():
            if term in self.counts and len(form) > 3 and is_russian(form):
                found[form[0]].append(form)
        return {letter: tuple(words) for letter, words in found.items()}

    @cached_property
    def by_consonants(self) -> Mapping[str, tuple[str, ...]]:
        """Names in Latin letters by the consonants that one hears in them."""
        found: dict[str, list[str]] = defaultdict(list)
        for term in self.counts:
            if len(term) > 3 and term.isascii() and term.isalpha():
                found[consonants(sound(term))].append(term)
        return {heard: tuple(names) for heard, names in found.items()}


def _is_listed(word: str, found: Sequence[str]) -> bool:
    """Whether it is jargon, or has a counterpart in the other language: a word as good as any of the dictionary."""
    low = word.lower()
    return low in jargon_forms() or base_form(low) in jargon_forms() or any(map(counterparts, found))


def _is_small(word: str) -> bool:
    """Of a word without a term, whether it is a stop word: one that no dictionary has («теам») is none by its stem."""
    if not is_russian(word):
        return any(character.isalpha() for character in word)
    return is_stop_word(word.lower()) or is_dictionary_word(word.lower())
