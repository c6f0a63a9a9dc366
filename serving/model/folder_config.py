"""The architecture of a model in a folder: Hugging Face's `config.json`, read as what a GGUF file would say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from konspekt.bilingual import joined
from konspekt.serving.errors import ServingError
from konspekt.serving.model import qwen35
from konspekt.serving.model.architectures import ModelConfig, config_of
from konspekt.serving.model.checking.messages import say
from konspekt.serving.model.checking.values import Values
from konspekt.serving.model.families import deepseek
from konspekt.serving.model.yarn import usual_warmth

# Hugging Face `config.json` -> the keys that GGUF uses for the same number
_HF_KEYS = {
    "num_hidden_layers": "block_count",
    "hidden_size": "embedding_length",
    "intermediate_size": "feed_forward_length",
    "moe_intermediate_size": "expert_feed_forward_length",
    "num_attention_heads": "attention.head_count",
    "num_key_value_heads": "attention.head_count_kv",
    "head_dim": "attention.key_length",
    "max_position_embeddings": "context_length",
    "rms_norm_eps": "attention.layer_norm_rms_epsilon",
    "rope_theta": "rope.freq_base",
    "rope_local_base_freq": "rope.freq_base_swa",
    "sliding_window": "attention.sliding_window",
    "sliding_window_pattern": "attention.sliding_window_pattern",
    "num_experts": "expert_count",
    "num_local_experts": "expert_count",
    "num_experts_per_tok": "expert_used_count",
    "norm_topk_prob": "expert_weights_norm",
} | qwen35.HF_KEYS
_HF_ARCHITECTURES = {
    "llama": "llama",
    "mistral": "llama",
    "qwen2": "qwen2",
    "mimo": "qwen2",  # with a layer that guesses ahead, see prediction_head.py
    "qwen3": "qwen3",
    "gemma3_text": "gemma3",
    "mixtral": "llama",
    "qwen3_moe": "qwen3moe",
    "qwen3_5_text": "qwen35",
} | dict.fromkeys(deepseek.HF_TYPES, deepseek.ARCHITECTURE)


# keys that change what is computed in a way that is not supported: their only value, and why another is refused
_HF_USUAL: tuple[tuple[str, Any, str], ...] = (
    ("mlp_only_layers", [], "some_experts"),
    ("decoder_sparse_step", 1, "some_experts"),
    ("partial_rotary_factor", 1, "partial_rope"),
    ("attn_logit_softcapping", None, "softcapping"),
    ("final_logit_softcapping", None, "softcapping"),
)


def config_from_hf(config: dict[str, Any]) -> ModelConfig:
    """As `config_from_gguf`, of a folder, whose weights are not permuted: rope is `neox` for most.

    Raises UnsupportedModelError, ModelFileError: `config.json: …` with the key that is wrong.
    """
    try:
        return _from_hf(qwen35.text_of(config))
    except ServingError as error:
        raise type(error)(joined(": ", ("config.json", error))) from None


def _from_hf(config: dict[str, Any]) -> ModelConfig:
    own = Values(config)
    model_type = own.text("model_type", "unknown")
    if model_type not in _HF_ARCHITECTURES:
        raise own.refuse("model_type", say("family", known=", ".join(_HF_ARCHITECTURES)))
    architecture = _HF_ARCHITECTURES[model_type]
    _check_activation(own, architecture)
    partial = architecture == qwen35.NAME  # part of each head is rotated
    for key, usual, why in _HF_USUAL:
        if key == "partial_rotary_factor" and partial:
            continue
        if own.get(key, usual) != usual:
            raise own.refuse(key, say(why))
    if model_type == "qwen3_moe":
        config = {"norm_topk_prob": False} | config
    latent = architecture == deepseek.ARCHITECTURE
    if latent:
        config = deepseek.folder_as_gguf(config)
    if not own.get("use_sliding_window", True):
        config = config | {"sliding_window": None}
    rope, local = _hf_rope(own)
    kind = rope.text("rope_type", rope.text("type", "default"))
    if kind not in ("default", "linear", "yarn") or any(
        rope.get(key) is not None for key in _YARN_OF_OTHERS if not (latent and kind == "yarn" and key != "truncate")
    ):
        raise rope.refuse("rope_type" if "rope_type" in rope else "type", say("folder_rope"), say("take_gguf"))
    metadata: dict[str, Any] = {"general.architecture": architecture}
    names: dict[str, str] = {}
    if partial:
        if own.get("attn_output_gate", True) is not True:
            raise own.refuse("attn_output_gate", say("ungated"))
        share = rope.number(
            "partial_rotary_factor", own.number("partial_rotary_factor", 0.25, low=0, high=1), low=0, high=1
        )
        dims = int(own.integer("head_dim", 256) * share)
        metadata[f"{architecture}.rope.dimension_count"] = dims
        names["rope.dimension_count"] = rope.named("partial_rotary_factor")
        if (kinds := qwen35.layer_types(own)) is not None:
            metadata[f"{architecture}.attention.recurrent_layers"] = kinds
            names["attention.recurrent_layers"] = "layer_types"
    for key, gguf_key in (_HF_KEYS | (deepseek.HF_KEYS | _SAME_NAMES if latent else {})).items():
        if config.get(key) is not None:
            metadata[f"{architecture}.{gguf_key}"], names[gguf_key] = config[key], key
        else:
            names.setdefault(gguf_key, key)
    for key, gguf_key, value in (
        ("rope_theta", "rope.freq_base", rope.get("rope_theta")),
        ("rope_theta", "rope.freq_base_swa", None if local is None else local.get("rope_theta")),
        ("type", "rope.scaling.type", kind if kind != "default" else None),
        ("factor", "rope.scaling.factor", rope.get("factor", 1.0) if kind != "default" else None),
        *(_yarn_of_hf(rope, latent=latent) if kind == "yarn" else ()),
    ):
        if value is not None and f"{architecture}.{gguf_key}" not in metadata:
            metadata[f"{architecture}.{gguf_key}"], names[gguf_key] = value, rope.named(key)
    read = config_of(metadata, own.integer("vocab_size", high=1 << 28), names)
    if latent:
        interleaved = own.flag("rope_interleave", True)
        return replace(read, rope=replace(read.rope, style="norm" if interleaved else "neox"))
    scale = own.number("query_pre_attn_scalar", 0.0, low=0.0, high=1e6) or read.head_dim
    return replace(
        read,
        rope=replace(read.rope, style="neox"),
        attention_scale=scale**-0.5 * read.rope.sharpness,
        tiled=False,
        unread=qwen35.HF_UNREAD if partial else (),
    )


# what folder_as_gguf says under GGUF's own keys
_SAME_NAMES = {key: key for key in ("attention.key_length_mla", "expert_gating_func")}
# what DeepSeek's models and gpt-oss add to YaRN
_YARN_OF_OTHERS = ("mscale", "mscale_all_dim", "truncate")


def _yarn_of_hf(rope: Values, *, latent: bool) -> list[tuple[str, str, Any]]:
    """(key of config.json, of GGUF, value). There the warmth is said whole, in GGUF beside the usual one."""
    warmth = rope.number("attention_factor", 0.0, low=0.0, high=100.0) if rope.get("attention_factor") else 0.0
    factor = rope.number("factor", 1.0, low=1.0, high=1e6)
    own = (
        deepseek.yarn_of_folder(rope, factor)
        if latent
        else [("attention_factor", "rope.scaling.attn_factor", warmth / usual_warmth(factor) if warmth else None)]
    )
    return [
        *own,
        ("original_max_position_embeddings", "rope.scaling.original_context_length",
         rope.get("original_max_position_embeddings")),
        ("beta_fast", "rope.scaling.yarn_beta_fast", rope.get("beta_fast")),
        ("beta_slow", "rope.scaling.yarn_beta_slow", rope.get("beta_slow")),
    ]  # fmt: skip


def _check_activation(own: Values, architecture: str) -> None:
    known = ("gelu_pytorch_tanh",) if architecture == "gemma3" else ("silu", "swish")
    for key in ("hidden_activation", "hidden_act"):
        if key in own:
            if own.get(key) not in known:
                raise own.refuse(key, say("activation", want=known[0]))
            return


def _hf_rope(own: Values) -> tuple[Values, Values | None]:
    """The settings of rope, and gemma3's of the layers that see a window, as transformers 5 writes them."""
    key = "rope_scaling" if own.get("rope_scaling") else "rope_parameters"
    rope = own.get(key) or {}
    if not isinstance(rope, dict):
        raise own.wrong(key, say("want_object"))
    if "full_attention" not in rope:
        return Values(rope, names=_inside(key)), None
    parts = [rope.get(name, {}) for name in ("full_attention", "sliding_attention")]
    if not all(isinstance(part, dict) for part in parts):
        raise own.wrong(key, say("want_object"))
    full, sliding = (Values(part, names=_inside(key)) for part in parts)
    return full, sliding


def _inside(key: str) -> dict[str, str]:
    names = ("rope_type", "type", "factor", "rope_theta", "attention_factor", "beta_fast", "beta_slow")
    more = ("original_max_position_embeddings", "partial_rotary_factor")
    return {name: f"{key}.{name}" for name in (*names, *more)}
