"""Tiny random models of DeepSeek's kind as GGUF files and folders, and the transformers models of the same weights.

Names of tensors come from the gguf package's own table for `deepseek2`. What llama.cpp's converter does besides (heads
of one latent, key_length of latents beside key_length_mla, kv_b split in two with the part of keys turned around, the
correction's name, rope left as it is) was read in its conversion/deepseek.py on 2026-11-30; no file that it wrote was
at hand. `joint` is what it did before 2025-04.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import gguf.quants
import numpy as np
import torch
from transformers import DeepseekV2Config, DeepseekV2ForCausalLM, DeepseekV3Config, DeepseekV3ForCausalLM

from tests.serving.tiny import TOKENS, add_vocabulary
from tests.serving.tiny_folder import write_tokenizer

PACKED = gguf.GGMLQuantizationType.Q8_0
LAYERS, HEADS, RANK, PLAIN, TURNED, VALUES = 3, 4, 64, 32, 16, 48
COMMON: dict[str, Any] = {
    "vocab_size": len(TOKENS), "hidden_size": 64, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
    "num_key_value_heads": HEADS, "max_position_embeddings": 256, "intermediate_size": 96, "moe_intermediate_size": 32,
    "n_routed_experts": 8, "num_experts_per_tok": 2, "first_k_dense_replace": 1, "kv_lora_rank": RANK,
    "qk_nope_head_dim": PLAIN, "qk_rope_head_dim": TURNED, "v_head_dim": VALUES,
    "rope_parameters": {"rope_type": "default", "rope_theta": 10_000.0},
}  # fmt: skip
YARN = {"rope_type": "yarn", "rope_theta": 10_000.0, "factor": 4.0, "original_max_position_embeddings": 64}
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "v2": ("deepseek_v2", {"q_lora_rank": None, "n_shared_experts": 2}),
    "v2 in groups": ("deepseek_v2", {
        "q_lora_rank": 32, "n_shared_experts": 1, "topk_method": "group_limited_greedy", "n_group": 4, "topk_group": 2,
        "routed_scaling_factor": 1.5, "rope_parameters": YARN | {"mscale": 0.707, "mscale_all_dim": 0.707}}),
    "gigachat": ("deepseek_v3", {  # V3 with no rank for queries, and one group
        "q_lora_rank": None, "n_shared_experts": 1, "n_group": 1, "topk_group": 1, "routed_scaling_factor": 1.0}),
    "v3": ("deepseek_v3", {
        "q_lora_rank": 32, "n_shared_experts": 1, "n_group": 4, "topk_group": 2, "routed_scaling_factor": 2.5,
        "rope_parameters": YARN | {"mscale": 1.0, "mscale_all_dim": 1.0}}),
}  # fmt: skip


def transformers_model(kind: str, **more: Any) -> Any:
    family, extra = KINDS[kind]
    settings = COMMON | extra | more
    torch.manual_seed(0)
    if family == "deepseek_v2":
        model: Any = DeepseekV2ForCausalLM(DeepseekV2Config(**settings))
    else:
        model = DeepseekV3ForCausalLM(DeepseekV3Config(num_nextn_predict_layers=0, **settings))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            scale = 0.2 if "norm" in name else (4.0 if "down_proj" in name or "o_proj" in name else 1.0)
            scale = scale if parameter.ndim == 1 else scale / parameter.shape[-1] ** 0.5
            parameter.copy_(scale * torch.randn_like(parameter) + ("norm" in name))
        for name, buffer in model.named_buffers():
            if name.endswith("e_score_correction_bias"):
                buffer.copy_(0.3 * torch.randn_like(buffer))
    return model.eval()


def write_latent_folder(folder: Path, kind: str, **more: Any) -> Any:
    model = transformers_model(kind, **more)
    model.save_pretrained(folder)
    write_tokenizer(folder)
    return model


def write_latent(path: Path, kind: str, *, joint: bool = False, extra: dict[str, int] | None = None) -> Any:
    """Write the file; returns the transformers model, float32, with the file's own (rounded) weights."""
    model = transformers_model(kind)
    c = model.config
    writer = gguf.GGUFWriter(str(path), "deepseek2")
    writer.add_name("tiny latent")
    writer.add_block_count(LAYERS)
    writer.add_context_length(256)
    writer.add_embedding_length(c.hidden_size)
    writer.add_feed_forward_length(c.intermediate_size)
    writer.add_head_count(HEADS)
    writer.add_layer_norm_rms_eps(c.rms_norm_eps)
    writer.add_leading_dense_block_count(c.first_k_dense_replace)
    writer.add_kv_lora_rank(RANK)
    if c.q_lora_rank is not None:
        writer.add_q_lora_rank(c.q_lora_rank)
    if joint:
        writer.add_head_count_kv(HEADS)
        writer.add_key_length(PLAIN + TURNED)
        writer.add_value_length(VALUES)
    else:
        writer.add_head_count_kv(1)
        writer.add_key_length(RANK + TURNED)
        writer.add_value_length(RANK)
        writer.add_key_length_mla(PLAIN + TURNED)
        writer.add_value_length_mla(VALUES)
    writer.add_expert_count(c.n_routed_experts)
    writer.add_expert_used_count(c.num_experts_per_tok)
    writer.add_expert_feed_forward_length(c.moe_intermediate_size)
    writer.add_expert_shared_count(c.n_shared_experts)
    writer.add_expert_weights_scale(c.routed_scaling_factor)
    if c.model_type == "deepseek_v3":
        writer.add_expert_weights_norm(True)
        writer.add_expert_gating_func(gguf.ExpertGatingFuncType.SIGMOID)
    if c.n_group is not None:
        writer.add_expert_group_count(c.n_group)
        writer.add_expert_group_used_count(c.topk_group)
    writer.add_rope_dimension_count(TURNED)
    writer.add_rope_freq_base(10_000.0)
    if (rope := c.rope_parameters)["rope_type"] == "yarn":
        writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
        writer.add_rope_scaling_factor(rope["factor"])
        writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
        writer.add_rope_scaling_yarn_log_mul(0.1 * rope["mscale_all_dim"])
    for key, value in (extra or {}).items():
        writer.add_uint32(f"deepseek2.{key}", value)
    add_vocabulary(writer)
    _add_tensors(writer, model, joint=joint)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return model


