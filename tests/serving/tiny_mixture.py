"""A tiny random mixture of experts as a GGUF file, and the transformers model of the same weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import gguf.quants
import numpy as np
import torch
from transformers import MixtralConfig, MixtralForCausalLM, Qwen3MoeConfig, Qwen3MoeForCausalLM

from tests.serving.tiny import TOKENS, add_vocabulary
from tests.serving.tiny_folder import write_tokenizer

EXPERTS, USED, HIDDEN, WIDTH, HEADS, KV_HEADS, DIM, LAYERS = 6, 2, 64, 32, 2, 1, 32, 2
PACKED = gguf.GGMLQuantizationType.Q8_0
COMMON: dict[str, Any] = {
    "vocab_size": len(TOKENS), "hidden_size": HIDDEN, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
    "num_key_value_heads": KV_HEADS, "head_dim": DIM, "max_position_embeddings": 256, "num_experts_per_tok": USED,
    "rope_parameters": {"rope_type": "default", "rope_theta": 10_000.0}, "rms_norm_eps": 1e-6, "sliding_window": None,
}  # fmt: skip
NAMES = {
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm", "mlp.gate": "ffn_gate_inp",
}  # fmt: skip


def transformers_model(family: str) -> Any:
    torch.manual_seed(0)
    if family == "mixtral":
        model = MixtralForCausalLM(MixtralConfig(intermediate_size=WIDTH, num_local_experts=EXPERTS, **COMMON))
    else:
        model = Qwen3MoeForCausalLM(
            Qwen3MoeConfig(moe_intermediate_size=WIDTH, num_experts=EXPERTS, norm_topk_prob=True, **COMMON)
        )
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            scale = 0.2 if "norm" in name else (6.0 if "down_proj" in name or "o_proj" in name else 1.0)
            scale = scale if parameter.ndim == 1 else scale / parameter.shape[-1] ** 0.5
            parameter.copy_(scale * torch.randn_like(parameter) + ("norm" in name))
    return model.eval()


def write_mixture(path: Path, family: str, *, single: bool = False) -> Any:
    """Write the file; returns the transformers model, float32, with the file's own (rounded) weights.

    single: a tensor for each expert's matrix, as files had it before 2024-04."""
    architecture = "llama" if family == "mixtral" else "qwen3moe"
    model = transformers_model(family)
    writer = gguf.GGUFWriter(str(path), architecture)
    writer.add_name("tiny mixture")
    writer.add_block_count(LAYERS)
    writer.add_context_length(256)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(WIDTH)
    writer.add_expert_feed_forward_length(WIDTH)
    writer.add_expert_count(EXPERTS)
    writer.add_expert_used_count(USED)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_key_length(DIM)
    writer.add_value_length(DIM)
    writer.add_rope_dimension_count(DIM)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(10_000.0)
    add_vocabulary(writer)

    def packed(name: str, parameter: torch.Tensor, heads: int = 0) -> None:
        """Q8_0 of [..., columns]; the parameter becomes what that says. heads: of a Q or K that llama interleaves."""
        values = parameter.detach().numpy()
        stored = gguf.quants.quantize(values, PACKED)
        parameter.data = torch.from_numpy(gguf.quants.dequantize(stored, PACKED).reshape(values.shape).copy())
        if heads and architecture == "llama":
            stored = stored.reshape(heads, 2, DIM // 2, -1).swapaxes(1, 2).reshape(stored.shape)
        if single and name.endswith("_exps"):
            for expert, one in enumerate(stored):
                name_of_one = f"{name.removesuffix('_exps')}.{expert}.weight"
                writer.add_tensor(name_of_one, np.ascontiguousarray(one), raw_dtype=PACKED)
            return
        writer.add_tensor(f"{name}.weight", np.ascontiguousarray(stored), raw_dtype=PACKED)

    def plain(name: str, parameter: torch.Tensor) -> None:
        writer.add_tensor(f"{name}.weight", parameter.detach().numpy())

    packed("token_embd", model.model.embed_tokens.weight)
    packed("output", model.lm_head.weight)
    plain("output_norm", model.model.norm.weight)
    for name, parameter in model.model.layers.named_parameters():
        layer, _, rest = name.partition(".")
        at = f"blk.{layer}."
        if rest == "mlp.experts.gate_up_proj":
            gate, up = (torch.nn.Parameter(part.contiguous()) for part in parameter.chunk(2, dim=1))
            packed(at + "ffn_gate_exps", gate)
            packed(at + "ffn_up_exps", up)
            parameter.data = torch.cat([gate.data, up.data], dim=1)
        elif rest == "mlp.experts.down_proj":
            packed(at + "ffn_down_exps", parameter)
        else:
            ours = NAMES[rest.removesuffix(".weight")]
            heads = {"attn_q": HEADS, "attn_k": KV_HEADS}.get(ours, 0)
            (plain if "norm" in ours or ours == "ffn_gate_inp" else lambda n, p, h=heads: packed(n, p, h))(
                at + ours, parameter
            )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return model


def write_mixture_folder(folder: Path, family: str) -> Any:
    """The same model as a Hugging Face folder, without rounding."""
    model = transformers_model(family)
    model.save_pretrained(folder)
    write_tokenizer(folder)
    return model
