"""What a layer with latents has for tensors, by GGUF's names: shapes, and which of them every such layer has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from konspekt.serving.model.architectures import ModelConfig

Shapes = dict[str, tuple[int, ...]]


def latent_layer(c: ModelConfig, layer: int) -> tuple[Shapes, set[str]]:
    """Of layer number `layer`: the first ones have no experts."""
    assert c.latent is not None
    latent = c.latent
    hidden, heads, rank = c.hidden_size, c.heads, latent.rank
    low = latent.q_rank or hidden
    query = "attn_q_b.weight" if latent.q_rank else "attn_q.weight"
    needed: Shapes = {
        "attn_norm.weight": (hidden,),
        query: (heads * latent.query, low),
        "attn_kv_a_mqa.weight": (rank + latent.turned, hidden),
        "attn_kv_a_norm.weight": (rank,),
        "attn_output.weight": (hidden, heads * latent.values),
        "ffn_norm.weight": (hidden,),
    }
    if latent.q_rank:
        needed |= {"attn_q_a.weight": (low, hidden), "attn_q_a_norm.weight": (low,)}
    if not c.has_experts(layer):
        needed |= _network("ffn_{}", c.dense_size, hidden)
    else:
        each = _network("ffn_{}_exps", c.intermediate_size, hidden)
        needed |= {name: (c.experts, *shape) for name, shape in each.items()}
        needed |= {"ffn_gate_inp.weight": (c.experts, hidden)}
        needed |= _network("ffn_{}_shexp", c.shared_size, hidden) if c.shared_size else {}
    # one of the two forms, see families/latent_layers.py
    optional: Shapes = {
        "attn_kv_b.weight": (heads * (latent.plain + latent.values), rank),
        "attn_k_b.weight": (heads, rank, latent.plain),
        "attn_v_b.weight": (heads, latent.values, rank),
    }
    if c.has_experts(layer):
        optional["exp_probs_b.bias"] = (c.experts,)
    return needed | optional, set(needed)


def _network(names: str, width: int, hidden: int) -> Shapes:
    shapes = {"gate": (width, hidden), "up": (width, hidden), "down": (hidden, width)}
    return {f"{names.format(name)}.weight": shape for name, shape in shapes.items()}
