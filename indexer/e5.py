"""multilingual-e5-small from its packed 4-bit file, as a SentenceTransformer.

The file's weights go into a plain `transformers.BertModel`, its vocabulary into a `tokenizers` unigram model, and both
into a SentenceTransformer with mean pooling, normalisation and the model's own prompts.
Model: https://huggingface.co/intfloat/multilingual-e5-small
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules.module import Module
from sentence_transformers.models import Normalize, Pooling
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram
from transformers import BertConfig, BertModel

from indexer.e5_file import E5File, read_e5_file

PROMPTS = {"query": "query: ", "passage": "passage: "}

# What SentencePiece's `nmt_nfkc` does beside NFKC (checked against the map in the file: nothing else in common use).
CONTROLS = r"[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]"
SPACES = r"[\t\n\x0c\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]"


def load_e5(path: Path) -> SentenceTransformer:
    file = read_e5_file(path)
    encoder = E5Encoder(build_tokenizer(file), build_bert(file).to(fastest_dtype()), file.positions)
    model = SentenceTransformer(
        modules=[encoder, Pooling(file.hidden, pooling_mode="mean"), Normalize()],
        prompts=dict(PROMPTS),
        device="cpu",
    )
    return model.eval()


def fastest_dtype() -> torch.dtype:
    """bfloat16 where the processor multiplies it in hardware; elsewhere it would be slower than float32."""
    capabilities = torch.backends.cpu.get_cpu_capability()
    has = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if has and capabilities != "DEFAULT" else torch.float32


class E5Encoder(Module):
    """Texts -> token ids -> token embeddings: the first module of a SentenceTransformer."""

    def __init__(self, tokenizer: Tokenizer, bert: BertModel, max_seq_length: int) -> None:
        super().__init__()
        self.tokenizer = tokenizer
        self.bert = bert
        self.max_seq_length = max_seq_length

    def preprocess(self, inputs: Sequence[str], prompt: str | None = None, **_: Any) -> dict[str, torch.Tensor]:
        rows = [row.ids for row in self.tokenizer.encode_batch_fast([(prompt or "") + text for text in inputs])]
        rows = [ids if len(ids) <= self.max_seq_length else [*ids[: self.max_seq_length - 1], ids[-1]] for ids in rows]
        ids = torch.full((len(rows), max(map(len, rows))), self.bert.config.pad_token_id)  # [B, S]
        mask = torch.zeros_like(ids)  # [B, S]
        for i, row in enumerate(rows):
            ids[i, : len(row)] = torch.tensor(row)
            mask[i, : len(row)] = 1
        return {"input_ids": ids, "attention_mask": mask}

    def forward(self, features: dict[str, Any], **_: Any) -> dict[str, Any]:
        mask = features["attention_mask"]
        output = self.bert(input_ids=features["input_ids"], attention_mask=None if bool(mask.all()) else mask)
        features["token_embeddings"] = output.last_hidden_state.float()  # [B, S, hidden]; pooled in float32
        return features

    def save(self, output_path: str, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError("the model lives in its packed file; there is nothing to save")


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


def build_bert(file: E5File) -> BertModel:
    with torch.device("meta"):  # the weights come from the file: initialising random ones would cost seconds
        bert = BertModel(
            BertConfig(
                vocab_size=file.vocabulary,
                hidden_size=file.hidden,
                num_hidden_layers=file.layers,
                num_attention_heads=file.heads,
                intermediate_size=file.feed_forward,
                max_position_embeddings=file.positions,
                type_vocab_size=file.token_types,
                layer_norm_eps=file.epsilon,
                pad_token_id=file.pad,
                attn_implementation="sdpa",
            ),
            add_pooling_layer=False,
        )
    state = {}
    shapes = {name: parameter.shape for name, parameter in bert.state_dict().items()}
    for ours, theirs in _names(file.layers):
        state[theirs] = torch.tensor(file.tensors[ours].reshape(shapes[theirs]))
    bert.load_state_dict(state, strict=True, assign=True)
    for name, buffer in (("position_ids", torch.arange(file.positions)), ("token_type_ids", None)):
        old = getattr(bert.embeddings, name)
        bert.embeddings.register_buffer(
            name, buffer.expand(1, -1) if buffer is not None else torch.zeros_like(old, device="cpu"), persistent=False
        )
    return bert


def _names(layers: int) -> list[tuple[str, str]]:
    """Names in the file and in `BertModel.state_dict()`."""
    names = [
        ("emb.word", "embeddings.word_embeddings.weight"),
        ("emb.pos", "embeddings.position_embeddings.weight"),
        ("emb.type", "embeddings.token_type_embeddings.weight"),
        ("emb.ln.w", "embeddings.LayerNorm.weight"),
        ("emb.ln.b", "embeddings.LayerNorm.bias"),
    ]
    parts = {
        "q": "attention.self.query",
        "k": "attention.self.key",
        "v": "attention.self.value",
        "ao": "attention.output.dense",
        "aln": "attention.output.LayerNorm",
        "fi": "intermediate.dense",
        "fo": "output.dense",
        "oln": "output.LayerNorm",
    }
    for layer in range(layers):
        for ours, theirs in parts.items():
            names.append((f"l{layer}.{ours}.w", f"encoder.layer.{layer}.{theirs}.weight"))
            names.append((f"l{layer}.{ours}.b", f"encoder.layer.{layer}.{theirs}.bias"))
    return names
