"""Is the answer in the material at all? Decided before a model is asked, by a rule calibrated on questions.

A small embedding model gives every text a cosine of 0.75 and more, so that no cosine alone decides. What tells an
answerable question from one that is not: a single sentence near to it in meaning, whether its rare words and names
stand in what was found, close together, and whether some of its words are nowhere in the index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from answering.likeness import Terms
from answering.logistic import load_rule
from answering.meaning import Meaning
from answering.sentences import split_sentences
from answering.vocabulary import Frequencies, content_terms, coverage, names, rarity
from indexer.lexical import terms
from indexer.passages import Passage

READ = 3  # passages whose words and sentences a question is judged by


def is_answerable(
    question: str, passages: Sequence[Passage], frequencies: Frequencies, meaning: Meaning | None = None
) -> bool:
    """`meaning` None: a rule of its own decides without the closeness of sentences."""
    if not passages:
        return False
    rule = load_rule("refusal" if meaning is not None else "refusal_words")
    return rule.says_yes(refusal_features(question, passages, frequencies, meaning))


def refusal_features(
    question: str, passages: Sequence[Passage], frequencies: Frequencies, meaning: Meaning | None
) -> dict[str, float]:
    """The rule's inputs from the best passages (best first)."""
    weights = rarity(content_terms(question), frequencies)
    top = [f"{passage.title}\n{passage.text}" for passage in passages[:READ]]
    found = [terms(text) for text in top]
    together = {term for one in found for term in one}
    dense = [passage.dense_score for passage in passages if passage.dense_score is not None]
    named = {term: weights.get(term, 1.0) for term in names(question)}
    return {
        "cosine": max(dense, default=0.0),
        "sentence": meaning.answers(question, [passage.text for passage in passages[:READ]]) if meaning else 0.0,
        "words": Terms(together).share(weights),
        "window": _window([passage.text for passage in passages[:READ]], weights),
        "names_missing": 1.0 - coverage(named, together),
        "unknown": _unknown(weights, frequencies),
    }


def _window(texts: Sequence[str], weights: Mapping[str, float]) -> float:
    """The largest share of the question's words within three sentences in a row."""
    best = 0.0
    for text in texts:
        found = [terms(sentence.text) for sentence in split_sentences(text)]
        for i in range(len(found)):
            best = max(best, Terms(term for one in found[i : i + 3] for term in one).share(weights))
    return best


def _unknown(weights: Mapping[str, float], frequencies: Frequencies) -> float:
    """Share of the question's weight in words that stand nowhere in the index."""
    total = sum(weights.values())
    if not total or not frequencies.passages():
        return 0.0
    counts = frequencies.containing(weights)
    return sum(weight for term, weight in weights.items() if not counts.get(term)) / total