def _add_tensors(writer: gguf.GGUFWriter, model: Any, *, joint: bool) -> None:
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.DEEPSEEK2, LAYERS)

    def add(hf_name: str, values: torch.Tensor) -> torch.Tensor:
        """What the file then says."""
        name = names.get_name(hf_name, (".weight", ".bias"))
        assert name is not None, hf_name
        array = np.ascontiguousarray(values.detach().numpy())
        if array.ndim == 1 or "ffn_gate_inp" in name:
            writer.add_tensor(name, array)
            return values
        stored = gguf.quants.quantize(array, PACKED)
        writer.add_tensor(name, stored, raw_dtype=PACKED)
        return torch.from_numpy(gguf.quants.dequantize(stored, PACKED).reshape(array.shape).copy())

    for name, values in {**dict(model.named_parameters()), **dict(model.named_buffers())}.items():
        if name.endswith("e_score_correction_bias"):
            add(name.replace("_bias", ".bias"), values)
        elif name.endswith("gate_up_proj"):
            gate, up = values.chunk(2, dim=1)
            at = name.removesuffix("gate_up_proj")
            values.data = torch.cat([add(f"{at}gate_proj.weight", gate), add(f"{at}up_proj.weight", up)], dim=1)
        elif name.endswith("experts.down_proj"):
            values.data = add(f"{name}.weight", values)
        elif name.endswith("kv_b_proj.weight") and not joint:
            k, v = values.view(HEADS, PLAIN + VALUES, RANK).split([PLAIN, VALUES], dim=1)
            k = add(name.replace("kv_b_proj", "k_b_proj"), k.transpose(1, 2)).transpose(1, 2)
            v = add(name.replace("kv_b_proj", "v_b_proj"), v)
            values.data = torch.cat([k, v], dim=1).reshape(values.shape)
        elif name.endswith(".weight"):
            values.data = add(name, values)
