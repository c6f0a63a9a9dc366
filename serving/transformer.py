"""From token ids to logits: the embedding, the decoder of `kernels`, the final norm and the output matrix.

Nothing here but torch, `kernels` and the model's weights, so that a machine with those alone can run it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

import kernels
from kernels import Decoder, KVCache, Layer, PagedBatch, QuantizedTensor
from kernels.backend import backend_on
from kernels.kv_cache import Kind
from kernels.kv_cache.smoothing import key_smoothing
from kernels.moe import Experts
from kernels.packed import Packed
from serving.architectures import ModelConfig, RopeConfig
from serving.errors import ModelFileError, UnsupportedModelError
from serving.weights import WeightSource


@dataclass(frozen=True, slots=True)
class PredictionHead:
    """Weights that guess one token further than the model itself (multi-token prediction), as MiMo-7B has them: what
    the model made of a place and the embedding of the token that follows, each normed, joined and brought to the
    model's width by `join` [hidden, 2 · hidden], go through one more decoder layer; embedding and output matrix are
    the model's own."""

    hidden_norm: torch.Tensor
    token_norm: torch.Tensor
    join: QuantizedTensor
    decoder: Decoder  # of one layer
    output_norm: torch.Tensor


@dataclass(frozen=True, slots=True)
class Transformer:
    """Weights ready to compute on `device`. `forward` keeps no state beyond the cache it is given."""

    config: ModelConfig
    embedding: QuantizedTensor
    decoder: Decoder
    output_norm: torch.Tensor
    output: QuantizedTensor
    device: torch.device
    head: PredictionHead | None

    def forward(
        self,
        ids: Sequence[int] | torch.Tensor,
        cache: KVCache,
        batch: PagedBatch,
        rows: Sequence[int] | torch.Tensor,
    ) -> torch.Tensor:
        """Compute the tokens `ids` of `batch`, write their keys and values, and give the logits after some of them.

        ids: [tokens]; rows: the places in `ids` whose next token is wanted -> float32 [len(rows), vocab]. `cache` and
        `batch` are on the model's device.
        """
        return self.logits(self.hidden(ids, cache, batch), rows)

    def hidden(self, ids: Sequence[int] | torch.Tensor, cache: KVCache, batch: PagedBatch) -> torch.Tensor:
        """The first part of `forward`: float32 [tokens, hidden] after the last layer, before the final norm."""
        return self.decoder.forward(self._embedded(ids), cache, batch)

    def logits(self, hidden: torch.Tensor, rows: Sequence[int] | torch.Tensor) -> torch.Tensor:
        """The second part of `forward`."""
        if len(rows) == 0:
            return torch.empty(0, self.output.out_features, device=self.device)
        wanted = hidden if len(rows) == len(hidden) else hidden[self._on_device(rows)]
        return kernels.linear(self._normed(wanted, self.output_norm), self.output)

    def hidden_ahead(self, hidden: torch.Tensor, ids: Sequence[int], cache: KVCache, batch: PagedBatch) -> torch.Tensor:
        """What the prediction head makes of `hidden` [tokens, hidden] and of the token that follows each, after its
        last norm; the same shape. `cache` has one layer and holds the head's own keys and values."""
        assert self.head is not None
        known = self._normed(hidden, self.head.hidden_norm)
        following = self._normed(self._embedded(ids), self.head.token_norm)
        joined = kernels.linear(torch.cat([known, following], dim=1), self.head.join)
        ahead = self.head.decoder.forward(joined, cache, batch)
        return kernels.rms_norm(ahead, self.head.output_norm, self.config.norm_eps)

    def logits_ahead(self, hidden: torch.Tensor) -> torch.Tensor:
        """float32 [tokens, vocab] after rows of `hidden_ahead`: of the token after the one that follows."""
        return kernels.linear(self._as_factor(hidden), self.output)

    def _embedded(self, ids: Sequence[int] | torch.Tensor) -> torch.Tensor:
        hidden = kernels.embedding(self._on_device(ids), self.embedding)  # [tokens, hidden]
        return hidden if self.config.embedding_scale == 1.0 else hidden * self.config.embedding_scale

    def _normed(self, hidden: torch.Tensor, norm: torch.Tensor) -> torch.Tensor:
        return self._as_factor(kernels.rms_norm(hidden, norm, self.config.norm_eps))

    def _as_factor(self, x: torch.Tensor) -> torch.Tensor:
        return x.to(self.decoder.products) if backend_on(self.device) == "triton" else x

    def _on_device(self, numbers: Sequence[int] | torch.Tensor) -> torch.Tensor:
        return torch.as_tensor(numbers, dtype=torch.int64, device=self.device)

    def new_cache(self, pages: int, page_size: int = 16, kind: Kind = "int8", layers: int | None = None) -> KVCache:
        """`layers` None: as many as the model has."""
        c = self.config
        return KVCache(
            layers or c.layers, pages, c.kv_heads, c.head_dim, page_size=page_size, kind=kind, device=self.device
        )


