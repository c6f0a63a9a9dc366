"""Reranking with a cross-encoder: it reads question and passage together, which a vector cannot."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from indexer.errors import EmbeddingError


class CrossEncoderReranker:
    """A sentence-transformers `CrossEncoder` by name, loaded at its first use. Thread-safe."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = threading.Lock()
        self._model: Any = None

    def score(self, query: str, texts: Sequence[str]) -> list[float]:
        """One relevance score a text, higher is better. Raises EmbeddingError if the model cannot be loaded."""
        if not texts:
            return []
        with self._lock:
            if self._model is None:
                self._model = self._load()
            scores = self._model.predict([(query, text) for text in texts], show_progress_bar=False)
        return [float(score) for score in scores]

    def _load(self) -> Any:
        from sentence_transformers import CrossEncoder

        try:
            return CrossEncoder(self.name, num_labels=1)
        except Exception as error:  # the library raises whatever its loaders and HTTP client raise
            raise EmbeddingError(
                f"RERANKER_MODEL={self.name}: cannot load it ({type(error).__name__}: {error}). Check the name and the "
                f"network, or unset RERANKER_MODEL"
            ) from error
