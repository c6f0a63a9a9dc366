"""multilingual-e5-small from its packed 4-bit file: tokenizer, network, and a SentenceTransformer that runs them.

Queries come one at a time and need an answer at once: they go straight through the network, without the seconds that
importing sentence-transformers takes. Passages go through the SentenceTransformer, the same network inside.
Model: https://huggingface.co/intfloat/multilingual-e5-small
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram

from indexer.e5_file import E5File, read_e5_file
from indexer.e5_network import E5Network, fastest_dtype

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PROMPTS = {"query": "query: ", "passage": "passage: "}

# What SentencePiece's `nmt_nfkc` does beside NFKC (checked against the map in the file: nothing else in common use).
CONTROLS = r"[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]"
SPACES = r"[\t\n\x0c\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]"


class E5Model:
    """Tokenizer and network; `max_seq_length` counts special tokens and prompt."""

    def __init__(self, path: Path, dtype: torch.dtype | None = None) -> None:
        file = read_e5_file(path)
        self.tokenizer = build_tokenizer(file)
        self.network = E5Network(file, dtype or fastest_dtype())
        self.max_seq_length = file.positions
        self.dimension = file.hidden

    def tokenize(self, texts: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """ids and mask, both [B, S]; longer texts lose their end."""
        limit = self.max_seq_length
        rows = [row.ids for row in self.tokenizer.encode_batch_fast(list(texts))]
        rows = [row if len(row) <= limit else [*row[: limit - 1], row[-1]] for row in rows]
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

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Without special tokens, never cut."""
        return [len(row.ids) for row in self.tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    def sentence_transformer(self) -> SentenceTransformer:
        from indexer.e5_module import sentence_transformer

        return sentence_transformer(self)


def build_tokenizer(file: E5File) -> Tokenizer:
    tokenizer = Tokenizer(Unigram(file.pieces, unk_id=file.unk, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(CONTROLS), ""),
            normalizers.Replace(Regex(SPACES), " "),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", file.bos), ("</s>", file.eos)]
    )
    return tokenizer
