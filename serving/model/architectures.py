"""What the supported model families share and where they differ, as data read from a file's metadata.

Supported: llama (also SmolLM, Mistral up to its sliding window, and Mixtral, which GGUF calls llama with experts),
qwen2 (also MiMo), qwen3, qwen3moe, qwen35 (text; qwen35.py), gemma3 (text), deepseek2 (V2, V3, GigaChat3;
families/deepseek.py). Everything else is refused by name at load: a model that runs but answers nonsense is worse than
one that does not start.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from konspekt.kernels import DeltaSizes
from konspekt.kernels.moe import USUAL, Routing
from konspekt.kernels.shared.limits import MAX_HEAD_DIM
from konspekt.serving.model import qwen35
from konspekt.serving.model.checking.messages import say
from konspekt.serving.model.checking.values import Values
from konspekt.serving.model.families import deepseek
from konspekt.serving.model.families.deepseek import LatentConfig
from konspekt.serving.model.yarn import Yarn, usual_warmth

SUPPORTED = ("llama", "qwen2", "qwen3", "qwen3moe", "qwen35", "gemma3", deepseek.ARCHITECTURE)
_MIXTURES = ("llama", "qwen3moe", deepseek.ARCHITECTURE)  # may have experts


@dataclass(frozen=True, slots=True)
class RopeConfig:
    """`scale` divides positions (linear scaling), `yarn` slows some dimensions; `style` as in `kernels.rope`."""

    base: float
    dims: int
    scale: float = 1.0
    style: Literal["neox", "norm"] = "neox"
    yarn: Yarn | None = None

    @property
    def sharpness(self) -> float:
        """What the products of queries and keys are multiplied by."""
        return self.yarn.warmth**2 if self.yarn is not None else 1.0


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
    # qwen35: the layers that keep a state instead of keys, of these sizes; `tiled` as in kernels.DeltaRule
    delta: DeltaSizes | None = None
    recurrent: frozenset[int] = frozenset()
    tiled: bool = False
    unread: tuple[str, ...] = ()  # what the names of tensors begin with that are no part of the language model

    @property
    def attending(self) -> int:
        """Layers with keys and values."""
        return self.layers - len(self.recurrent)

    @property
    def state_bytes(self) -> int:
        """Of what one sequence leaves in all recurrent layers."""
        return 4 * len(self.recurrent) * self.delta.state if self.delta is not None else 0

    # deepseek2: latents in the place of keys and values, whose head is what carries the position (`kv_heads` is 1)
    latent: LatentConfig | None = None
    routing: Routing = USUAL
    dense_layers: int = 0  # first ones, whose feed-forward network has no experts and is `dense_size` wide
    dense_size: int = 0
    shared_size: int = 0  # width of a network beside the experts that all tokens pass

    @property
    def value_dim(self) -> int:
        return self.head_dim if self.latent is None else self.latent.rank

    def has_experts(self, layer: int) -> bool:
        return self.experts > 0 and layer >= self.dense_layers

    def is_local(self, layer: int) -> bool:
        return self.sliding_window is not None and (layer + 1) % self.global_every != 0


def config_from_gguf(metadata: dict[str, Any], vocab_size: int) -> ModelConfig:
    """Read the metadata of a GGUF file. Raises UnsupportedModelError with the reason, ModelFileError."""
    general = Values(metadata, "general.")
    if general.text("architecture", "unknown") not in SUPPORTED:
        raise general.refuse("architecture", say("family", known=", ".join(SUPPORTED)))
    return config_of(metadata, vocab_size, {})


def config_of(metadata: dict[str, Any], vocab_size: int, names: dict[str, str]) -> ModelConfig:
    """names: what the file calls a key, where that is not GGUF's name."""
    architecture = str(metadata["general.architecture"])
    keys = Values(metadata, f"{architecture}.", names, by_layer=True)
    gemma = architecture == "gemma3"
    heads, hidden = keys.integer("attention.head_count", high=1 << 12), keys.integer("embedding_length", high=1 << 20)
    latent = deepseek.latent_of(keys) if architecture == deepseek.ARCHITECTURE else None
    kv_heads = 1 if latent else keys.integer("attention.head_count_kv", heads, high=heads)
    if heads % kv_heads:
        raise keys.wrong("attention.head_count_kv", say("want_divisor", heads=heads))
    head_dim = latent.turned if latent else _head_dim(keys, hidden, heads)
    layers, context = keys.integer("block_count", high=1 << 12), keys.integer("context_length")
    unread: tuple[str, ...] = ()
    if architecture == qwen35.NAME and (ahead := keys.integer("nextn_predict_layers", 0, low=0, high=layers - 1)):
        unread = tuple(f"blk.{layer}." for layer in range(layers - ahead, layers))
        layers -= ahead
    window = keys.integer("attention.sliding_window", 0, low=0) or None
    experts, used = _experts(keys, architecture)
    rope = _rope(keys, architecture, head_dim)
    query = latent.query if latent else head_dim
    # the 27B Gemma divides by the width of a head it would have had, not by the one it has
    scale = (hidden / heads) ** -0.5 if gemma and layers == 62 else query**-0.5
    dense_size = keys.integer("feed_forward_length", high=1 << 22) if latent else 0
    return ModelConfig(
        architecture=architecture,
        name=str(metadata.get("general.name", architecture)),
        layers=layers,
        hidden_size=hidden,
        intermediate_size=_feed_forward(keys, experts),
        heads=heads,
        kv_heads=kv_heads,
        head_dim=head_dim,
        vocab_size=vocab_size,
        context_length=context if gemma or not window else min(context, window),  # within it all is seen anyway
        norm_eps=keys.number("attention.layer_norm_rms_epsilon", 1e-6, low=1e-12, high=0.1),
        rope=rope,
        attention_scale=scale * (deepseek.sharpness_of(keys, _factor(keys)) if latent else rope.sharpness),
        activation="gelu_tanh" if gemma else "silu",
        embedding_scale=hidden**0.5 if gemma else 1.0,
        sliding_window=(window or 512) if gemma else None,
        local_rope=RopeConfig(_rope_base(keys, "rope.freq_base_swa"), head_dim) if gemma else None,
        global_every=keys.integer("attention.sliding_window_pattern", 6) if gemma else 1,
        experts=experts,
        experts_used=used,
        delta=qwen35.delta_sizes(keys) if architecture == qwen35.NAME else None,
        recurrent=qwen35.recurrent_layers(keys, layers) if architecture == qwen35.NAME else frozenset(),
        tiled=architecture == qwen35.NAME,
        unread=unread,
        latent=latent,
        routing=deepseek.routing_of(keys, experts, used) if latent and experts else USUAL,
        dense_layers=keys.integer("leading_dense_block_count", 0, low=0, high=layers) if latent else 0,
        dense_size=dense_size,
        shared_size=_shared(keys, experts) if latent else 0,
    )