# Fields of kernels.Layer and what the file calls them, in layer after layer.
_MATRICES = {"wq": "attn_q", "wk": "attn_k", "wv": "attn_v", "wo": "attn_output"}
_VECTORS = {
    "bq": "attn_q.bias",
    "bk": "attn_k.bias",
    "bv": "attn_v.bias",
    "bo": "attn_output.bias",
    "q_norm": "attn_q_norm.weight",
    "k_norm": "attn_k_norm.weight",
    "post_attn_norm": "post_attention_norm.weight",
    "post_ffn_norm": "post_ffw_norm.weight",
}


def assemble(config: ModelConfig, source: WeightSource, device: torch.device) -> Transformer:
    """Read every weight and arrange it for the backend that computes on `device`.

    Raises: ModelFileError, UnsupportedModelError, kernels.KernelError for what the backend cannot hold.
    """
    left = set(source.names)
    computes = backend_on(device)

    def of_layer(name: str) -> Packed:
        if computes not in ("triton", "reference"):
            return matrix(name)
        left.discard(name)
        return source.packed(name)  # a GPU joins matrices of a layer before they are moved there

    def matrix(name: str) -> QuantizedTensor:
        left.discard(name)
        prepared = kernels.prepare(source.matrix(name), release=True, device=device)
        source.release(name)
        return prepared

    def several(name: str) -> tuple[QuantizedTensor, ...]:
        left.discard(name)
        made = source.experts(name)
        if computes != "triton":
            for w in made:
                kernels.prepare(w, release=True)
            source.release(name)
        return made

    def feed_forward(at: str) -> dict[str, Any]:
        if not config.experts:
            return {name: of_layer(f"{at}ffn_{name}.weight") for name in ("gate", "up", "down")}
        router = needed(at + "ffn_gate_inp.weight").view(config.experts, config.hidden_size)
        gate, up, down = (several(f"{at}ffn_{name}_exps.weight") for name in ("gate", "up", "down"))
        return {"experts": Experts(router, gate, up, down, config.experts_used)}

    def vector(name: str) -> torch.Tensor | None:
        if name not in source.names:
            return None
        left.discard(name)
        return source.vector(name)

    def needed(name: str) -> torch.Tensor:
        if (found := vector(name)) is None:
            raise ModelFileError(f"tensor {name} is missing")
        return found

    factors = vector("rope_freqs.weight")
    full = _frequencies(config.rope, factors)
    local = _frequencies(config.local_rope, None) if config.local_rope else full

    def layer(at: str, *, is_local: bool = False) -> Layer:
        matrices: dict[str, Any] = {field: of_layer(f"{at}{name}.weight") for field, name in _MATRICES.items()}
        optional: dict[str, Any] = {field: vector(at + name) for field, name in _VECTORS.items()}
        return Layer(
            attn_norm=needed(at + "attn_norm.weight"),
            ffn_norm=needed(at + "ffn_norm.weight"),
            inv_freq=local if is_local else full,
            window=config.sliding_window if is_local else None,
            k_smooth=_key_smoothing(config, (optional["bk"], optional["bq"]), (optional["k_norm"], optional["q_norm"])),
            **matrices,
            **optional,
            **feed_forward(at),
        )

    def decoder_of(layers: list[Layer]) -> Decoder:
        made = Decoder(layers, config.norm_eps, config.activation, config.rope.style, config.attention_scale)
        made.place(device, release=True)
        return made

    def prediction_head() -> PredictionHead | None:
        if "mtp.join.weight" not in source.names:
            return None
        return PredictionHead(
            hidden_norm=needed("mtp.hidden_norm.weight").to(device),
            token_norm=needed("mtp.token_norm.weight").to(device),
            join=matrix("mtp.join.weight"),
            decoder=decoder_of([layer("mtp.")]),
            output_norm=needed("mtp.output_norm.weight").to(device),
        )

    layers = [layer(f"blk.{i}.", is_local=config.is_local(i)) for i in range(config.layers)]
    tied = "output.weight" not in source.names
    embedding = source.matrix("token_embd.weight")  # read row by row: on the CPU it stays where it is
    left.discard("token_embd.weight")
    output = kernels.prepare(embedding, device=device) if tied else matrix("output.weight")
    decoder, head, norm = decoder_of(layers), prediction_head(), needed("output_norm.weight")
    if left:
        names = ", ".join(sorted(left)[:5])
        raise UnsupportedModelError(
            f"{len(left)} tensors that {config.architecture} does not use, so its answers would be wrong: {names} …; "
            "take another model (`konspekt models list` names some)"
        )
    return Transformer(config, embedding, decoder, norm.to(device), output, device, head)


def _frequencies(rope: RopeConfig, factors: torch.Tensor | None) -> torch.Tensor:
    return kernels.rope_frequencies(rope.dims, rope.base, factors, rope.scale)


def _key_smoothing(
    config: ModelConfig, biases: tuple[torch.Tensor | None, ...], norms: tuple[torch.Tensor | None, ...]
) -> torch.Tensor | None:
    """[kv_heads, head_dim] to divide keys by before they are rounded, from what the model adds to, or multiplies, keys
    and queries with; None where it tells nothing, or where a factor would not commute with rope.
    """
    if config.rope.style != "neox" or config.rope.dims != config.head_dim:
        return None
    for keys, queries in (biases, norms):
        if keys is not None and queries is not None:
            return key_smoothing(keys, queries, config.kv_heads, config.head_dim)
    return None
