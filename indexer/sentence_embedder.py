"""Any sentence-transformers model by its name as an `Embedder`."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from indexer.embeddings import Vectors
from indexer.errors import EmbeddingError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH_TOKENS = 8192  # padded tokens of one forward pass: enough to keep every core busy, small enough for its cache
CHARACTERS_A_TOKEN = 3  # a low guess for any language we meet: batches may come out smaller, never larger


class SentenceEmbedder:
    """Thread-safe. Uses the query and passage prompts that the model defines itself."""

    def __init__(self, name: str) -> None:
        from sentence_transformers import SentenceTransformer

        try:
            self._model = SentenceTransformer(name)
        except Exception as error:  # the library raises whatever its loaders and HTTP client raise
            raise EmbeddingError(
                f"EMBEDDING_MODEL={name}: cannot load it ({type(error).__name__}: {error}). Check the name and the "
                f"network, or unset EMBEDDING_MODEL for the embedded default"
            ) from error
        self._name = name
        prompts = self._model.prompts or {}
        fallback = prompts.get(self._model.default_prompt_name or "") or ""
        self._query_prompt = prompts.get("query") or fallback
        self._passage_prompt = prompts.get("passage") or prompts.get("document") or fallback
        self._lock = threading.Lock()
        self._window = int(self._model.get_max_seq_length() or 512)
        self._dimension = int(self._model.get_embedding_dimension() or 0)
        framing = self._count("", special=True)
        self._max_tokens = self._window - framing - max(map(self._count, (self._query_prompt, self._passage_prompt)))

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return self._dimension

    @property
    def max_tokens(self) -> int:
        return self._max_tokens

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts, self._query_prompt)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts, self._passage_prompt)

    def count_tokens(self, text: str) -> int:
        return self._count(text)

    def _count(self, text: str, special: bool = False) -> int:
        tokens = self._model.tokenizer(text, add_special_tokens=special, truncation=False, verbose=False)
        return len(tokens["input_ids"])

    def _embed(self, texts: Sequence[str], prompt: str) -> Vectors:
        with self._lock:
            return encode_by_length(self._model, texts, prompt, self._window)


def encode_by_length(model: SentenceTransformer, texts: Sequence[str], prompt: str, window: int) -> Vectors:
    """float32 [N, D] in the order of `texts`; batches hold texts of like length, so that little is spent on padding."""
    vectors = np.zeros((len(texts), int(model.get_embedding_dimension() or 0)), np.float32)
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]), reverse=True)
    while order:
        longest = min(window, (len(texts[order[0]]) + len(prompt)) // CHARACTERS_A_TOKEN + 4)
        size = max(1, BATCH_TOKENS // longest)
        batch, order = order[:size], order[size:]
        vectors[batch] = model.encode(
            [texts[i] for i in batch],
            prompt=prompt or None,
            batch_size=len(batch),
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
    return vectors
