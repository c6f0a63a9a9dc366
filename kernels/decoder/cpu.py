"""`Decoder.forward` through the C++ backend: one call for all layers (kernels/cpu/decoder.cpp)."""

from __future__ import annotations

import ctypes
import weakref
from typing import TYPE_CHECKING

import torch

from konspekt.kernels.cpu import library, packed
from konspekt.kernels.cpu.structs import (
    CDecoder,
    CDecoderBatch,
    CKvView,
    CLayer,
    float32,
)
from konspekt.kernels.decoder import reference
from konspekt.kernels.delta import DeltaLayer
from konspekt.kernels.delta.cpu import Bound as BoundRule
from konspekt.kernels.delta.cpu import c_uses
from konspekt.kernels.gated.cpu import ACTIVATIONS
from konspekt.kernels.kv_cache import KVCache, PagedBatch
from konspekt.kernels.kv_cache.cpu import CBatch, kv_view

if TYPE_CHECKING:
    from konspekt.kernels.decoder import Decoder, Layer

MATRICES = ("wq", "wk", "wv", "wo", "gate", "up", "down")
VECTORS = ("attn_norm", "ffn_norm", "inv_freq")
OPTIONAL = ("bq", "bk", "bv", "bo", "q_norm", "k_norm", "post_attn_norm", "post_ffn_norm", "k_smooth")


class Bound:
    """A decoder as C structures, with everything they point to held."""

    def __init__(self, decoder: Decoder, cache: KVCache) -> None:
        self.held: list[object] = []
        stack = decoder.stack
        layers = (CLayer * len(stack))(
            *(self._recurrent(one) if isinstance(one, DeltaLayer) else self._layer(one) for one in stack)
        )
        self.held.append(layers)
        scale = decoder.attention_scale if decoder.attention_scale is not None else cache.head_dim**-0.5
        queries = decoder.layers[0].wq.shape[0] if decoder.layers else 0  # the first few may all be recurrent
        self.struct = CDecoder(
            ctypes.addressof(layers),
            len(stack),
            len(stack[0].attn_norm),
            queries // cache.head_dim,
            cache.kv_heads,
            cache.head_dim,
            decoder.eps,
            scale,
            ACTIVATIONS.index(decoder.activation),
            int(decoder.rope_style == "neox"),
        )

    def _layer(self, layer: Layer) -> CLayer:
        matrices = [packed(getattr(layer, name)) for name in MATRICES]
        self.held.extend(matrices)
        vectors = [self._address(getattr(layer, name)) for name in (*VECTORS, *OPTIONAL)]
        half, window = len(layer.inv_freq), layer.window or 0
        opens = None if layer.wg is None else packed(layer.wg)  # type: ignore[arg-type]
        self.held.append(opens)
        wg = None if opens is None else opens.address
        return CLayer(*(matrix.address for matrix in matrices), *vectors, half, window, wg)

    def _recurrent(self, layer: DeltaLayer) -> CLayer:
        rule = BoundRule(layer.rule, layer)
        gates = {name: packed(getattr(layer, name)) for name in ("gate", "up", "down")}
        self.held += [rule, *gates.values()]
        return CLayer(
            attn_norm=self._address(layer.attn_norm),
            ffn_norm=self._address(layer.ffn_norm),
            delta=rule.address,
            **{name: matrix.address for name, matrix in gates.items()},
        )

    def _address(self, x: torch.Tensor | None) -> int | None:
        if x is None:
            return None
        kept = float32(x)
        self.held.append(kept)
        return int(kept.data_ptr())


def forward(decoder: Decoder, hidden: torch.Tensor, cache: KVCache, batch: PagedBatch) -> torch.Tensor:
    if not decoder.fused:
        return reference.forward(decoder, hidden, cache, batch)
    bound = decoder.prepared.get("cpu")
    if not isinstance(bound, Bound):
        bound = decoder.prepared["cpu"] = Bound(decoder, cache)
    views = decoder.prepared.get("views")
    if not isinstance(views, tuple) or views[0]() is not cache:
        array = (CKvView * cache.layers)(*(kv_view(cache, layer) for layer in range(cache.layers)))
        views = decoder.prepared["views"] = (weakref.ref(cache), array)  # a cache that is given up must not stay
    result = hidden.to(torch.float32, copy=True).contiguous()
    held = CBatch(batch, cache)
    uses = c_uses(batch.states) if decoder.recurrent else None
    step = CDecoderBatch(
        *(len(result), held.sequences, held.width, *held.pointers, ctypes.addressof(views[1])),
        None if uses is None else ctypes.addressof(uses),
    )
    library().ks_decode(ctypes.byref(bound.struct), ctypes.byref(step), result.data_ptr())
    return result
