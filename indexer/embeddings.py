"""Turning texts into vectors: the protocol that everything else speaks, and the choice of a model by its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]  # [N, dimension], each row of length 1

DEFAULT_MODEL = "multilingual-e5-small"


class Embedder(Protocol):
    """A sentence embedding model. `name` is known without loading anything; all else may load the model.

    Vectors are float32 [N, dimension] with rows of length 1, so that a dot product is the cosine.
    """

    @property
    def name(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    @property
    def max_tokens(self) -> int:
        """Longest passage in tokens that is embedded without being cut, prompt and special tokens not counted."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> Vectors: ...
    def embed_passages(self, texts: Sequence[str]) -> Vectors: ...
    def count_tokens(self, text: str) -> int: ...


class LazyEmbedder:
    """Loads the model at the first vector or token count that somebody needs, and only once."""

    def __init__(self, name: str, load: Callable[[], Embedder]) -> None:
        self._name = name
        self._load = load

    @property
    def name(self) -> str:
        return self._name


def open_embedder(name: str, models_dir: Path) -> Embedder:
    """The embedder called `name` (`EMBEDDING_MODEL`); nothing is read or downloaded before its first use."""
    raise NotImplementedError
