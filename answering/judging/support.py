"""Does a cited passage bear out a sentence? Decided by rule, so that it costs no model call.

Every number and every name of the sentence must stand in the passage, or it is not borne out. Beyond that its content
words must be there, close together, and its meaning must be near one sentence of the passage: how much each counts is
calibrated on labelled sentences (`benchmarks/answers/calibrate_support.py`). A question's own words need no source.
It cannot see who did what to whom: two names swapped in one sentence pass.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from konspekt.answering.judging.logistic import LogisticRule, load_rule
from konspekt.answering.words.citations import without_marks
from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.meaning import Meaning
from konspekt.answering.words.sentences import split_sentences
from konspekt.answering.words.vocabulary import content_terms, names, numbers
from konspekt.indexer.language import detect_language
from konspekt.indexer.lexical import terms

_NEGATION = re.compile(r"\b(?:не|нет|нельзя|невозможно|без|ни|not|no|never|without|cannot|n't)\b|n't\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Evidence:
    """How well a passage bears out a sentence; `quote` is the passage's best sentence, word for word."""

    probability: float
    supported: bool
    quote: str


class SupportChecker:
    """`meaning` None: words alone decide, by a rule of its own."""

    def __init__(self, meaning: Meaning | None = None) -> None:
        self._meaning = meaning

    def check(self, sentence: str, passage: str, title: str = "", question: str = "") -> Evidence:
        """One sentence against one passage."""
        features, quote = self.features(sentence, passage, title, question)
        rule = self.rule(sentence, passage)
        probability = 0.0 if vetoed(features) else rule.probability(features)
        return Evidence(probability, probability >= rule.threshold, quote)

    def rule(self, sentence: str, passage: str) -> LogisticRule:
        if self._meaning is None:
            return load_rule("support_words")
        return load_rule("support" if _same_language(sentence, passage) else "support_across")

    def features(
        self, sentence: str, passage: str, title: str = "", question: str = ""
    ) -> tuple[dict[str, float], str]:
        """The rule's inputs, and the passage's best sentence for a quote."""
        sentence = without_marks(sentence)
        pieces = [piece.text for piece in split_sentences(passage)] or [passage]
        everything = f"{title}\n{passage}"
        asked, there = set(terms(question)), frozenset(terms(everything))
        wanted = [term for term in content_terms(sentence) if term not in asked or term in there]
        held = Terms(there)
        shares = [_share(wanted, Terms(terms(" ".join(pieces[i : i + 2])))) for i in range(len(pieces))]
        best = max(range(len(pieces)), key=lambda i: (_share(wanted, Terms(terms(pieces[i]))), shares[i], -i))
        nearest, cosine = pieces[best], 0.0
        if self._meaning is not None:
            cosine, by_meaning = self._meaning.nearest(sentence, passage)
            nearest = by_meaning if max(shares) < 0.5 else nearest
        same_language = _same_language(sentence, passage)
        named = {name for name in names(sentence) - asked if same_language or name.isascii()}
        counted = numbers(sentence) - numbers(question)
        features = {
            "words": _share(wanted, held),
            "window": max(shares),
            "names_missing": float(any(name not in held for name in named)),
            "numbers_missing": float(bool(counted - numbers(everything))),
            "negation": float(_negated(sentence) != _negated(nearest)),
            "cosine": cosine,
        }
        return features, nearest


def vetoed(features: Mapping[str, float]) -> bool:
    """A number or a name that the passage does not hold: no likeness of words or meaning makes up for it."""
    return bool(features["numbers_missing"] or features["names_missing"])


def _share(wanted: Sequence[str], held: Terms) -> float:
    return sum(term in held for term in wanted) / len(wanted) if wanted else 1.0


def _negated(text: str) -> bool:
    return bool(_NEGATION.search(text))


def _same_language(one: str, other: str) -> bool:
    return detect_language(one) == detect_language(other)
