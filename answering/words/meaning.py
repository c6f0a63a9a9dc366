"""Closeness of meaning between sentences, by the index's embedding model. A sentence is embedded once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from konspekt.answering.words.sentences import split_sentences

Vectors = NDArray[np.float32]  # [N, dimension], rows of length 1

_MOST_SENTENCES = 60  # of one passage
_REMEMBERED = 10_000  # sentences; about 20 MB
_QUESTIONS = 100


class Encoder(Protocol):
    """`konspekt.indexer.embedding.embeddings.Embedder`, as much of it as is needed here."""

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
        self._vectors: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._asked: OrderedDict[str, NDArray[np.float32]] = OrderedDict()

    @property
    def encoder(self) -> Encoder:
        return self._encoder

    def question(self, text: str) -> NDArray[np.float32]:
        """Of a question [dimension]; remembered while it is answered."""
        with self._lock:
            known = self._asked.get(text)
        if known is None:
            known = self._encoder.embed_queries([text])[0]
            with self._lock:
                self._asked[text] = known
                while len(self._asked) > _QUESTIONS:
                    self._asked.popitem(last=False)
        return known

    def sentences(self, passages: Sequence[str]) -> EmbeddedSentences:
        """The first sentences of each passage with their vectors, in order.

        Remembered by sentence: search joins a post's pieces anew for each question, and its sentences stay the same.
        """
        return self._embedded(tuple(text for passage in passages for text in _first_sentences(passage)))

    def _embedded(self, texts: tuple[str, ...]) -> EmbeddedSentences:
        with self._lock:
            found = {text: self._vectors[text] for text in texts if text in self._vectors}
            for text in found:
                self._vectors.move_to_end(text)
        missing = list(dict.fromkeys(text for text in texts if text not in found))
        if missing:
            vectors = self._encoder.embed_passages(missing)
            found.update((text, row.copy()) for text, row in zip(missing, vectors, strict=True))
            with self._lock:
                self._vectors.update((text, found[text]) for text in missing)
                while len(self._vectors) > _REMEMBERED:
                    self._vectors.popitem(last=False)
        return EmbeddedSentences(texts, np.stack([found[text] for text in texts]))

    def nearest(self, sentence: str, passage: str) -> tuple[float, str]:
        """Highest cosine of a statement with a sentence of the passage, and that sentence."""
        embedded = self.sentences([passage])
        scores = embedded.vectors @ self._encoder.embed_passages([sentence])[0]
        best = int(scores.argmax())
        return float(scores[best]), embedded.texts[best]

    def answers(self, question: str, passages: Sequence[str]) -> float:
        """Highest cosine of a question with any sentence of the passages; 0 without passages."""
        if not passages:
            return 0.0
        return float((self.sentences(passages).vectors @ self.question(question)).max())

    def within(self, question: str, passage: str) -> list[float]:
        """Cosine of a question with each of the passage's first sentences, in order."""
        vector = self.question(question)
        return [float(score) for score in self.sentences([passage]).vectors @ vector]

    def of_sentences(self, question: str, sentences: Sequence[str]) -> list[float]:
        """Cosine of a question with each of these sentences (what lies beyond the first few counts as the lowest)."""
        if not sentences:
            return []
        vector = self.question(question)
        scores = [float(score) for score in self._embedded(tuple(sentences[:_MOST_SENTENCES])).vectors @ vector]
        return scores + [min(scores)] * (len(sentences) - len(scores))

    def closeness(self, question: str, sentences: Sequence[str]) -> list[float]:
        """Cosine of each sentence with the question, stretched to 0..1 among them; 0 beyond the first few."""
        if len(sentences) < 2:
            return [0.0] * len(sentences)
        vector = self.question(question)
        scores = self._encoder.embed_passages(sentences[:_MOST_SENTENCES]) @ vector
        low, high = float(scores.min()), float(scores.max())
        stretched = [(float(score) - low) / (high - low) if high > low else 0.0 for score in scores]
        return stretched + [0.0] * (len(sentences) - len(stretched))


def _first_sentences(passage: str) -> list[str]:
    return [sentence.text for sentence in split_sentences(passage)[:_MOST_SENTENCES]] or [passage]
