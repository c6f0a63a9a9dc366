"""Any sentence-transformers model by its name as an `Embedder`."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from konspekt.indexer.embedding.batches import embed_by_length
from konspekt.indexer.embedding.embeddings import Vectors
from konspekt.indexer.embedding.hub_models import load_model

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class SentenceEmbedder:
    """Thread-safe. Uses the query and passage prompts that the model defines itself."""

    def __init__(self, name: str) -> None:
        self._model = load_model("EMBEDDING_MODEL", name, _load)
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


def _load(name: str, local_files_only: bool, revision: str | None) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(
        name, local_files_only=local_files_only, revision=revision, model_kwargs={"use_safetensors": True}
    )


def encode_by_length(model: SentenceTransformer, texts: Sequence[str], prompt: str, window: int) -> Vectors:
    """float32 [N, D] in the order of `texts`, rows of length 1."""

    def encode(batch: list[str]) -> Vectors:
        vectors: Vectors = model.encode(
            batch,
            prompt=prompt or None,
            batch_size=len(batch),
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return vectors

    return embed_by_length(encode, texts, int(model.get_embedding_dimension() or 0), window, prompt)
