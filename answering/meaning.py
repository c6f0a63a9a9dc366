"""Closeness of meaning between sentences, by the index's embedding model. Sentences of a passage are embedded once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from answering.sentences import split_sentences

Vectors = NDArray[np.float32]  # [N, dimension], rows of length 1

_MOST_SENTENCES = 60  # of one passage
_REMEMBERED = 1000  # passages; about 20 MB


class Encoder(Protocol):
    """`indexer.embeddings.Embedder`, as much of it as is needed here."""

    def embed_queries(self, texts: Sequence[str]) -> Vectors: ...
    def embed_passages(self, texts: Sequence[str]) -> Vectors: ...


@dataclass(frozen=True, slots=True)
class EmbeddedSentences:
    texts: tuple[str, ...]
    vectors: Vectors


class Meaning:
    """Safe to share between threads."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._lock = threading.Lock()
        self._passages: OrderedDict[str, EmbeddedSentences] = OrderedDict()

    def sentences(self, passage: str) -> EmbeddedSentences:
        """The first sentences of a passage with their vectors."""
        with self._lock:
            if passage in self._passages:
                self._passages.move_to_end(passage)
                return self._passages[passage]
        texts = tuple(sentence.text for sentence in split_sentences(passage)[:_MOST_SENTENCES]) or (passage,)
        embedded = EmbeddedSentences(texts, self._encoder.embed_passages(texts))
        with self._lock:
            self._passages[passage] = embedded
            while len(self._passages) > _REMEMBERED:
                self._passages.popitem(last=False)
        return embedded

    def nearest(self, sentence: str, passage: str) -> tuple[float, str]:
        """Highest cosine of a statement with a sentence of the passage, and that sentence."""
        return self._best(self._encoder.embed_passages([sentence])[0], passage)

    def answers(self, question: str, passages: Sequence[str]) -> float:
        """Highest cosine of a question with any sentence of the passages; 0 without passages."""
        if not passages:
            return 0.0
        vector = self._encoder.embed_queries([question])[0]
        return max(self._best(vector, passage)[0] for passage in passages)

    def within(self, question: str, passage: str) -> list[float]:
        """Cosine of a question with each of the passage's first sentences, in order."""
        vector = self._encoder.embed_queries([question])[0]
        return [float(score) for score in self.sentences(passage).vectors @ vector]

    def closeness(self, question: str, sentences: Sequence[str]) -> list[float]:
        """Cosine of each sentence with the question, stretched to 0..1 among them; 0 beyond the first few."""
        if len(sentences) < 2:
            return [0.0] * len(sentences)
        vector = self._encoder.embed_queries([question])[0]
        scores = self._encoder.embed_passages(sentences[:_MOST_SENTENCES]) @ vector
        low, high = float(scores.min()), float(scores.max())
        stretched = [(float(score) - low) / (high - low) if high > low else 0.0 for score in scores]
        return stretched + [0.0] * (len(sentences) - len(stretched))

    def _best(self, vector: NDArray[np.float32], passage: str) -> tuple[float, str]:
        embedded = self.sentences(passage)
        scores = embedded.vectors @ vector
        best = int(scores.argmax())
        return float(scores[best]), embedded.texts[best]
