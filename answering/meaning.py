"""Closeness of meaning between sentences, by the index's embedding model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Encoder(Protocol):
    """`indexer.embeddings.Embedder`, as much of it as is needed here: unit vectors, float32 [N, dimension]."""

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


def best_cosine(encoder: Encoder, sentence: str, candidates: Sequence[str]) -> tuple[float, int]:
    """The highest cosine of `sentence` with one of the candidates, and which; (0, 0) without candidates."""
    if not candidates:
        return 0.0, 0
    vectors = encoder.embed_queries([sentence, *candidates])
    scores = vectors[1:] @ vectors[0]
    best = int(scores.argmax())
    return float(scores[best]), best


def closeness(encoder: Encoder, question: str, sentences: Sequence[str], most: int = 80) -> list[float]:
    """Cosine of each sentence with the question, stretched to 0..1 among them; 0 beyond the first `most`."""
    if len(sentences) < 2:
        return [0.0] * len(sentences)
    vectors = encoder.embed_queries([question, *sentences[:most]])
    scores = vectors[1:] @ vectors[0]
    low, high = float(scores.min()), float(scores.max())
    stretched = [(float(score) - low) / (high - low) if high > low else 0.0 for score in scores]
    return stretched + [0.0] * (len(sentences) - len(stretched))
