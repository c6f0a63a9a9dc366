"""The embedded default as an `Embedder`."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from indexer.e5 import PROMPTS, E5Model
from indexer.embeddings import Vectors
from indexer.sentence_embedder import encode_by_length

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

SPECIAL_TOKENS = 2  # <s> and </s>
FEW = 8  # so many texts go straight through the network


class E5Embedder:
    """Thread-safe. A few texts never import sentence-transformers; many are run by it, sorted by length."""

    def __init__(self, name: str, path: Path) -> None:
        self._name = name
        self._model = E5Model(path)
        self._lock = threading.Lock()
        longest = max(self._model.count_tokens(list(PROMPTS.values())))
        self._max_tokens = self._model.max_seq_length - SPECIAL_TOKENS - longest

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return self._model.dimension

    @property
    def max_tokens(self) -> int:
        return self._max_tokens

    @cached_property
    def sentence_transformer(self) -> SentenceTransformer:
        return self._model.sentence_transformer()

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts, PROMPTS["query"])

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts, PROMPTS["passage"])

    def count_tokens(self, text: str) -> int:
        return self._model.count_tokens([text])[0]

    def _embed(self, texts: Sequence[str], prompt: str) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        with self._lock:  # one forward pass uses every core; two at once would only fight for them
            if len(texts) <= FEW:
                return self._model.embed(texts, prompt)
            return encode_by_length(self.sentence_transformer, texts, prompt, self._model.max_seq_length)
