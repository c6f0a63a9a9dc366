"""A cheap embedder for tests that are not about meaning: a vector is a hashed bag of words, always the same."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class HashEmbedder:
    """Counts what it embeds, so that a test can say that nothing was embedded twice."""

    def __init__(self, name: str = "hash", dimension: int = 1024, max_tokens: int = 500) -> None:
        self.name = name
        self.dimension = dimension
        self.max_tokens = max_tokens
        self.passages_embedded: list[str] = []

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self._vector(text) for text in texts])

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.passages_embedded.extend(texts)
        return self.embed_queries(texts)

    def count_tokens(self, text: str) -> int:
        return len(re.findall(r"\w{1,4}|[^\w\s]", text))

    def _vector(self, text: str) -> NDArray[np.float32]:
        vector = np.zeros(self.dimension, np.float32)
        for word in re.findall(r"\w+", text.lower().replace("ё", "е")):
            digest = hashlib.md5(f"{self.name} {word}".encode("utf-8", "replace")).digest()
            vector[int.from_bytes(digest[:4], "little") % self.dimension] += 1.0 if digest[4] & 1 else -1.0
        length = float(np.linalg.norm(vector))
        if length == 0:
            vector[0] = length = 1.0
        return vector / length
