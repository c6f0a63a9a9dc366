"""What the supported model families share and where they differ, as data read from a file's metadata.

Supported: llama (also SmolLM, Mistral up to its sliding window, and Mixtral, which GGUF calls llama with experts),
qwen2 (also MiMo), qwen3, qwen3moe, gemma3 (text). Everything else is refused by name at load: a model that runs but
answers nonsense is worse than one that does not start.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from konspekt.serving.errors import ModelFileError, UnsupportedModelError

SUPPORTED = ("llama", "qwen2", "qwen3", "qwen3moe", "gemma3")
_MIXTURES = ("llama", "qwen3moe")  # may have experts
_CURE = "take another model (`konspekt models list` names some)"


@dataclass(frozen=True, slots=True)
class RopeConfig:
    """`scale` divides positions (linear scaling); `style` as in `konspekt.kernels.rope`."""

    base: float
    dims: int
    scale: float = 1.0
    style: Literal["neox", "norm"] = "neox"


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """Sizes and switches of one model. Lengths count tokens."""

    architecture: str
    name: str
    layers: int
    hidden_size: int
    intermediate_size: int
    heads: int
    kv_heads: int
    head_dim: int
    vocab_size: int
    context_length: int
    norm_eps: float
    rope: RopeConfig
    attention_scale: float
    activation: Literal["silu", "gelu_tanh"] = "silu"
    embedding_scale: float = 1.0
    # gemma3: most layers see `sliding_window` tokens only and rotate with `local_rope`; every `global_every`th sees all
    sliding_window: int | None = None
    local_rope: RopeConfig | None = None
    global_every: int = 1
    experts: int = 0  # of a feed-forward layer; 0: one network for all tokens
    experts_used: int = 0

    def is_local(self, layer: int) -> bool:
        return self.sliding_window is not None and (layer + 1) % self.global_every != 0


class _Keys:
    """Metadata of one architecture; a missing required key is named."""

    def __init__(self, metadata: dict[str, Any], architecture: str) -> None:
        self._metadata, self._architecture = metadata, architecture

    def get(self, key: str, default: Any = None) -> Any:
        return self._metadata.get(f"{self._architecture}.{key}", default)

    def refuse(self, key: str, value: Any, why: str, cure: str = _CURE) -> UnsupportedModelError:
        return UnsupportedModelError(f"{self._architecture}.{key} = {value!r}: {why}; {cure}")

    def integer(self, key: str, default: int | None = None) -> int:
        value = self.get(key, default)
        if isinstance(value, list):  # one value a layer: only equal ones fit the paged cache
            if len(set(value)) != 1:
                raise self.refuse(key, value, "layers that differ do not fit one paged cache")
            value = value[0]
        if value is None:
            raise ModelFileError(f"the file's metadata lacks {self._architecture}.{key}")
        return int(value)


def config_from_gguf(metadata: dict[str, Any], vocab_size: int) -> ModelConfig:
    """Read the metadata of a GGUF file. Raises UnsupportedModelError with the reason, ModelFileError."""
    architecture = str(metadata.get("general.architecture", "unknown"))
    if architecture not in SUPPORTED:
        known = ", ".join(SUPPORTED)
        raise UnsupportedModelError(
            f"general.architecture = {architecture!r}: this family is not supported, there are {known}; {_CURE}"
        )
    keys = _Keys(metadata, architecture)
    experts = keys.integer("expert_count", 0)
    if experts and architecture not in _MIXTURES:
        raise keys.refuse("expert_count", experts, f"of mixtures of experts there are {', '.join(_MIXTURES)}")
    for name, usual in (("expert_gating_func", 1), ("expert_weights_norm", True), ("expert_shared_count", 0)):
        if experts and keys.get(name, usual) != usual:
            raise keys.refuse(
                name, keys.get(name), "experts are chosen by a softmax whose best are brought to a sum of one"
            )
    heads, hidden = keys.integer("attention.head_count"), keys.integer("embedding_length")
    head_dim = int(keys.get("attention.key_length", hidden // heads))
    if (value_dim := keys.integer("attention.value_length", head_dim)) != head_dim:
        raise keys.refuse("attention.value_length", value_dim, f"keys have {head_dim}, and both must be of one size")
    scaling = str(keys.get("rope.scaling.type", "none"))
    if scaling not in ("none", "linear"):
        cure = "take the file of this model without a stretched context, or another model"
        raise keys.refuse("rope.scaling.type", scaling, "rope is scaled by none or linear here", cure)
    factor = float(keys.get("rope.scaling.factor", keys.get("rope.scale_linear", 1.0)) or 1.0)
    rope = RopeConfig(
        base=float(keys.get("rope.freq_base", 10_000.0)),
        dims=int(keys.get("rope.dimension_count", head_dim)),
        scale=factor,
        style="norm" if architecture == "llama" else "neox",
    )
    gemma = architecture == "gemma3"
    layers, context = keys.integer("block_count"), keys.integer("context_length")
    window = keys.get("attention.sliding_window")
    return ModelConfig(
        architecture=architecture,
        name=str(metadata.get("general.name", architecture)),
        layers=layers,
        hidden_size=hidden,
        intermediate_size=keys.integer("feed_forward_length"),
        heads=heads,
        kv_heads=keys.integer("attention.head_count_kv", heads),
        head_dim=head_dim,
        vocab_size=vocab_size,
        context_length=context if gemma or not window else min(context, int(window)),  # within it all is seen anyway
        norm_eps=float(keys.get("attention.layer_norm_rms_epsilon", 1e-6)),
        rope=rope,
        # the 27B Gemma divides by the width of a head it would have had, not by the one it has
        attention_scale=(hidden / heads) ** -0.5 if gemma and layers == 62 else head_dim**-0.5,
        activation="gelu_tanh" if gemma else "silu",
        embedding_scale=hidden**0.5 if gemma else 1.0,
        sliding_window=int(window or 512) if gemma else None,
        local_rope=RopeConfig(float(keys.get("rope.freq_base_swa", 10_000.0)), head_dim) if gemma else None,
        global_every=int(keys.get("attention.sliding_window_pattern", 6)) if gemma else 1,
        experts=experts,
        experts_used=keys.integer("expert_used_count") if experts else 0,
    )


# Hugging Face `config.json` -> the keys that GGUF uses for the same number
_HF_KEYS = {
    "num_hidden_layers": "block_count",
    "hidden_size": "embedding_length",
    "intermediate_size": "feed_forward_length",
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
}
_HF_ARCHITECTURES = {
    "llama": "llama",
    "mistral": "llama",
    "qwen2": "qwen2",
    "mimo": "qwen2",  # with a layer that guesses ahead, see prediction_head.py
    "qwen3": "qwen3",
    "gemma3_text": "gemma3",
    "mixtral": "llama",
    "qwen3_moe": "qwen3moe",
}


def config_from_hf(config: dict[str, Any]) -> ModelConfig:
    """The same from a Hugging Face `config.json`, whose weights are not permuted: rope is `neox` for all."""
    model_type = str(config.get("model_type", "unknown"))
    if model_type not in _HF_ARCHITECTURES:
        known = ", ".join(_HF_ARCHITECTURES)
        raise UnsupportedModelError(
            f"config.json: model_type {model_type!r} is not supported, there are {known}; {_CURE}"
        )
    architecture = _HF_ARCHITECTURES[model_type]
    if config.get("mlp_only_layers") or config.get("decoder_sparse_step", 1) != 1:
        raise UnsupportedModelError(f"config.json: some layers with experts and some without: not supported; {_CURE}")
    if model_type == "qwen3_moe":
        config = {"norm_topk_prob": False} | config
    if not config.get("use_sliding_window", True):
        config = config | {"sliding_window": None}
    rope = config.get("rope_scaling") or config.get("rope_parameters") or {}
    if isinstance(rope.get("full_attention"), dict):  # gemma3 as transformers 5 writes it
        config = {"rope_local_base_freq": rope["sliding_attention"].get("rope_theta", 10_000.0)} | config
        rope = rope["full_attention"]
    kind = str(rope.get("rope_type", rope.get("type", "default")))
    if kind not in ("default", "linear"):
        raise UnsupportedModelError(
            f"config.json: rope_scaling of type {kind!r} is not supported from a folder, there are default and linear; "
            "take the model as a GGUF file, where llama 3's factors are a tensor, or another model"
        )
    metadata: dict[str, Any] = {"general.architecture": architecture}
    if "rope_theta" in rope:
        metadata[f"{architecture}.rope.freq_base"] = rope["rope_theta"]
    for key, gguf_key in _HF_KEYS.items():
        if config.get(key) is not None:
            metadata[f"{architecture}.{gguf_key}"] = config[key]
    if kind == "linear":
        metadata |= {f"{architecture}.rope.scaling.type": "linear"}
        metadata |= {f"{architecture}.rope.scaling.factor": rope.get("factor", 1.0)}
    if "vocab_size" not in config:
        raise ModelFileError("config.json lacks vocab_size")
    read = config_from_gguf(metadata, int(config["vocab_size"]))
    rope_config = replace(read.rope, style="neox")
    scale = float(config.get("query_pre_attn_scalar") or 0) or read.head_dim
    return replace(read, rope=rope_config, attention_scale=scale**-0.5)
