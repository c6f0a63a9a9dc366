"""Is the answer in the material at all? Decided before a model is asked, by a rule calibrated on questions.

A small embedding model gives every text a cosine of 0.75 and more, so that no cosine alone decides. What tells an
answerable question from one that is not: whether its rare words and names stand in what was found, how far the best
passage stands out from the rest, and whether some of its words are nowhere in the index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from answering.logistic import load_rule
from answering.vocabulary import Frequencies, content_terms, coverage, names, rarity
from indexer.language import detect_language
from indexer.lexical import terms
from indexer.passages import Passage

DEPTH = 10  # passages that a question is judged by


def is_answerable(question: str, passages: Sequence[Passage], frequencies: Frequencies) -> bool:
    return bool(passages) and answerable_probability(question, passages, frequencies) >= load_rule("refusal").threshold


def answerable_probability(question: str, passages: Sequence[Passage], frequencies: Frequencies) -> float:
    return load_rule("refusal").probability(refusal_features(question, passages, frequencies))


def refusal_features(question: str, passages: Sequence[Passage], frequencies: Frequencies) -> dict[str, float]:
    """The rule's inputs from the best passages (best first)."""
    weights = rarity(content_terms(question), frequencies)
    top = [set(terms(f"{passage.title}\n{passage.text}")) for passage in passages[:3]]
    union = set().union(*top) if top else set()
    dense = [passage.dense_score for passage in passages[:DEPTH] if passage.dense_score is not None]
    best = max(dense, default=0.0)
    rest = sorted(dense)[: max(1, len(dense) // 2)]
    named = {term: weights.get(term, 1.0) for term in names(question)}
    return {
        "cosine": best,
        "margin": best - sum(rest) / len(rest) if rest else 0.0,
        "cover_first": coverage(weights, top[0]) if top else 0.0,
        "cover_best": max((coverage(weights, one) for one in top), default=0.0),
        "cover_together": coverage(weights, union),
        "names_missing": 1.0 - coverage(named, union),
        "rarest_missing": _rarest_missing(weights, union),
        "unknown": _unknown(weights, frequencies),
        "across": float(bool(passages) and detect_language(question) != passages[0].language),
    }


def _rarest_missing(weights: Mapping[str, float], present: set[str]) -> float:
    """1 when the question's rarest word is in none of the best passages."""
    return float(bool(weights) and max(weights, key=lambda term: weights[term]) not in present)


def _unknown(weights: Mapping[str, float], frequencies: Frequencies) -> float:
    """Share of the question's weight in words that stand nowhere in the index."""
    total = sum(weights.values())
    if not total or not frequencies.passages():
        return 0.0
    counts = frequencies.containing(weights)
    return sum(weight for term, weight in weights.items() if not counts.get(term)) / total
