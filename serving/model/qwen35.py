"""Qwen3.5: three layers with the gated delta rule to one with gated attention, over part of each head.

What was read on 2026-11-30: transformers 5.23 `models/qwen3_5` (what is computed, names in a folder), llama.cpp
`conversion/qwen.py` (`_LinearAttentionVReorderBase`, `Qwen3NextModel`, `_Qwen35MtpMixin`: what a GGUF file holds) and
`src/models/qwen35.cpp` (its keys and tensors). A GGUF file differs from a folder in that

- norms are stored + 1 but for the one behind the rule, `ssm_a` is -exp(A_log), the convolution has no middle dimension;
- value heads are tiled, so that head h reads key head h mod key_heads: rows of V in `attn_qkv`, of `attn_gate`,
  `ssm_alpha`, `ssm_beta`, `ssm_a`, `ssm_dt`, channels of `ssm_conv1d` and columns of `ssm_out`;
- its blocks count the layers of the prediction head (`nextn_predict_layers`), which are not read here.

The image tower and the prediction head of the published repositories stay unread: text is what is served.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from konspekt.kernels import DeltaSizes
from konspekt.kernels.shared.limits import MAX_HEAD_DIM
from konspekt.serving.model.checking.messages import say
from konspekt.serving.model.checking.values import Values

if TYPE_CHECKING:
    from konspekt.serving.model.architectures import ModelConfig

NAME = "qwen35"
MOST_TAPS = 8  # of the convolution, as the kernels have it
HF_KEYS = {
    "linear_conv_kernel_dim": "ssm.conv_kernel",
    "linear_key_head_dim": "ssm.state_size",
    "linear_num_key_heads": "ssm.group_count",
    "linear_num_value_heads": "ssm.time_step_rank",
    "linear_value_head_dim": "ssm.value_dim",  # GGUF says inner_size instead
    "full_attention_interval": "full_attention_interval",
}
HF_LAYER = {
    "post_attention_norm": "post_attention_layernorm",
    "attn_qkv": "linear_attn.in_proj_qkv",
    "attn_gate": "linear_attn.in_proj_z",
    "ssm_alpha": "linear_attn.in_proj_a",
    "ssm_beta": "linear_attn.in_proj_b",
    "ssm_conv1d": "linear_attn.conv1d",
    "ssm_norm": "linear_attn.norm",
    "ssm_out": "linear_attn.out_proj",
}
HF_PLAIN = {"ssm_a": "linear_attn.A_log", "ssm_dt.bias": "linear_attn.dt_bias"}  # without `.weight`
HF_UNREAD = ("mtp.", "model.mtp.", "model.visual.")
FINE = ("ssm_alpha.weight", "ssm_beta.weight")  # a handful of rows that decide what is forgotten: never in few bits


def text_of(config: dict[str, Any]) -> dict[str, Any]:
    """The part of a multimodal `config.json` that its language model goes by; others as they are."""
    inner = config.get("text_config")
    if config.get("model_type") != "qwen3_5" or not isinstance(inner, dict):
        return config
    outer = {key: config[key] for key in ("tie_word_embeddings",) if key in config}
    return outer | {"model_type": "qwen3_5_text"} | inner


def delta_sizes(keys: Values) -> DeltaSizes:
    """Raises: ModelFileError, UnsupportedModelError."""
    key_heads = keys.integer("ssm.group_count", high=1 << 12)
    value_heads = keys.integer("ssm.time_step_rank", high=1 << 12)
    if value_heads % key_heads:
        raise keys.wrong("ssm.group_count", say("want_divisor", heads=value_heads))
    key_dim = keys.integer("ssm.state_size", high=1 << 16)
    if "ssm.value_dim" in keys:
        value_dim, named = keys.integer("ssm.value_dim", high=1 << 16), "ssm.value_dim"
    else:
        inner, named = keys.integer("ssm.inner_size", high=1 << 24), "ssm.inner_size"
        if inner % value_heads:
            raise keys.wrong("ssm.inner_size", say("want_multiple", of=value_heads))
        value_dim = inner // value_heads
    for key, dim in (("ssm.state_size", key_dim), (named, value_dim)):
        if dim % 16 or dim > MAX_HEAD_DIM:
            raise keys.refuse(key, say("head_dim", most=MAX_HEAD_DIM))
    return DeltaSizes(
        key_heads, value_heads, key_dim, value_dim, keys.integer("ssm.conv_kernel", low=2, high=MOST_TAPS)
    )


def recurrent_layers(keys: Values, layers: int) -> frozenset[int]:
    """Which have the rule. Raises: ModelFileError; UnsupportedModelError when none attends, or none has it."""
    told = keys.get("attention.recurrent_layers")
    if told is not None:
        if not isinstance(told, list) or len(told) < layers:
            raise keys.wrong("attention.recurrent_layers", say("want_any_list", what=say("integers")))
        found = frozenset(i for i, recurrent in enumerate(told[:layers]) if recurrent)
    else:
        every = keys.integer("full_attention_interval", 4)
        found = frozenset(i for i in range(layers) if (i + 1) % every)
    if not 0 < len(found) < layers:
        name = "attention.recurrent_layers" if told is not None else "full_attention_interval"
        raise keys.refuse(name, say("mixed_layers"))
    return found


def layer_types(own: Values) -> list[bool] | None:
    """A folder's `layer_types`: which layers have the rule; None where it does not say."""
    told = own.get("layer_types")
    if told is None:
        return None
    known = {"linear_attention": True, "full_attention": False}
    if not isinstance(told, list) or any(one not in known for one in told):
        raise own.wrong("layer_types", say("want_any_list", what=", ".join(known)))
    return [known[one] for one in told]


def shapes(c: ModelConfig, layer: int) -> Mapping[str, tuple[int, ...]]:
    """Of the tensors of a layer, all of which it must have, without its feed-forward half."""
    assert c.delta is not None
    d, hidden = c.delta, c.hidden_size
    both: dict[str, tuple[int, ...]] = {"attn_norm.weight": (hidden,), "post_attention_norm.weight": (hidden,)}
    if layer in c.recurrent:
        return both | {
            "attn_qkv.weight": (d.channels, hidden),
            "attn_gate.weight": (d.values, hidden),
            "ssm_alpha.weight": (d.value_heads, hidden),
            "ssm_beta.weight": (d.value_heads, hidden),
            "ssm_conv1d.weight": (d.channels, d.taps),
            "ssm_a": (d.value_heads,),
            "ssm_dt.bias": (d.value_heads,),
            "ssm_norm.weight": (d.value_dim,),
            "ssm_out.weight": (hidden, d.values),
        }
    queries, keys = c.heads * c.head_dim, c.kv_heads * c.head_dim
    return both | {
        "attn_q.weight": (2 * queries, hidden),  # of each head its query and its gate
        "attn_k.weight": (keys, hidden),
        "attn_v.weight": (keys, hidden),
        "attn_output.weight": (hidden, queries),
        "attn_q_norm.weight": (c.head_dim,),
        "attn_k_norm.weight": (c.head_dim,),
    }
