"""Closeness of meaning between sentences, by the index's embedding model. A sentence is embedded once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from konspekt.answering.words.sentences import split_sentences
from konspekt.storage.readings import Readings, ReadingsFile

Vectors = NDArray[np.float32]  # [N, dimension], rows of length 1

OTHER_LANGUAGE = 0.035  # of a cosine is lost where question and text are in two languages: the mean of two indexes
_MOST_SENTENCES = 60  # of one passage
_REMEMBERED = 10_000  # sentences; about 10 MB
_QUESTIONS = 100
_FIXED = "Что написано, то и прочтут: what is written will be read, 1 time or 2."  # tells one embedder from another


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

    def __init__(self, encoder: Encoder, kept: ReadingsFile | None = None) -> None:
        """`kept`: where vectors of sentences that stand in a document outlast this process."""
        self._encoder = encoder
        self._file = kept
        self._lock = threading.Lock()
        self._vectors: OrderedDict[str, NDArray[np.float16]] = OrderedDict()
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

    @cached_property
    def _kept(self) -> Readings | None:
        return self._file.of("sentence", self._encoder.embed_passages([_FIXED])[0]) if self._file else None

    def sentences(self, passages: Sequence[str], documents: Sequence[str] = ()) -> EmbeddedSentences:
        """The first sentences of each passage with their vectors, in order. `documents`: the ids of the passages'.

        Remembered by sentence: search joins a post's pieces anew for each question, and its sentences stay the same.
        """
        cut = [_first_sentences(passage) for passage in passages]
        for document, texts in zip(documents, cut, strict=False):
            self._embedded(texts, document)
        return self._embedded([text for texts in cut for text in texts])

    def _embedded(self, texts: Sequence[str], document: str = "") -> EmbeddedSentences:
        with self._lock:
            found = {text: self._vectors[text] for text in texts if text in self._vectors}
            for text in found:
                self._vectors.move_to_end(text)
        missing = list(dict.fromkeys(text for text in texts if text not in found))
        if missing:
            new = self._read_or_made(missing, document)
            found.update(new)
            with self._lock:
                self._vectors.update(new)
                while len(self._vectors) > _REMEMBERED:
                    self._vectors.popitem(last=False)
        return EmbeddedSentences(tuple(texts), np.stack([found[text] for text in texts]).astype(np.float32))

    def _read_or_made(self, texts: Sequence[str], document: str) -> dict[str, NDArray[np.float16]]:
        """In half floats, whether they were kept or not: an answer must not depend on that."""
        kept = self._kept if document else None
        found = {text: np.frombuffer(row, "<f2") for text, row in kept.get(texts).items()} if kept else {}
        missing = [text for text in texts if text not in found]
        if missing:
            made = dict(zip(missing, self._encoder.embed_passages(missing).astype("<f2"), strict=True))
            if kept:
                kept.put(document, {text: row.tobytes() for text, row in made.items()})
            found.update((text, row.copy()) for text, row in made.items())
        return found

    def nearest(self, sentence: str, passage: str) -> tuple[float, str]:
        """Highest cosine of a statement with a sentence of the passage, and that sentence."""
        embedded = self.sentences([passage])
        scores = embedded.vectors @ self._encoder.embed_passages([sentence])[0]
        best = int(scores.argmax())
        return float(scores[best]), embedded.texts[best]

    def answers(self, question: str, passages: Sequence[str], documents: Sequence[str] = ()) -> float:
        """Highest cosine of a question with any sentence of the passages; 0 without passages.

        `documents`: the passages' ids.
        """
        if not passages:
            return 0.0
        return float((self.sentences(passages, documents).vectors @ self.question(question)).max())

    def within(self, question: str, passage: str) -> list[float]:
        """Cosine of a question with each of the passage's first sentences, in order."""
        vector = self.question(question)
        return [float(score) for score in self.sentences([passage]).vectors @ vector]

    def of_sentences(self, question: str, sentences: Sequence[str], document: str = "") -> list[float]:
        """Cosine of a question with each of these sentences (what lies beyond the first few counts as the lowest).

        `document`: the id of the one that they stand in.
        """
        if not sentences:
            return []
        vector = self.question(question)
        scores = [float(score) for score in self._embedded(sentences[:_MOST_SENTENCES], document).vectors @ vector]
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
