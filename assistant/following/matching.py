"""Whether a post is about a topic: by its words, or by its meaning above a bound.

By words: some passage of the post, read with its title, has all the topic's terms (lemmas, names by any of their
spellings). By meaning: the cosine of topic and passage, both without the mean of what is indexed. The mean is what all
texts of a channel share; without it a post about everything is near to every topic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]

# Measured with multilingual-e5-small: 16 topics strange to the sample and the seeds stay below .27 but for one post
# that does touch its topic; posts on a topic in other words reach .28 to .5. See docs/following.md.
NEAR = 0.28
FEWEST = 30  # indexed passages from which on their mean says something


@dataclass(frozen=True, slots=True)
class Topic:
    terms: frozenset[str]
    vector: Vector | None  # [D], of length 1


@dataclass(frozen=True, slots=True)
class Passage:
    """One chunk of a post: the terms of its text and of the post's title, and its embedding [D] where there is one."""

    terms: frozenset[str]
    vector: Vector | None


def about(topic: Topic, passages: Sequence[Passage], mean: Vector | None) -> bool:
    """`mean`: of the indexed passages [D], None where there are too few."""
    return any(_by_words(topic, passage) or _by_meaning(topic, passage, mean) for passage in passages)


def mean_of(vectors: Sequence[Vector]) -> Vector | None:
    if len(vectors) < FEWEST:
        return None
    return np.asarray(np.mean(vectors, axis=0), np.float32)


def _by_words(topic: Topic, passage: Passage) -> bool:
    return bool(topic.terms) and topic.terms <= passage.terms


def _by_meaning(topic: Topic, passage: Passage, mean: Vector | None) -> bool:
    if mean is None or topic.vector is None or passage.vector is None or topic.vector.shape != passage.vector.shape:
        return False
    one, other = topic.vector - mean, passage.vector - mean
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return lengths > 0 and float(one @ other) / lengths >= NEAR
