"""Turning texts into vectors: the protocol that everything else speaks, and the choice of a model by its name."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, Protocol, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

Vectors = NDArray[np.float32]  # [N, dimension], each row of length 1

Side = Literal["query", "passage"]

DEFAULT_MODEL = "multilingual-e5-small"
DEFAULT_FILE = "e5-small-q4.bin"


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
    """Loads the model when a vector or token count is first needed, and only once."""

    def __init__(self, name: str, load: Callable[[], Embedder]) -> None:
        self._name = name
        self._load = load
        self._lock = threading.Lock()
        self._loaded: Embedder | None = None

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return self._model().dimension

    @property
    def max_tokens(self) -> int:
        return self._model().max_tokens

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._model().embed_queries(texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._model().embed_passages(texts)

    def count_tokens(self, text: str) -> int:
        return self._model().count_tokens(text)

    @property
    def has_token_states(self) -> bool:
        """Whether `token_states` may be called: the embedded model tells them, others do not."""
        return self._name == DEFAULT_MODEL

    def token_states(self, texts: Sequence[str], side: Side, depth: int) -> list[Tensor]:
        """See `E5Embedder.token_states`."""
        return cast("_TokenStates", self._model()).token_states(texts, side, depth)

    def _model(self) -> Embedder:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded


class _TokenStates(Protocol):
    def token_states(self, texts: Sequence[str], side: Side, depth: int) -> list[Tensor]: ...
