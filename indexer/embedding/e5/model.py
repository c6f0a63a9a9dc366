"""multilingual-e5-small from its packed 4-bit file: tokenizer, network, and a SentenceTransformer that runs them.

Queries come one at a time and need an answer at once: they go straight through the network, without the seconds that
importing sentence-transformers takes. Passages go through the SentenceTransformer, the same network inside.
Model: https://huggingface.co/intfloat/multilingual-e5-small
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from konspekt.indexer.embedding.e5.file import read_e5_file
from konspekt.indexer.embedding.e5.network import E5Network, fastest_dtype
from konspekt.indexer.embedding.e5.tokenizer import E5Tokenizer


class E5Model:
    """Tokenizer and network; `max_seq_length` counts special tokens and prompt."""

    def __init__(self, path: Path, dtype: torch.dtype | None = None) -> None:
        file = read_e5_file(path)
        self.tokenizer = E5Tokenizer(file)
        self.network = E5Network(file, dtype or fastest_dtype())
        self.max_seq_length = file.positions
        self.dimension = file.hidden

    def tokenize(self, texts: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """ids and mask, both [B, S]; longer texts lose their end."""
        rows = [self.tokenizer.framed(text, self.max_seq_length) for text in texts]
        ids = torch.full((len(rows), max(map(len, rows))), self.network.pad)
        mask = torch.zeros_like(ids)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = torch.tensor(row)
            mask[i, : len(row)] = 1
        return ids, mask

    def embed(self, texts: Sequence[str], prompt: str) -> NDArray[np.float32]:
        """float32 [N, dimension], rows of length 1, all in one batch."""
        vectors: NDArray[np.float32] = self.network.embed(*self.tokenize([prompt + text for text in texts])).numpy()
        return vectors

    def count_tokens(self, text: str) -> int:
        """Without special tokens, never cut."""
        return len(self.tokenizer.ids(text))
