"""A GGUF file from a transformers folder: its config as GGUF's keys, its tensors under GGUF's names.

Llama's rows change places (`as_llama_rows`); embeddings and head become Q8_0, norms and biases stay float32.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import torch
from gguf.quants import quantize

from konspekt.kernels import QuantizedTensor
from konspekt.quantization.errors import QuantizationError, WrongRequestError
from konspekt.quantization.messages import say
from konspekt.quantization.source import Source
from konspekt.quantization.writing.gguf_vocabulary import add_vocabulary
from konspekt.serving.errors import ServingError
from konspekt.serving.model.architectures import ModelConfig
from konspekt.serving.model.folder_config import config_from_hf

ARCHITECTURES = ("llama", "qwen2", "qwen3")
GLOBAL = {"embed_tokens": "token_embd", "norm": "output_norm"}
LAYER = {
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def config_of(source: Source) -> ModelConfig:
    """Raises: WrongRequestError for a family that is not written."""
    try:
        config = config_from_hf(source.model.config.to_dict())
    except ServingError as error:
        raise WrongRequestError(error.args[0]) from None
    if config.architecture not in ARCHITECTURES:
        raise WrongRequestError(say("gguf_kind", kind=config.architecture, known=", ".join(ARCHITECTURES)))
    return config


def write_new(path: Path, source: Source, matrices: dict[str, QuantizedTensor]) -> None:
    """matrices: by GGUF name, rows already in GGUF's order."""
    config = config_of(source)
    writer = gguf.GGUFWriter(path, config.architecture)
    _add_settings(writer, config, source)
    add_vocabulary(writer, source.path, source.tokenizer, config.vocab_size)
    for name, value in tensors_of(source).items():
        if (made := matrices.pop(name, None)) is not None:
            writer.add_tensor(name, made.data, raw_dtype=gguf.GGMLQuantizationType[made.type_name])
        else:
            add_other(writer, name, value, config)
    if matrices:
        raise QuantizationError(say("no_tensor", path=source.path, name=sorted(matrices)[0]))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def add_other(writer: gguf.GGUFWriter, name: str, value: torch.Tensor, config: ModelConfig) -> None:
    """What no format was chosen for: a norm or a bias as it is, embeddings and head as Q8_0."""
    if value.dim() == 1:
        heads = _heads(name, config)
        rows = as_llama_rows(value.numpy(), heads) if config.architecture == "llama" and heads else value.numpy()
        writer.add_tensor(name, rows)
    else:
        kind = gguf.GGMLQuantizationType.F16 if value.shape[1] % 32 else gguf.GGMLQuantizationType.Q8_0
        writer.add_tensor(name, quantize(value.numpy(), kind), raw_dtype=kind)


def _heads(name: str, config: ModelConfig) -> int:
    return config.heads if "attn_q." in name else config.kv_heads if "attn_k." in name else 0


def as_llama_rows(rows: Any, heads: int) -> Any:
    """transformers turns pairs (i, i + half) of a head, GGUF of llama neighbours (2i, 2i + 1): rows change places."""
    return rows.reshape(heads, 2, len(rows) // heads // 2, -1).swapaxes(1, 2).reshape(rows.shape).copy()


def _add_settings(writer: gguf.GGUFWriter, config: ModelConfig, source: Source) -> None:
    writer.add_name(source.path.resolve().name)
    writer.add_block_count(config.layers)
    writer.add_context_length(config.context_length)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.heads)
    writer.add_head_count_kv(config.kv_heads)
    writer.add_key_length(config.head_dim)
    writer.add_value_length(config.head_dim)
    writer.add_layer_norm_rms_eps(config.norm_eps)
    writer.add_rope_freq_base(config.rope.base)
    writer.add_rope_dimension_count(config.rope.dims)
    writer.add_vocab_size(config.vocab_size)
    if config.rope.scale != 1:
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(config.rope.scale)


def tensors_of(source: Source) -> dict[str, torch.Tensor]:
    """All weights of the model by GGUF name, float32."""
    prefix = next(name for name, module in source.model.named_modules() if module is source.layers)
    root = prefix.rpartition(".")[0]
    found: dict[str, torch.Tensor] = {}
    for name, value in source.model.state_dict().items():
        base, _, part = name.rpartition(".")
        if base == "lm_head":
            if not source.model.config.tie_word_embeddings:
                found[f"output.{part}"] = value
        elif base.startswith(f"{prefix}."):
            layer, _, inner = base.removeprefix(f"{prefix}.").partition(".")
            if inner not in LAYER:
                raise WrongRequestError(say("no_place", name=name))
            found[f"blk.{layer}.{LAYER[inner]}.{part}"] = value
        else:
            found[f"{GLOBAL[base.removeprefix(f'{root}.')]}.{part}"] = value
    return found