def _shared(keys: Values, experts: int) -> int:
    each = keys.integer("expert_feed_forward_length", high=1 << 22) if experts else 0
    return each * keys.integer("expert_shared_count", 0, low=0, high=1 << 12)


def _feed_forward(keys: Values, experts: int) -> int:
    """Of an expert where there are any: Qwen's mixtures say the width of both kinds of layer."""
    of_expert = experts and "expert_feed_forward_length" in keys
    return keys.integer("expert_feed_forward_length" if of_expert else "feed_forward_length", high=1 << 22)


def _head_dim(keys: Values, hidden: int, heads: int) -> int:
    head_dim = keys.integer("attention.key_length", max(1, hidden // heads))
    if head_dim % 16 or head_dim > MAX_HEAD_DIM:
        key = "attention.key_length" if "attention.key_length" in keys else "attention.head_count"
        raise keys.refuse(key, say("head_dim", most=MAX_HEAD_DIM))
    if keys.integer("attention.value_length", head_dim) != head_dim:
        raise keys.refuse("attention.value_length", say("value_dim", head_dim=head_dim))
    return head_dim


def _experts(keys: Values, architecture: str) -> tuple[int, int]:
    """How many a layer has, and how many a token is sent to; (0, 0): no mixture."""
    experts = keys.integer("expert_count", 0, low=0, high=1 << 12)
    if not experts:
        return 0, 0
    if architecture not in _MIXTURES:
        raise keys.refuse("expert_count", say("mixtures", known=", ".join(_MIXTURES)))
    usual_ones = () if architecture == deepseek.ARCHITECTURE else _USUAL_ROUTING
    for name, usual in usual_ones:
        if keys.get(name, usual) != usual:
            raise keys.refuse(name, say("routing"))
    return experts, keys.integer("expert_used_count", high=experts)


_USUAL_ROUTING = (("expert_gating_func", 1), ("expert_weights_norm", True), ("expert_shared_count", 0))


def _rope(keys: Values, architecture: str, head_dim: int) -> RopeConfig:
    kind = keys.text("rope.scaling.type", "none")
    if kind not in ("none", "linear", "yarn") or (kind == "yarn" and architecture == "gemma3"):
        raise keys.refuse("rope.scaling.type", say("gguf_rope"), say("unstretched"))
    dims = keys.integer("rope.dimension_count", head_dim)
    if dims % 2 or dims > head_dim:
        raise keys.wrong("rope.dimension_count", say("want_even", head_dim=head_dim))
    factor = _factor(keys)
    base = _rope_base(keys, "rope.freq_base")
    yarn = _yarn(keys, factor, whole=dims == head_dim) if kind == "yarn" else None
    if yarn is not None and architecture == deepseek.ARCHITECTURE:
        yarn = replace(yarn, warmth=deepseek.warmth_of(keys, factor))
    style: Literal["neox", "norm"] = "norm" if architecture in ("llama", deepseek.ARCHITECTURE) else "neox"
    return RopeConfig(base, dims, factor if yarn is None else 1.0, style, yarn)


def _factor(keys: Values) -> float:
    """How much longer the context was made."""
    key = "rope.scaling.factor" if "rope.scaling.factor" in keys else "rope.scale_linear"
    return keys.number(key, 1.0, low=0.0, high=1e6) or 1.0  # llama.cpp writes 0 where nothing is scaled


def _yarn(keys: Values, factor: float, *, whole: bool) -> Yarn:
    """`whole`: all of a head is turned, so that the warmth of keys and queries is one number for attention."""
    if not whole:
        raise keys.refuse("rope.scaling.type", say("gguf_rope"), say("unstretched"))
    if factor < 1:
        raise keys.wrong("rope.scaling.factor", say("want_number", low=1, high=1e6))
    return Yarn(
        factor,
        keys.integer("rope.scaling.original_context_length", keys.integer("context_length")),
        usual_warmth(factor) * keys.number("rope.scaling.attn_factor", 1.0, low=0.01, high=100.0),
        keys.number("rope.scaling.yarn_beta_fast", 32.0, low=1e-3, high=1e6),
        keys.number("rope.scaling.yarn_beta_slow", 1.0, low=1e-3, high=1e6),
    )


def _rope_base(keys: Values, key: str) -> float:
    return keys.number(key, 10_000.0, low=1.0, high=1e15)
