"""Whether the weights of a decoder fit one another: kernels take pointers and would read beyond the smaller one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from konspekt.kernels.delta import DeltaLayer
from konspekt.kernels.errors import KernelError
from konspekt.kernels.kv_cache import PagedBatch
from konspekt.kernels.packed import Packed

if TYPE_CHECKING:
    from konspekt.kernels.decoder import Decoder, Layer


def check(decoder: Decoder, features: int, kv_heads: int, head_dim: int) -> None:
    """features: of the hidden states; kv_heads, head_dim: of the cache. Raises: KernelError naming layer and weight.

    What fits is remembered, so that a step costs one look-up.
    """
    sizes = (features, kv_heads, head_dim)
    if decoder.prepared.get("fits") == sizes:
        return
    for number, layer in enumerate(decoder.layers):
        for name, found, wanted in _sizes(layer, *sizes):
            if found != wanted:
                raise KernelError(f"layer {number}: {name} has the shape {found}, {wanted} fits the other weights")
        if (rows := layer.wq.shape[0]) % (kv_heads * head_dim):
            raise KernelError(f"layer {number}: {rows} query rows do not divide among {kv_heads} heads of {head_dim}")
        if 2 * len(layer.inv_freq) > head_dim:
            raise KernelError(
                f"layer {number}: {len(layer.inv_freq)} frequencies rotate more than {head_dim} dimensions"
            )
    for number, recurrent in decoder.recurrent.items():
        for name, found, wanted in _recurrent_sizes(recurrent, features):
            if found != wanted:
                raise KernelError(f"layer {number}: {name} has the shape {found}, {wanted} fits the other weights")
    decoder.prepared["fits"] = sizes


def check_states(decoder: Decoder, batch: PagedBatch) -> None:
    """Whether the batch says which states layers with the delta rule read and write. Raises: KernelError."""
    if not decoder.recurrent:
        return
    sizes = next(iter(decoder.recurrent.values())).rule.sizes
    if len(batch.states) != len(batch.counts):
        raise KernelError(f"{len(batch.states)} states for {len(batch.counts)} sequences")
    for use, count in zip(batch.states, batch.counts, strict=True):
        use.check(sizes, count, len(decoder.recurrent) - 1)


def _recurrent_sizes(layer: DeltaLayer, features: int) -> list[tuple[str, tuple[int, ...], tuple[int, ...]]]:
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


def _sizes(
    layer: Layer, features: int, kv_heads: int, head_dim: int
) -> list[tuple[str, tuple[int, ...], tuple[int, ...]]]:
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
    if layer.up is not None:
        width = layer.up.shape[0]
        wide = (width, features)
        pairs += [("gate", layer.gate, wide), ("up", layer.up, wide), ("down", layer.down, (features, width))]
    found = [(name, tuple(w.shape), wanted) for name, w, wanted in pairs if w is not None]
    if layer.experts is not None:
        width = layer.experts.up[0].shape[0]
        for name in ("gate", "up", "down"):
            wanted = (features, width) if name == "down" else (width, features)
            found += [(f"expert {name}", tuple(w.shape), wanted) for w in getattr(layer.experts, name)]
    vectors = {
        "attn_norm": features, "ffn_norm": features, "post_attn_norm": features, "post_ffn_norm": features,
        "bq": queries, "bk": keys, "bv": keys, "bo": features, "q_norm": head_dim, "k_norm": head_dim,
    }  # fmt: skip
    for name, size in vectors.items():
        if (vector := getattr(layer, name)) is not None:
            found.append((name, tuple(vector.shape), (size,)))
    if layer.k_smooth is not None:
        found.append(("k_smooth", tuple(layer.k_smooth.shape), (kv_heads, head_dim)))
    return found
