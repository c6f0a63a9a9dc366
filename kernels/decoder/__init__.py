"""`Decoder`: all layers of a transformer in one call, so that a token costs no Python between its operations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch

from konspekt.kernels.backends import backend_on, implementation
from konspekt.kernels.decoder import checks
from konspekt.kernels.delta import DeltaLayer
from konspekt.kernels.errors import KernelError
from konspekt.kernels.gated import Activation
from konspekt.kernels.kv_cache import KVCache, PagedBatch
from konspekt.kernels.latent import Latent
from konspekt.kernels.moe import Experts
from konspekt.kernels.packed import Packed, let_go
from konspekt.kernels.rope import Style
from konspekt.kernels.tensor import QuantizedTensor


@dataclass(frozen=True, slots=True)
class Layer:
    """The weights of one layer. Norms and biases are float32; `window` None means full attention.

    The feed-forward half is `gate`, `up` and `down`, or `experts`, or the sum of both (experts that are shared). With
    `latent`, keys and values are made of latents.
    """

    attn_norm: torch.Tensor
    wq: Packed
    wk: Packed
    wv: Packed
    wo: Packed
    ffn_norm: torch.Tensor
    inv_freq: torch.Tensor  # [rope dims / 2], see kernels.rope_frequencies
    gate: Packed | None = None
    up: Packed | None = None
    down: Packed | None = None
    experts: Experts | None = None
    bq: torch.Tensor | None = None
    bk: torch.Tensor | None = None
    bv: torch.Tensor | None = None
    bo: torch.Tensor | None = None
    q_norm: torch.Tensor | None = None  # [head_dim] (qwen3, gemma3)
    k_norm: torch.Tensor | None = None
    post_attn_norm: torch.Tensor | None = None  # gemma3
    post_ffn_norm: torch.Tensor | None = None
    window: int | None = None
    # float32 [kv_heads, head_dim], equal within a rope pair: keys are cached divided by it, queries multiplied, which
    # leaves q·k as it is. It takes the outlier channels of a biased K (qwen2: ±150 beside ±2) out of the int8 scale.
    k_smooth: torch.Tensor | None = None
    wg: Packed | None = None  # as wq; what attention gives is multiplied by the sigmoid of its product (qwen3.5)
    latent: Latent | None = None

    @property
    def matrices(self) -> list[Packed]:
        """Every packed weight."""
        experts = self.experts.weights if self.experts is not None else ()
        latent = self.latent.matrices if self.latent is not None else ()
        several = (self.wq, self.wk, self.wv, self.wg, self.wo, self.gate, self.up, self.down)
        return [w for w in (*several, *experts, *latent) if w is not None]


@dataclass(slots=True)
class Decoder:
    """Layers and what they share. The embedding, its scaling, the final norm and the output matrix are the caller's.

    `layers` attend, and each has its place in the KV cache. `recurrent` are those with the delta rule instead, by their
    places among all layers; their states are told by the batch.
    """

    layers: list[Layer]
    eps: float
    activation: Activation = "silu"
    rope_style: Style = "neox"
    attention_scale: float | None = None
    products: torch.dtype = torch.bfloat16  # in which a GPU multiplies activations; elsewhere they are float32
    prepared: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    recurrent: dict[int, DeltaLayer] = field(default_factory=dict)

    @property
    def stack(self) -> list[Layer | DeltaLayer]:
        """All layers, from the first to the last."""
        attending = iter(self.layers)
        count = len(self.layers) + len(self.recurrent)
        return [self.recurrent.get(place) or next(attending) for place in range(count)]

    def first(self, count: int) -> Decoder:
        """A decoder of the first `count` layers."""
        kept = {place: layer for place, layer in self.recurrent.items() if place < count}
        attending = self.layers[: count - len(kept)]
        return Decoder(
            attending, self.eps, self.activation, self.rope_style, self.attention_scale, self.products, recurrent=kept
        )

    def place(self, device: torch.device, *, release: bool = False) -> None:
        """Put the layers on a GPU now rather than at first use; `release` lets go of the packed bytes here.

        On the CPU nothing happens: `prepare` arranges each matrix. Raises: KernelError, BackendUnavailable.
        """
        if backend_on(device) == "triton":
            implementation("decoder", device).bind(self, device)
            for w in [w for layer in self.stack for w in layer.matrices] if release else ():
                let_go(w)

    @property
    def fused(self) -> bool:
        """Whether the C++ kernels have a product for every matrix, so that all layers are one call."""
        found: bool | None = self.prepared.get("fused")
        if found is None:
            all_gguf = all(isinstance(w, QuantizedTensor) for layer in self.stack for w in layer.matrices)
            composed = any(layer.experts or layer.latent for layer in self.layers)
            found = self.prepared["fused"] = all_gguf and not composed
        return found

    def forward(self, hidden: torch.Tensor, cache: KVCache, batch: PagedBatch) -> torch.Tensor:
        """hidden: float32 [tokens, features] of `batch` -> the same shape after the last layer; `cache` is written.

        Raises: KernelError when hidden or cache do not fit the layers.
        """
        # a GPU is not asked how many tokens its batch has: asking would mean waiting for it
        if hidden.ndim != 2 or (hidden.device.type == "cpu" and len(hidden) != batch.tokens):
            raise KernelError(f"hidden {tuple(hidden.shape)} must be [{batch.tokens} tokens, features]")
        if cache.layers != len(self.layers):
            raise KernelError(f"the cache has {cache.layers} layers, the decoder {len(self.layers)}")
        checks.check_states(self, batch)
        checks.check(self, hidden.shape[1], cache)
        after: torch.Tensor = implementation("decoder", hidden.device).forward(self, hidden, cache, batch)
        return after


__all__ = ["Decoder", "Layer"]
