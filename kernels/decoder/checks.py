"""Whether the weights of a decoder fit one another: kernels take pointers and would read beyond the smaller one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from konspekt.kernels.delta import DeltaLayer
from konspekt.kernels.errors import KernelError
from konspekt.kernels.kv_cache import PagedBatch
from konspekt.kernels.latent import Latent
from konspekt.kernels.packed import Packed

if TYPE_CHECKING:
    from konspekt.kernels.decoder import Decoder, Layer
    from konspekt.kernels.kv_cache import KVCache


Sizes = list[tuple[str, tuple[int, ...], tuple[int, ...]]]


def check(decoder: Decoder, features: int, cache: KVCache) -> None:
    """features: of the hidden states. Raises: KernelError naming layer and weight.

    What fits is remembered, so that a step costs one look-up.
    """
    kv_heads, head_dim, value_dim = cache.kv_heads, cache.head_dim, cache.value_dim
    if decoder.prepared.get("fits") == (features, kv_heads, head_dim, value_dim):
        return
    for number, layer in enumerate(decoder.layers):
        if layer.latent is None and value_dim != head_dim:
            raise KernelError(f"layer {number}: keys of {head_dim} and values of {value_dim} dimensions")
        if layer.latent is not None and kv_heads != 1:
            raise KernelError(f"layer {number}: latents are shared by all heads, and the cache has {kv_heads}")
        latent = None if layer.latent is None else _latent_sizes(layer, layer.latent, features, head_dim, value_dim)
        for name, found, wanted in _sizes(layer, features, kv_heads, head_dim) if latent is None else latent:
            if found != wanted:
                raise KernelError(f"layer {number}: {name} has the shape {found}, {wanted} fits the other weights")
        if layer.latent is None and (rows := layer.wq.shape[0]) % (kv_heads * head_dim):
            raise KernelError(f"layer {number}: {rows} query rows do not divide among {kv_heads} heads of {head_dim}")
        if 2 * len(layer.inv_freq) > head_dim:
            raise KernelError(
                f"layer {number}: {len(layer.inv_freq)} frequencies rotate more than {head_dim} dimensions"
            )
    for number, recurrent in decoder.recurrent.items():
        for name, found, wanted in _recurrent_sizes(recurrent, features):
            if found != wanted:
                raise KernelError(f"layer {number}: {name} has the shape {found}, {wanted} fits the other weights")
    decoder.prepared["fits"] = (features, kv_heads, head_dim, value_dim)


def check_states(decoder: Decoder, batch: PagedBatch) -> None:
    """Whether the batch says which states layers with the delta rule read and write. Raises: KernelError."""
    if not decoder.recurrent:
        return
    sizes = next(iter(decoder.recurrent.values())).rule.sizes
    if len(batch.states) != len(batch.counts):
        raise KernelError(f"{len(batch.states)} states for {len(batch.counts)} sequences")
    for use, count in zip(batch.states, batch.counts, strict=True):
        use.check(sizes, count, len(decoder.recurrent) - 1)


def _recurrent_sizes(layer: DeltaLayer, features: int) -> Sizes:
    s, width = layer.rule.sizes, layer.up.shape[0]
    into, heads = (s.values, features), (s.value_heads, features)
    matrices: dict[str, tuple[int, ...]] = {
        "w_mixed": (s.channels, features), "w_gate": into, "w_decay": heads, "w_beta": heads,
        "wo": (features, s.values), "gate": (width, features), "up": (width, features), "down": (features, width),
        "attn_norm": (features,), "ffn_norm": (features,), "norm": (s.value_dim,),
    }  # fmt: skip
    found = [(name, tuple(getattr(layer, name).shape), wanted) for name, wanted in matrices.items()]
    vectors = {"conv": (s.channels, s.taps), "decay": (s.value_heads,), "dt_bias": (s.value_heads,)}
    return found + [(name, tuple(getattr(layer.rule, name).shape), wanted) for name, wanted in vectors.items()]


def _latent_sizes(layer: Layer, latent: Latent, features: int, turned: int, rank: int) -> Sizes:
    heads = latent.heads
    plain, values = latent.up.shape[1], layer.wv.shape[0] // heads
    low = features if latent.q_down is None else latent.q_down.shape[0]
    pairs: list[tuple[str, Packed | None, tuple[int, ...]]] = [
        ("wq", layer.wq, (heads * (plain + turned), low)),
        ("wk", layer.wk, (rank + turned, features)),
        ("wv", layer.wv, (heads * values, rank)),
        ("wo", layer.wo, (features, heads * values)),
        ("latent up", latent.up, (heads * rank, plain)),
        ("latent q_down", latent.q_down, (low, features)),
    ]
    found = [(name, tuple(w.shape), wanted) for name, w, wanted in pairs if w is not None]
    found.append(("latent norm", tuple(latent.norm.shape), (rank,)))
    if latent.q_norm is not None:
        found.append(("latent q_norm", tuple(latent.q_norm.shape), (low,)))
    return [*found, *_feed_forward(layer, features), *_vectors(layer, {"attn_norm": features, "ffn_norm": features})]


def _sizes(layer: Layer, features: int, kv_heads: int, head_dim: int) -> Sizes:
    """(name, shape, shape that fits) of each weight."""
    queries, keys = layer.wq.shape[0], kv_heads * head_dim
    pairs: list[tuple[str, Packed | None, tuple[int, ...]]] = [
        ("wq", layer.wq, (queries, features)),
        ("wk", layer.wk, (keys, features)),
        ("wv", layer.wv, (keys, features)),
        ("wo", layer.wo, (features, queries)),
    ]
    if layer.wg is not None:
        pairs.append(("wg", layer.wg, (queries, features)))
    found = [(name, tuple(w.shape), wanted) for name, w, wanted in pairs if w is not None]
    found += _feed_forward(layer, features)
    vectors = {
        "attn_norm": features, "ffn_norm": features, "post_attn_norm": features, "post_ffn_norm": features,
        "bq": queries, "bk": keys, "bv": keys, "bo": features, "q_norm": head_dim, "k_norm": head_dim,
    }  # fmt: skip
    found += _vectors(layer, vectors)
    if layer.k_smooth is not None:
        found.append(("k_smooth", tuple(layer.k_smooth.shape), (kv_heads, head_dim)))
    return found


def _feed_forward(layer: Layer, features: int) -> Sizes:
    found: Sizes = []
    if layer.up is not None:
        width = layer.up.shape[0]
        pairs = (("gate", layer.gate, (width, features)), ("up", layer.up, (width, features)))
        for name, w, wanted in (*pairs, ("down", layer.down, (features, width))):
            found += [(name, tuple(w.shape), wanted)] if w is not None else []
    if layer.experts is not None:
        width = layer.experts.up[0].shape[0]
        for name in ("gate", "up", "down"):
            wanted = (features, width) if name == "down" else (width, features)
            found += [(f"expert {name}", tuple(w.shape), wanted) for w in getattr(layer.experts, name)]
    return found


def _vectors(layer: Layer, sizes: dict[str, int]) -> Sizes:
    there = [(name, getattr(layer, name), size) for name, size in sizes.items()]
    return [(name, tuple(vector.shape), (size,)) for name, vector, size in there if vector is not None]
