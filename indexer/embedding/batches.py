"""Texts into batches of like length, so that little is spent on padding."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from konspekt.indexer.embedding.embeddings import Vectors

BATCH_TOKENS = 8192  # padded tokens of one forward pass: enough to keep every core busy, small enough for its cache
CHARACTERS_A_TOKEN = 3  # a low guess for any language we meet: batches may come out smaller, never larger


def embed_by_length(
    embed: Callable[[list[str]], Vectors], texts: Sequence[str], dimension: int, window: int, prompt: str = ""
) -> Vectors:
    """float32 [N, dimension] in the order of `texts`. `window` is the model's longest input in tokens."""
    vectors = np.zeros((len(texts), dimension), np.float32)
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]), reverse=True)
    while order:
        longest = min(window, (len(texts[order[0]]) + len(prompt)) // CHARACTERS_A_TOKEN + 4)
        size = max(1, BATCH_TOKENS // longest)
        batch, order = order[:size], order[size:]
        vectors[batch] = embed([texts[i] for i in batch])
    return vectors
