"""A tiny random Qwen3.5 as a folder and as a GGUF file, and the transformers model of the same weights.

The file is written as llama.cpp's `conversion/qwen.py` writes it (see `serving/model/qwen35.py`), step by
step and independently of the reader: names from the gguf package's own table of the architecture.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import gguf
import gguf.quants
import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers import Qwen3_5ForCausalLM, Qwen3_5TextConfig

from tests.serving.tiny import TOKENS, add_vocabulary
from tests.serving.tiny_folder import write_tokenizer

HIDDEN, WIDTH, HEADS, KV_HEADS, DIM, LAYERS = 64, 96, 4, 2, 32, 4
KEY_HEADS, VALUE_HEADS, KEY_DIM, VALUE_DIM = 2, 4, 16, 16
SETTINGS: dict[str, Any] = {
    "vocab_size": len(TOKENS), "hidden_size": HIDDEN, "intermediate_size": WIDTH, "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS, "num_key_value_heads": KV_HEADS, "head_dim": DIM, "max_position_embeddings": 512,
    "linear_num_key_heads": KEY_HEADS, "linear_num_value_heads": VALUE_HEADS, "linear_key_head_dim": KEY_DIM,
    "linear_value_head_dim": VALUE_DIM, "linear_conv_kernel_dim": 4,
    "rope_parameters": {
        "rope_type": "default", "rope_theta": 10_000.0, "partial_rotary_factor": 0.5, "mrope_section": [3, 3, 2],
        "mrope_interleaved": True,
    },
}  # fmt: skip
TENSORS = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN35, LAYERS)


@cache
def transformers_model() -> Any:
    """The same one for everybody: nobody changes it."""
    torch.manual_seed(0)
    model = Qwen3_5ForCausalLM(Qwen3_5TextConfig(**SETTINGS)).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" in name:
                parameter.add_(0.2 * torch.randn_like(parameter))
            elif name.endswith(("A_log", "dt_bias")):
                parameter.copy_(torch.randn_like(parameter) - 1)
            elif "conv1d" in name:
                parameter.normal_()
            else:
                scale = 4.0 if "o_proj" in name or "out_proj" in name or "lm_head" in name else 1.0
                parameter.copy_(scale * torch.randn_like(parameter) / parameter.shape[-1] ** 0.5)
    return model.to(torch.bfloat16).float()  # as weights are published


def write_folder(folder: Path, *, multimodal: bool = False) -> Any:
    """multimodal: as the published repositories are, with an image tower and a prediction head beside the text."""
    model = transformers_model()
    model.save_pretrained(folder)
    write_tokenizer(folder)
    if multimodal:
        tensors = load_file(folder / "model.safetensors")
        deeper = {name.replace("model.", "model.language_model.", 1): value for name, value in tensors.items()}
        deeper["model.visual.blocks.0.attn.qkv.weight"] = torch.zeros(4, 4)
        deeper["mtp.fc.weight"] = torch.zeros(4, 4)
        save_file(deeper, folder / "model.safetensors", {"format": "pt"})
        text = json.loads((folder / "config.json").read_text("utf-8"))
        whole = {
            "model_type": "qwen3_5", "architectures": ["Qwen3_5ForConditionalGeneration"], "text_config": text,
            "vision_config": {"depth": 1}, "tie_word_embeddings": False,
        }  # fmt: skip
        (folder / "config.json").write_text(json.dumps(whole), "utf-8")
    return model


def tiled(x: torch.Tensor, dim: int, size: int) -> torch.Tensor:
    """Value heads of `size` rows, grouped by their key head, in the order of a GGUF file."""
    shape = list(x.shape)
    apart = x.reshape(*shape[:dim], KEY_HEADS, VALUE_HEADS // KEY_HEADS, size, *shape[dim + 1 :])
    return apart.transpose(dim, dim + 1).reshape(shape)


def converted(name: str, x: torch.Tensor) -> tuple[str, torch.Tensor]:
    """(name in the file, what it holds)."""
    keys = 2 * KEY_HEADS * KEY_DIM
    if "linear_attn." in name:
        if "in_proj_qkv" in name or "conv1d" in name:
            x = x.squeeze(1) if "conv1d" in name else x
            x = torch.cat([x[:keys], tiled(x[keys:], 0, VALUE_DIM)])
        elif "in_proj_z" in name:
            x = tiled(x, 0, VALUE_DIM)
        elif name.endswith(("in_proj_a.weight", "in_proj_b.weight", "A_log", "dt_bias")):
            x = tiled(x, 0, 1)
        elif "out_proj" in name:
            x = tiled(x, 1, VALUE_DIM)
    if name.endswith("A_log"):
        x = -x.exp()
    elif name.endswith("norm.weight") and not name.endswith("linear_attn.norm.weight"):
        x = x + 1
    name = name.replace(".dt_bias", ".dt_proj.bias")
    found = TENSORS.get_name(name, try_suffixes=(".weight", ".bias"))
    assert found is not None, name
    return found, x


def write_gguf(path: Path, *, packed: gguf.GGMLQuantizationType | None = None, ahead: bool = False) -> Any:
    """packed: of the matrices; None: F32. ahead: with the blocks of a prediction head."""
    model = transformers_model()
    writer = gguf.GGUFWriter(str(path), "qwen35")
    writer.add_name("tiny qwen3.5")
    writer.add_block_count(LAYERS + ahead)
    writer.add_context_length(512)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(WIDTH)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_key_length(DIM)
    writer.add_value_length(DIM)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(10_000.0)
    writer.add_rope_dimension_count(DIM // 2)
    writer.add_rope_dimension_sections([3, 3, 2, 0])
    writer.add_ssm_conv_kernel(4)
    writer.add_ssm_state_size(KEY_DIM)
    writer.add_ssm_group_count(KEY_HEADS)
    writer.add_ssm_time_step_rank(VALUE_HEADS)
    writer.add_ssm_inner_size(VALUE_DIM * VALUE_HEADS)
    writer.add_full_attention_interval(4)
    if ahead:
        writer.add_nextn_predict_layers(1)
        writer.add_tensor(f"blk.{LAYERS}.nextn.eh_proj.weight", np.zeros((HIDDEN, 2 * HIDDEN), np.float32))
    add_vocabulary(writer, "qwen35")
    for name, parameter in model.named_parameters():
        found, values = converted(name, parameter.detach())
        array = values.contiguous().numpy()
        if packed is not None and values.ndim == 2 and "conv1d" not in found:
            writer.add_tensor(found, gguf.quants.quantize(array, packed), raw_dtype=packed)
        else:
            writer.add_tensor(found, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return model
