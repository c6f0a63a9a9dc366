"""Which sentences of a passage answer a question, and whether any does: the seam for whatever judges it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.meaning import Meaning
from konspekt.answering.words.vocabulary import (
    Frequencies,
    content_terms,
    rarity,
)
from konspekt.indexer.language import detect_language
from konspekt.indexer.lexical import terms

_WORDS, _MEANING, _TITLE = 1.0, 12.0, 0.3  # chosen on the tuning questions
_FOREIGN = 0.4  # of the words' worth in another language than the question's: only names can be met there
_USUAL = 0.75  # cosine of a question with any sentence at all, by a small embedding model


@dataclass(frozen=True, slots=True)
class Reading:
    """`scores`: one per sentence, higher for those that answer, comparable between passages of one question.

    `answered`: probability that the passage answers at all, None where the reader does not tell.
    """

    scores: tuple[float, ...]
    answered: float | None = None


class Reader(Protocol):
    """Reads a question and the sentences of one passage, in their order. Must be safe to share between threads."""

    def read(self, question: str, title: str, sentences: Sequence[str]) -> Reading: ...


class RuleReader:
    """By words and closeness of meaning. It leaves whether there is an answer to the rule of `judging.refusal`."""

    def __init__(self, frequencies: Frequencies, meaning: Meaning | None = None) -> None:
        self._frequencies = frequencies
        self._meaning = meaning

    def read(self, question: str, title: str, sentences: Sequence[str]) -> Reading:
        if not sentences:
            return Reading(())
        weights = rarity(content_terms(question), self._frequencies)
        titled = Terms(terms(title))
        tongue = detect_language(question)
        words = [
            _share(sentence, weights, titled) * (1.0 if detect_language(sentence, tongue) == tongue else _FOREIGN)
            for sentence in sentences
        ]
        if self._meaning is None:
            return Reading(tuple(words))
        close = self._meaning.of_sentences(question, sentences)
        pairs = zip(words, close, strict=True)
        return Reading(tuple(_WORDS * said + _MEANING * (near - _USUAL) for said, near in pairs))


def _share(sentence: str, weights: Mapping[str, float], titled: Terms) -> float:
    """Share of the question's words in a sentence; those that its title says already count less."""
    counted = {term: weight * (_TITLE if term in titled else 1.0) for term, weight in weights.items()}
    return Terms(terms(sentence)).share(counted) if counted else 0.0
