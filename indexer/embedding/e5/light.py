"""multilingual-e5-small in numpy, for a command that embeds a query and ends: importing torch takes two seconds.

The same weights, float32, one text at a time; network.py says what is computed. An index is not made with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from konspekt.indexer.embedding.e5.file import E5File, Q4Rows, dequantise_q4_0, read_e5_file
from konspekt.indexer.embedding.e5.light_tokenizer import LightTokenizer
from konspekt.indexer.embedding.e5.normalising import PROMPTS
from konspekt.indexer.embedding.embeddings import Vectors

Floats = NDArray[np.float32]
SPECIAL_TOKENS = 2  # <s> and </s>


class LightE5:
    """An `Embedder`."""

    def __init__(self, name: str, path: Path) -> None:
        self._name = name
        self._file = read_e5_file(path)
        self._tokenizer = LightTokenizer(self._file)

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return self._file.hidden

    @cached_property
    def max_tokens(self) -> int:
        return self._file.positions - SPECIAL_TOKENS - max(map(self.count_tokens, PROMPTS.values()))

    def count_tokens(self, text: str) -> int:
        return len(self._tokenizer.ids(text))

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts, PROMPTS["query"])

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts, PROMPTS["passage"])

    def _embed(self, texts: Sequence[str], prompt: str) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            states = self._states(self._tokenizer.framed(prompt + text, self._file.positions))
            mean = states.mean(0)
            vectors[row] = mean / max(float(np.linalg.norm(mean)), 1e-12)
        return vectors

    def _states(self, ids: list[int]) -> Floats:
        """Token ids -> float32 [S, hidden]."""
        x = self._layer_norm(self._words(ids) + self._places[: len(ids)], "emb.ln")
        for number in range(self._file.layers):
            x = self._through(f"l{number}", x)
        return x

    def _through(self, layer: str, x: Floats) -> Floats:
        """One layer: [S, hidden] -> [S, hidden]."""
        heads = self._file.heads
        q, k, v = (self._linear(f"{layer}.{part}", x).reshape(len(x), heads, -1).swapaxes(0, 1) for part in "qkv")
        scores = q @ k.swapaxes(1, 2) / np.float32(q.shape[-1] ** 0.5)  # [heads, S, S]
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        context = (weights / weights.sum(-1, keepdims=True)) @ v  # [heads, S, head_dim]
        context = context.swapaxes(0, 1).reshape(len(x), -1)
        x = self._layer_norm(x + self._linear(f"{layer}.ao", context), f"{layer}.aln")
        inner = _gelu(self._linear(f"{layer}.fi", x))
        return self._layer_norm(x + self._linear(f"{layer}.fo", inner), f"{layer}.oln")

    def _linear(self, name: str, x: Floats) -> Floats:
        weight, bias = self._weight(name)
        product: Floats = x @ weight.T + bias
        return product

    def _weight(self, name: str) -> tuple[Floats, Floats]:
        """[out, in] and [out], unpacked when they are first needed."""
        if name not in self._unpacked:
            bias = self._file.unpack(f"{name}.b")
            self._unpacked[name] = self._file.unpack(f"{name}.w").reshape(len(bias), -1), bias
        return self._unpacked[name]

    @cached_property
    def _unpacked(self) -> dict[str, tuple[Floats, Floats]]:
        return {}

    def _layer_norm(self, x: Floats, name: str) -> Floats:
        centred = x - x.mean(-1, keepdims=True)
        deviation = np.sqrt((centred * centred).mean(-1, keepdims=True) + np.float32(self._file.epsilon))
        normed: Floats = centred / deviation * self._file.unpack(f"{name}.w") + self._file.unpack(f"{name}.b")
        return normed

    def _words(self, ids: list[int]) -> Floats:
        """The rows of the word embedding, float32 [S, hidden]; the rest of the table stays packed."""
        table = self._file.tensors["emb.word"]
        assert isinstance(table, Q4Rows)
        rows = table.blocks.reshape(self._file.vocabulary, -1, table.blocks.shape[-1])[ids]
        return dequantise_q4_0(rows.reshape(-1, table.blocks.shape[-1])).reshape(len(ids), -1)

    @cached_property
    def _places(self) -> Floats:
        places: Floats = _rows(self._file, "emb.pos") + _rows(self._file, "emb.type")[0]
        return places


def _rows(file: E5File, name: str) -> Floats:
    return file.unpack(name).reshape(-1, file.hidden)


def _gelu(x: Floats) -> Floats:
    """x times the normal distribution below it; erf by formula 7.1.26 of Abramowitz and Stegun, to 1.5e-7."""
    z = np.abs(x) * np.float32(0.5**0.5)
    t = 1 / (1 + np.float32(0.3275911) * z)
    terms = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
    series = np.zeros_like(t)
    for term in terms:
        series = (series + np.float32(term)) * t
    erf = np.copysign(1 - series * np.exp(-z * z), x)
    below: Floats = np.float32(0.5) * x * (1 + erf)
    return below
