"""An `Embedder` on a SentenceTransformer: the embedded default, or any model by its name."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from indexer.embeddings import Vectors
from indexer.errors import EmbeddingError

BATCH_TOKENS = 8192  # padded tokens of one forward pass: enough to keep every core busy, small enough for its cache
SPECIAL_TOKENS = 2  # BERT-like models frame a text with two


class SentenceEmbedder:
    """Thread-safe. Batches hold texts of like length, so that little is spent on padding."""

    def __init__(self, name: str, model: Any, query_prompt: str, passage_prompt: str) -> None:
        self._name = name
        self._model = model
        self._query_prompt = query_prompt
        self._passage_prompt = passage_prompt
        self._lock = threading.Lock()  # tokenizers and torch share their thread pools badly
        self._window = int(model.get_max_seq_length() or 512)
        self._dimension = int(model.get_embedding_dimension())
        self._overhead = SPECIAL_TOKENS + max(self._tokens([query_prompt, passage_prompt]))

    @classmethod
    def embedded_default(cls, name: str, path: Path) -> SentenceEmbedder:
        from indexer.e5 import PROMPTS, load_e5

        return cls(name, load_e5(path), PROMPTS["query"], PROMPTS["passage"])

    @classmethod
    def by_name(cls, name: str) -> SentenceEmbedder:
        """Any sentence-transformers model, local folder or hub name, with the prompts that it defines itself."""
        from sentence_transformers import SentenceTransformer

        try:
            model = SentenceTransformer(name)
        except Exception as error:  # the library raises whatever its loaders and HTTP client raise
            raise EmbeddingError(
                f"EMBEDDING_MODEL={name}: cannot load it ({type(error).__name__}: {error}). Check the name and the "
                f"network, or unset EMBEDDING_MODEL for the embedded default"
            ) from error
        prompts = model.prompts or {}
        fallback = prompts.get(model.default_prompt_name or "", "")
        query = prompts.get("query") or fallback
        passage = prompts.get("passage") or prompts.get("document") or fallback
        return cls(name, model, query, passage)

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return self._dimension

    @property
    def max_tokens(self) -> int:
        return self._window - self._overhead

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts, self._query_prompt)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts, self._passage_prompt)

    def count_tokens(self, text: str) -> int:
        return self._tokens([text])[0]

    def _embed(self, texts: Sequence[str], prompt: str) -> Vectors:
        vectors = np.zeros((len(texts), self._dimension), np.float32)
        lengths = [len(text) for text in texts]
        order = sorted(range(len(texts)), key=lengths.__getitem__, reverse=True)
        with self._lock:
            while order:
                # three characters a token is a low guess for any language we meet: the batch may come out smaller
                longest = min(self._window, lengths[order[0]] // 3 + self._overhead + 1)
                size = max(1, BATCH_TOKENS // longest)
                batch, order = order[:size], order[size:]
                vectors[batch] = self._model.encode(
                    [texts[i] for i in batch],
                    prompt=prompt or None,
                    batch_size=len(batch),
                    normalize_embeddings=True,
                    convert_to_numpy=True,
                    show_progress_bar=False,
                )
        return vectors

    def _tokens(self, texts: Sequence[str]) -> list[int]:
        """Token counts without special tokens, never truncated."""
        tokenizer = self._model.tokenizer
        if hasattr(tokenizer, "encode_batch_fast"):  # a bare `tokenizers.Tokenizer` (the embedded default)
            return [len(row.ids) for row in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]
        return [len(ids) for ids in tokenizer(list(texts), add_special_tokens=False, verbose=False)["input_ids"]]
