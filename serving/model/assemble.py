"""From a source of weights to a `Transformer`: each tensor is read, arranged for the backend, struck off a list."""

from __future__ import annotations

from typing import Any

import torch

from konspekt import kernels
from konspekt.kernels import Decoder, Layer, QuantizedTensor, functional
from konspekt.kernels.backends import backend_on
from konspekt.kernels.kv_cache.smoothing import key_smoothing
from konspekt.kernels.moe import Experts
from konspekt.kernels.packed import Packed
from konspekt.serving.errors import ModelFileError, UnsupportedModelError
from konspekt.serving.model.architectures import ModelConfig, RopeConfig
from konspekt.serving.model.transformer import PredictionHead, Transformer
from konspekt.serving.model.weights import WeightSource

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
_HEAD_NORMS = ("hidden_norm", "token_norm", "output_norm")  # of PredictionHead, and what they are called here


def assemble(config: ModelConfig, source: WeightSource, device: torch.device) -> Transformer:
    """Read every weight and arrange it for the backend that computes on `device`.

    Raises: ModelFileError, UnsupportedModelError, kernels.KernelError for what the backend cannot hold.
    """
    parts = _Parts(config, source, device)
    decoder = parts.decoder([parts.layer(f"blk.{i}.", is_local=config.is_local(i)) for i in range(config.layers)])
    embedding = parts.embedding()
    tied = "output.weight" not in source.names
    output = kernels.prepare(embedding, device=device) if tied else parts.matrix("output.weight")
    head, norm = parts.prediction_head(), parts.needed("output_norm.weight").to(device)
    if left := sorted(parts.left):
        raise UnsupportedModelError(
            f"{len(left)} tensors that {config.architecture} does not use, so its answers would be wrong: "
            f"{', '.join(left[:5])} …; take another model (`konspekt models list` names some)"
        )
    return Transformer(config, embedding, decoder, norm, output, device, head)


class _Parts:
    """`left`: the tensors that nobody has asked for yet."""

    def __init__(self, config: ModelConfig, source: WeightSource, device: torch.device) -> None:
        self._config, self._source, self._device = config, source, device
        self._computes = backend_on(device)
        self.left = set(source.names)
        self._full = _frequencies(config.rope, self.vector("rope_freqs.weight"))
        self._local = _frequencies(config.local_rope, None) if config.local_rope else self._full

    def vector(self, name: str) -> torch.Tensor | None:
        """None where there is none."""
        if name not in self._source.names:
            return None
        self.left.discard(name)
        return self._source.vector(name)

    def needed(self, name: str) -> torch.Tensor:
        if (found := self.vector(name)) is None:
            raise ModelFileError(f"tensor {name} is missing")
        return found

    def matrix(self, name: str) -> QuantizedTensor:
        """Arranged for its backend; the source may forget it."""
        self.left.discard(name)
        prepared = kernels.prepare(self._source.matrix(name), release=True, device=self._device)
        self._source.release(name)
        return prepared

    def embedding(self) -> QuantizedTensor:
        """Read row by row: on the CPU it stays where it is."""
        self.left.discard("token_embd.weight")
        return self._source.matrix("token_embd.weight")

    def decoder(self, layers: list[Layer]) -> Decoder:
        c = self._config
        made = Decoder(layers, c.norm_eps, c.activation, c.rope.style, c.attention_scale)
        made.place(self._device, release=True)
        return made

    def layer(self, at: str, *, is_local: bool = False) -> Layer:
        """The one whose tensors' names begin with `at`."""
        matrices: dict[str, Any] = {field: self._of_layer(f"{at}{name}.weight") for field, name in _MATRICES.items()}
        optional: dict[str, Any] = {field: self.vector(at + name) for field, name in _VECTORS.items()}
        biases, norms = (optional["bk"], optional["bq"]), (optional["k_norm"], optional["q_norm"])
        return Layer(
            attn_norm=self.needed(at + "attn_norm.weight"),
            ffn_norm=self.needed(at + "ffn_norm.weight"),
            inv_freq=self._local if is_local else self._full,
            window=self._config.sliding_window if is_local else None,
            k_smooth=_key_smoothing(self._config, biases, norms),
            **matrices,
            **optional,
            **self._feed_forward(at),
        )

    def prediction_head(self) -> PredictionHead | None:
        if "mtp.join.weight" not in self._source.names:
            return None
        norms = {name: self.needed(f"mtp.{name}.weight").to(self._device) for name in _HEAD_NORMS}
        return PredictionHead(join=self.matrix("mtp.join.weight"), decoder=self.decoder([self.layer("mtp.")]), **norms)

    def _of_layer(self, name: str) -> Packed:
        """A GPU joins matrices of a layer before they are moved there, as they are packed."""
        if self._computes not in ("triton", "reference"):
            return self.matrix(name)
        self.left.discard(name)
        return self._source.packed(name)

    def _feed_forward(self, at: str) -> dict[str, Any]:
        c = self._config
        if not c.experts:
            return {name: self._of_layer(f"{at}ffn_{name}.weight") for name in ("gate", "up", "down")}
        router = self.needed(at + "ffn_gate_inp.weight").view(c.experts, c.hidden_size)
        gate, up, down = (self._experts(f"{at}ffn_{name}_exps.weight") for name in ("gate", "up", "down"))
        return {"experts": Experts(router, gate, up, down, c.experts_used)}

    def _experts(self, name: str) -> tuple[QuantizedTensor, ...]:
        self.left.discard(name)
        made = self._source.experts(name)
        if self._computes != "triton":
            for w in made:
                kernels.prepare(w, release=True)
            self._source.release(name)
        return made


def _frequencies(rope: RopeConfig, factors: torch.Tensor | None) -> torch.Tensor:
    return functional.rope_frequencies(rope.dims, rope.base, factors, rope.scale)


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
