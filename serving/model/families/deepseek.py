"""DeepSeek-V2 and V3 (and GigaChat3, which is one): heads share latents, and experts are chosen in more ways than one.

GGUF calls all of them `deepseek2`. Two forms of its keys are about: until 2025-04 the head sizes were key_length and
value_length; since then those speak of the latents, and key_length_mla and value_length_mla of the heads (llama.cpp,
conversion/deepseek.py and src/models/deepseek2.cpp, read 2026-11-30). What is computed is held against transformers'
modeling_deepseek_v2.py and modeling_deepseek_v3.py by the tests.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from konspekt.kernels.moe import Routing
from konspekt.kernels.shared.limits import MAX_HEAD_DIM, MAX_LATENT
from konspekt.serving.model.checking.messages import say
from konspekt.serving.model.checking.values import Values
from konspekt.serving.model.yarn import usual_warmth

ARCHITECTURE = "deepseek2"
HF_TYPES = ("deepseek_v2", "deepseek_v3")


@dataclass(frozen=True, slots=True)
class LatentConfig:
    """`rank` numbers of a latent, `turned` that carry a position; a head's query has `plain` + `turned`, its value
    `values`. `q_rank`: of what queries are made of, 0: of the hidden state itself."""

    rank: int
    turned: int
    plain: int
    values: int
    q_rank: int = 0

    @property
    def query(self) -> int:
        return self.plain + self.turned


def latent_of(keys: Values) -> LatentConfig:
    """Raises UnsupportedModelError, ModelFileError."""
    rank = keys.integer("attention.kv_lora_rank", high=1 << 16)
    turned = keys.integer("rope.dimension_count")
    suffix = "_mla" if "attention.key_length_mla" in keys else ""
    query = keys.integer(f"attention.key_length{suffix}", high=1 << 16)
    values = keys.integer(f"attention.value_length{suffix}", high=1 << 16)
    if rank % 16 or rank > MAX_LATENT:
        raise keys.refuse("attention.kv_lora_rank", say("head_dim", most=MAX_LATENT))
    if turned % 16 or turned > MAX_HEAD_DIM:
        raise keys.refuse("rope.dimension_count", say("head_dim", most=MAX_HEAD_DIM))
    if query <= turned:
        raise keys.wrong(f"attention.key_length{suffix}", say("want_integer", low=turned + 1, high=1 << 16))
    if values % 16:
        raise keys.refuse(f"attention.value_length{suffix}", say("head_dim", most=1 << 16))
    q_rank = keys.integer("attention.q_lora_rank", 0, low=0, high=1 << 16)
    return LatentConfig(rank, turned, query - turned, values, q_rank)


def routing_of(keys: Values, experts: int, used: int) -> Routing:
    """Of a model with experts. Raises UnsupportedModelError, ModelFileError."""
    gating = keys.integer("expert_gating_func", 0, low=0)  # none is said in files of V2
    if gating > 2:
        raise keys.refuse("expert_gating_func", say("gating"))
    groups = keys.integer("expert_group_count", 1, low=0, high=experts) or 1
    groups_used = keys.integer("expert_group_used_count", groups, low=0, high=groups) or groups
    if experts % groups or used > experts // groups * groups_used:
        raise keys.wrong("expert_group_count", say("want_divisor_of", count=experts))
    scale = keys.number("expert_weights_scale", 1.0, low=0.0, high=1e6) or 1.0  # llama.cpp: 0 is none
    return Routing(
        "sigmoid" if gating == 2 else "softmax", groups, groups_used, keys.flag("expert_weights_norm", False), scale
    )


def sharpness_of(keys: Values, factor: float) -> float:
    """What a context stretched by `factor` multiplies all products of queries and keys with, those that carry no
    position too. The key holds a tenth of what config.json calls mscale_all_dim."""
    tenth = keys.number("rope.scaling.yarn_log_multiplier", 0.0, low=0.0, high=10.0)
    return (1.0 + tenth * math.log(factor)) ** 2 if factor > 1 else 1.0


def warmth_of(keys: Values, factor: float) -> float:
    """What YaRN multiplies the turned parts of keys and queries with, each. Where mscale_all_dim is said it is one,
    because mscale is the same (llama.cpp supposes so too)."""
    usual = usual_warmth(factor) if not keys.get("rope.scaling.yarn_log_multiplier") else 1.0
    return usual * keys.number("rope.scaling.attn_factor", 1.0, low=0.01, high=100.0)


# `config.json` -> GGUF's key, besides those that all families have
HF_KEYS = {
    "first_k_dense_replace": "leading_dense_block_count",
    "n_routed_experts": "expert_count",
    "n_shared_experts": "expert_shared_count",
    "routed_scaling_factor": "expert_weights_scale",
    "norm_topk_prob": "expert_weights_norm",
    "n_group": "expert_group_count",
    "topk_group": "expert_group_used_count",
    "q_lora_rank": "attention.q_lora_rank",
    "kv_lora_rank": "attention.kv_lora_rank",
    "qk_rope_head_dim": "rope.dimension_count",
    "v_head_dim": "attention.value_length_mla",
}
# what transformers takes for a key that config.json leaves out
_HF_DEFAULTS: dict[str, dict[str, Any]] = {
    "deepseek_v2": {"first_k_dense_replace": 0, "n_shared_experts": 2, "topk_method": "greedy", "kv_lora_rank": 512,
                    "q_lora_rank": 1536, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128,
                    "scoring_func": "softmax", "norm_topk_prob": False},
    "deepseek_v3": {"first_k_dense_replace": 3, "n_shared_experts": 1, "topk_method": "noaux_tc", "kv_lora_rank": 512,
                    "q_lora_rank": 1536, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128,
                    "scoring_func": "sigmoid", "norm_topk_prob": True, "n_group": 8, "topk_group": 4,
                    "routed_scaling_factor": 2.5},
}  # fmt: skip


def folder_as_gguf(config: dict[str, Any]) -> dict[str, Any]:
    """A `config.json` with nothing left out, and with what GGUF says in other words under its own keys.

    Raises UnsupportedModelError, ModelFileError.
    """
    kind = str(config["model_type"])
    full = _HF_DEFAULTS[kind] | config
    own = Values(full)
    methods = ("greedy", "group_limited_greedy") if kind == "deepseek_v2" else ("noaux_tc",)
    for key, known in (
        ("scoring_func", (_HF_DEFAULTS[kind]["scoring_func"],)),
        ("topk_method", methods),
        ("moe_layer_freq", (1,)),
        ("attention_bias", (False,)),
        ("mlp_bias", (False,)),
        # by DeepSeek's own code V2's weights are either normed or scaled; transformers never norms them
        *((("norm_topk_prob", (False,)),) if kind == "deepseek_v2" else ()),
    ):
        if own.get(key, known[0]) not in known:
            raise own.refuse(key, say("gating" if key in _CHOICE else "biased"))
    if full["topk_method"] == "greedy":
        full |= {"n_group": 1, "topk_group": 1}
    plain, turned = (own.integer(key, high=1 << 16) for key in ("qk_nope_head_dim", "qk_rope_head_dim"))
    return full | {
        "attention.key_length_mla": plain + turned,
        "expert_gating_func": 2 if full["scoring_func"] == "sigmoid" else 1,
    }


_CHOICE = ("scoring_func", "topk_method", "norm_topk_prob", "moe_layer_freq")


def yarn_of_folder(rope: Values, factor: float) -> list[tuple[str, str, Any]]:
    """(key of config.json, of GGUF, value) of what these models add to YaRN."""
    one, all_ = (rope.number(key, 0.0, low=0.0, high=100.0) for key in ("mscale", "mscale_all_dim"))
    warmth = _mscale(factor, one) / _mscale(factor, all_) if one and all_ else usual_warmth(factor)
    if rope.get("attention_factor"):
        warmth = rope.number("attention_factor", low=0.01, high=100.0)
    return [
        ("mscale_all_dim", "rope.scaling.yarn_log_multiplier", 0.1 * all_ or None),
        ("mscale", "rope.scaling.attn_factor", warmth if all_ else warmth / usual_warmth(factor)),
    ]


def _mscale(factor: float, weight: float) -> float:
    return 0.1 * weight * math.log(factor) + 1.0 if factor > 1 else 1.0
