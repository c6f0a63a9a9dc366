"""multilingual-e5-small from its packed 4-bit file: tokenizer, network, and a SentenceTransformer that runs them.

Queries come one at a time and need an answer at once: they go straight through the network, without the seconds that
importing sentence-transformers takes. Passages go through the SentenceTransformer, the same network inside.
Model: https://huggingface.co/intfloat/multilingual-e5-small
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from konspekt.indexer.embedding.e5.file import read_e5_file
from konspekt.indexer.embedding.e5.network import E5Network, fastest_dtype
from konspekt.indexer.embedding.e5.tokenizer import E5Tokenizer

TOKENS_AT_ONCE = 1024  # through the network: enough for its products to run at full speed, 6 MB of what lies between


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

    def framed(self, texts: Sequence[str], prompt: str) -> list[list[int]]:
        """The ids of each text behind the prompt; longer texts lose their end."""
        return [self.tokenizer.framed(prompt + text, self.max_seq_length) for text in texts]

    def embed(self, texts: Sequence[str], prompt: str) -> NDArray[np.float32]:
        """float32 [N, dimension], rows of length 1: the means over the tokens."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, states in self.states(self.framed(texts, prompt), len(self.network.layers)):
            vectors[row] = F.normalize(states.float().mean(0), dim=0).numpy()
        return vectors

    def states(self, framed: Sequence[Sequence[int]], depth: int) -> Iterator[tuple[int, torch.Tensor]]:
        """Each text's number and what the first `depth` layers make of its tokens, [S, hidden]; shorter texts first."""
        order = sorted(range(len(framed)), key=lambda i: len(framed[i]))
        for few in _few_at_once(order, [len(one) for one in framed]):
            yield from zip(few, self.network.packed([framed[i] for i in few], depth), strict=True)

    def count_tokens(self, text: str) -> int:
        """Without special tokens, never cut."""
        return len(self.tokenizer.ids(text))


def _few_at_once(order: Sequence[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    """Numbers of texts, in this order, that have TOKENS_AT_ONCE tokens together, or are one text that has more."""
    few: list[int] = []
    for i in order:
        if few and sum(lengths[j] for j in few) + lengths[i] > TOKENS_AT_ONCE:
            yield few
            few = []
        few.append(i)
    if few:
        yield few
