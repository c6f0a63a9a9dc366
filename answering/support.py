"""Does a cited passage bear out a sentence? Decided by rule, so that it costs no model call.

Three things are looked at: every number and every name of the sentence must stand in the passage; its other content
words must be there, close together; and its meaning must be near one sentence of the passage. How much each counts
is calibrated on labelled sentences (`benchmarks/calibrate_support.py`). A question's own words need no source.
It cannot see who did what to whom: two names swapped in one sentence pass.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from answering.citations import without_marks
from answering.logistic import LogisticRule, load_rule
from answering.meaning import Encoder, best_cosine
from answering.sentences import split_sentences
from answering.vocabulary import content_terms, names, numbers
from indexer.language import detect_language
from indexer.lexical import terms

_NEGATION = re.compile(r"\b(?:не|нет|нельзя|невозможно|без|ни|not|no|never|without|cannot|n't)\b|n't\b", re.IGNORECASE)
_PREFIX = 5  # letters: `квантование` meets `квантизация`, `ускорение` meets `ускорять`


@dataclass(frozen=True, slots=True)
class Evidence:
    """How well a passage bears out a sentence; `quote` is the passage's best sentence, word for word."""

    probability: float
    supported: bool
    quote: str


class SupportChecker:
    """`encoder` None: words alone decide, by a rule of its own."""

    def __init__(self, encoder: Encoder | None = None) -> None:
        self._encoder = encoder

    def check(self, sentence: str, passage: str, title: str = "", question: str = "") -> Evidence:
        """One sentence against one passage."""
        features, quote = self.features(sentence, passage, title, question)
        rule = self.rule(sentence, passage)
        probability = rule.probability(features)
        return Evidence(probability, probability >= rule.threshold, quote)

    def rule(self, sentence: str, passage: str) -> LogisticRule:
        if self._encoder is None:
            return load_rule("support_words")
        return load_rule("support" if _same_language(sentence, passage) else "support_across")

    def features(
        self, sentence: str, passage: str, title: str = "", question: str = ""
    ) -> tuple[dict[str, float], str]:
        """The rule's inputs, and the passage's best sentence for a quote."""
        sentence = without_marks(sentence)
        pieces = [piece.text for piece in split_sentences(passage)] or [passage]
        everything = f"{title}\n{passage}"
        asked = set(terms(question))
        wanted = [term for term in content_terms(sentence) if term not in asked or term in set(terms(everything))]
        held = _Held(terms(everything))
        shares = [_share(wanted, _Held(terms(" ".join(pieces[i : i + 2])))) for i in range(len(pieces))]
        nearest = max(range(len(pieces)), key=lambda i: (_share(wanted, _Held(terms(pieces[i]))), shares[i], -i))
        cosine = 0.0
        if self._encoder is not None:
            cosine, by_meaning = best_cosine(self._encoder, sentence, pieces)
            if not shares or max(shares) < 0.5:
                nearest = by_meaning
        named = names(sentence) - asked
        counted = numbers(sentence) - numbers(question)
        features = {
            "words": _share(wanted, held),
            "window": max(shares),
            "names_missing": 1.0 - _share(sorted(named), held),
            "numbers_missing": float(bool(counted - numbers(everything))),
            "negation": float(_negated(sentence) != _negated(pieces[nearest])),
            "cosine": cosine,
        }
        return features, pieces[nearest]


class _Held:
    """Terms of a text, met exactly or by a long common beginning."""

    def __init__(self, found: Sequence[str]) -> None:
        self._terms = frozenset(found)
        self._beginnings = frozenset(term[:_PREFIX] for term in found if len(term) >= _PREFIX)

    def __contains__(self, term: str) -> bool:
        return term in self._terms or (len(term) >= _PREFIX and term[:_PREFIX] in self._beginnings)


def _share(wanted: Sequence[str], held: _Held) -> float:
    return sum(term in held for term in wanted) / len(wanted) if wanted else 1.0


def _negated(text: str) -> bool:
    return bool(_NEGATION.search(text))


def _same_language(one: str, other: str) -> bool:
    return detect_language(one) == detect_language(other)
