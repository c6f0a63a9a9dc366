"""The embedded default as an `Embedder`."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from konspekt.indexer.embedding.e5.model import E5Model
from konspekt.indexer.embedding.e5.normalising import PROMPTS
from konspekt.indexer.embedding.embeddings import Side, Vectors
from konspekt.indexer.embedding.sentence_embedder import encode_by_length

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

SPECIAL_TOKENS = 2  # <s> and </s>
LITTLE = 20_000  # characters, about what the passages of one answer hold: they go straight through the network


class E5Embedder:
    """Thread-safe. An index is embedded by sentence-transformers. A question, its passages and a new post never import
    it: that costs seconds and 250 MB."""

    def __init__(self, name: str, path: Path) -> None:
        self._name = name
        self._model = E5Model(path)
        self._lock = threading.Lock()
        longest = max(map(self._model.count_tokens, PROMPTS.values()))
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
        from konspekt.indexer.embedding.e5.module import sentence_transformer  # costs seconds, wanted by few

        return sentence_transformer(self._model)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts, PROMPTS["query"])

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts, PROMPTS["passage"])

    @property
    def has_token_states(self) -> bool:
        return True

    def token_states(self, texts: Sequence[str], side: Side, depth: int) -> list[torch.Tensor]:
        """What the first `depth` layers make of each text's tokens, <s>, prompt and </s> among them: float32 [S, D]."""
        framed = self._model.framed(texts, PROMPTS[side])
        with self._lock:
            found = {i: states.to(torch.float32, copy=True) for i, states in self._model.states(framed, depth)}
        return [found[i] for i in range(len(texts))]

    def count_tokens(self, text: str) -> int:
        return self._model.count_tokens(text)

    def _embed(self, texts: Sequence[str], prompt: str) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        with self._lock:  # one forward pass uses every core; two at once would only fight for them
            window = self._model.max_seq_length
            if sum(map(len, texts)) > LITTLE:
                return encode_by_length(self.sentence_transformer, texts, prompt, window)
            return self._model.embed(texts, prompt)
