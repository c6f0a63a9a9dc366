"""A tiny random model as a Hugging Face folder, and the transformers model it was written by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from tests.serving.tiny import SPECIAL, TEMPLATE, TOKENS

FAMILIES: dict[str, tuple[type[Any], type[Any], dict[str, Any]]] = {
    "llama": (LlamaConfig, LlamaForCausalLM, {}),
    "qwen2": (Qwen2Config, Qwen2ForCausalLM, {}),
    "qwen3": (Qwen3Config, Qwen3ForCausalLM, {"head_dim": 64}),
    "gemma3": (
        Gemma3TextConfig,
        Gemma3ForCausalLM,
        {"head_dim": 64, "sliding_window": 32, "query_pre_attn_scalar": 64, "num_hidden_layers": 6},
    ),
}


def write_folder(folder: Path, family: str, **sizes: int) -> Any:
    """Write config, weights (bf16) and tokenizer; returns the transformers model in float32 of the same weights."""
    config_type, model_type, extra = FAMILIES[family]
    settings = (
        {
            "vocab_size": len(TOKENS),
            "hidden_size": 128,
            "intermediate_size": 256,
            "num_hidden_layers": 3,
            "num_attention_heads": 4 if family in ("qwen3", "gemma3") else 2,
            "num_key_value_heads": 2 if family in ("qwen3", "gemma3") else 1,
            "max_position_embeddings": 512,
            "tie_word_embeddings": family == "gemma3",
        }
        | extra
        | sizes
    )
    torch.manual_seed(0)
    model = model_type(config_type(**settings)).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("bias"):
                parameter.normal_(0, 0.3)
            elif "norm" in name:
                parameter.add_(0.2 * torch.randn_like(parameter))
            else:
                parameter.mul_(3)
    model = model.to(torch.bfloat16)
    model.save_pretrained(folder)
    write_tokenizer(folder)
    return model.float()


def write_tokenizer(folder: Path) -> None:
    """The vocabulary of `tiny`."""
    encoder = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(TOKENS[:256])}, merges=[]))
    encoder.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    encoder.decoder = decoders.ByteLevel()
    encoder.add_special_tokens([AddedToken(token, special=True) for token in SPECIAL])
    encoder.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": TEMPLATE}), "utf-8")
