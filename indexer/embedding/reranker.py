"""Reranking with a cross-encoder: it reads question and passage together, which a vector cannot."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from konspekt.indexer.embedding.hub_models import load_model


class CrossEncoderReranker:
    """A sentence-transformers `CrossEncoder` by name, loaded at its first use. Thread-safe."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = threading.Lock()
        self._model: Any = None

    def score(self, query: str, texts: Sequence[str]) -> list[float]:
        """One relevance score per text, higher is better. Raises EmbeddingError if the model cannot be loaded."""
        if not texts:
            return []
        with self._lock:
            if self._model is None:
                self._model = load_model("RERANKER_MODEL", self.name, _load)
            scores = self._model.predict([(query, text) for text in texts], show_progress_bar=False)
        return [float(score) for score in scores]


def _load(name: str, local_files_only: bool, revision: str | None) -> Any:
    from sentence_transformers import CrossEncoder

    safe = {"use_safetensors": True}
    return CrossEncoder(name, num_labels=1, local_files_only=local_files_only, revision=revision, model_kwargs=safe)
