"""The embedded default as a SentenceTransformer: its network and tokenizer as the first module, then pooling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules.module import Module
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling

from konspekt.indexer.embedding.e5.model import E5Model
from konspekt.indexer.embedding.e5.normalising import PROMPTS


def sentence_transformer(model: E5Model) -> SentenceTransformer:
    modules = [E5Module(model), Pooling(model.dimension, pooling_mode="mean"), Normalize()]
    return SentenceTransformer(modules=modules, prompts=dict(PROMPTS), device="cpu").eval()


class E5Module(Module):
    def __init__(self, model: E5Model) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.network = model.network
        self.tokenizer = model.tokenizer
        self.max_seq_length = model.max_seq_length
        self._tokenize = model.tokenize

    def preprocess(self, inputs: Sequence[str], prompt: str | None = None, **_: Any) -> dict[str, Any]:
        ids, mask = self._tokenize([(prompt or "") + text for text in inputs])
        return {"input_ids": ids, "attention_mask": mask}

    def forward(self, features: dict[str, Any], **_: Any) -> dict[str, Any]:
        features["token_embeddings"] = self.network(features["input_ids"], features["attention_mask"])
        return features

    def save(self, output_path: str, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the model lives in its packed file; there is nothing to save")
