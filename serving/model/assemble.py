"""From a source of weights to a `Transformer`: each tensor is checked, read and arranged for the backend."""

from __future__ import annotations

from typing import Any, TypeVar

import torch

from konspekt import kernels
from konspekt.kernels import Decoder, DeltaLayer, DeltaRule, Layer, QuantizedTensor, functional
from konspekt.kernels.backends import backend_on
from konspekt.kernels.kv_cache.smoothing import key_smoothing
from konspekt.kernels.moe import Experts
from konspekt.kernels.packed import Packed
from konspekt.serving.errors import ModelFileError, UnsupportedModelError
from konspekt.serving.model.architectures import ModelConfig, RopeConfig
from konspekt.serving.model.checking.messages import again, say
from konspekt.serving.model.checking.tensors import check_finite, check_shape, check_tensors, wanted
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
# and of kernels.DeltaLayer
_OF_RULE = {
    "w_mixed": "attn_qkv", "w_gate": "attn_gate", "w_decay": "ssm_alpha", "w_beta": "ssm_beta", "wo": "ssm_out",
}  # fmt: skip
_NORM_BETWEEN = "post_attention_norm.weight"  # qwen35: of what goes into the feed-forward half, whatever it is called
_P = TypeVar("_P", bound=Packed)
_HEAD_NORMS = ("hidden_norm", "token_norm", "output_norm")  # of PredictionHead, and what they are called here


def assemble(
    config: ModelConfig, source: WeightSource, device: torch.device, *, tied: bool | None = None
) -> Transformer:
    """Read every weight and arrange it for the backend that computes on `device`.

    tied: whether the output matrix is the embedding, where the file says it; None: it is where there is no other.

    Raises: ModelFileError, UnsupportedModelError, kernels.KernelError for what the backend cannot hold.
    """
    if config.latent is not None and backend_on(device) == "triton":
        raise UnsupportedModelError(say("latent_gpu"))
    check_tensors(config, source, tied=tied)
    parts = Parts(config, source, device)
    attending = [i for i in range(config.layers) if i not in config.recurrent]
    decoder = parts.decoder(
        [parts.layer_of(i) for i in attending],
        {i: parts.recurrent_layer(f"blk.{i}.") for i in sorted(config.recurrent)},
    )
    embedding = parts.embedding()
    is_tied = "output.weight" not in source.names
    output = kernels.prepare(embedding, device=device) if is_tied else parts.matrix("output.weight")
    head, norm = parts.prediction_head(), parts.needed("output_norm.weight").to(device)
    return Transformer(config, embedding, decoder, norm, output, device, head)


class Parts:
    """Tensors by their names, each checked against what the architecture requires."""

    def __init__(self, config: ModelConfig, source: WeightSource, device: torch.device) -> None:
        self._config, self._source, self._device = config, source, device
        self._computes = backend_on(device)
        self._shapes = wanted(config, ahead="mtp.join.weight" in source.names).shapes
        self._full = _frequencies(config.rope, self._factors("rope_freqs.weight"))
        self._local = _frequencies(config.local_rope, None) if config.local_rope else self._full

    def vector(self, name: str) -> torch.Tensor | None:
        """None where there is none."""
        if name not in self._source.names:
            return None
        values = self._source.vector(name)
        check_finite(self._source.named(name), values)
        return values

    def needed(self, name: str) -> torch.Tensor:
        if (found := self.vector(name)) is None:
            raise ModelFileError(say("tensor_missing", name=name, cure=again()))
        return found

    def _factors(self, name: str) -> torch.Tensor | None:
        found = self.vector(name)
        if found is not None and not bool((found > 0).all()):
            raise ModelFileError(say("tensor_factors", name=name, cure=again()))
        return found

    def _right(self, name: str, packed: _P) -> _P:
        """A matrix as it was read: what is made of several tensors has its shape only now."""
        check_shape(self._source.named(name), packed.shape, self._shapes[name][-2:])
        if isinstance(packed, QuantizedTensor):
            check_finite(self._source.named(name), packed)
        return packed

    def matrix(self, name: str) -> QuantizedTensor:
        """Arranged for its backend; the source may forget it."""
        found = self._right(name, self._source.matrix(name))
        prepared = kernels.prepare(found, release=True, device=self._device)
        self._source.release(name)
        return prepared

    def raw(self, name: str) -> QuantizedTensor:
        """As it lies in the source, to be taken apart; what is made of it goes to `arranged`."""
        if name not in self._source.names:
            raise ModelFileError(say("tensor_missing", name=self._source.named(name), cure=again()))
        found = self._source.matrix(name)
        check_finite(self._source.named(name), found)
        return found

    def arranged(self, made: QuantizedTensor, name: str) -> QuantizedTensor:
        """`made` of the tensor `name`, for its backend."""
        prepared = kernels.prepare(made, release=True, device=self._device)
        self._source.release(name)
        return prepared

    def has(self, name: str) -> bool:
        return name in self._source.names

    def embedding(self) -> QuantizedTensor:
        """Read row by row: on the CPU it stays where it is."""
        return self._right("token_embd.weight", self._source.matrix("token_embd.weight"))

    def decoder(self, layers: list[Layer], recurrent: dict[int, DeltaLayer] | None = None) -> Decoder:
        c = self._config
        made = Decoder(
            layers, c.norm_eps, c.activation, c.rope.style, c.attention_scale, recurrent=recurrent or {}
        )  # fmt: skip
        made.place(self._device, release=True)
        return made

    def layer_of(self, index: int) -> Layer:
        if self._config.latent is not None:
            from konspekt.serving.model.families.latent_layers import latent_layer

            return latent_layer(self, self._config, index, self._full)
        return self.layer(f"blk.{index}.", is_local=self._config.is_local(index))

    def layer(self, at: str, *, is_local: bool = False) -> Layer:
        """The one whose tensors' names begin with `at`."""
        matrices: dict[str, Any] = {}
        if self._config.delta is not None:
            matrices["wq"], matrices["wg"] = self._query_and_gate(f"{at}attn_q.weight")
        for field, name in _MATRICES.items():
            if field not in matrices:
                matrices[field] = self._of_layer(f"{at}{name}.weight")
        optional: dict[str, Any] = {field: self.vector(at + name) for field, name in _VECTORS.items()}
        norm = "ffn_norm.weight"
        if self._config.delta is not None:
            norm, optional["post_attn_norm"] = _NORM_BETWEEN, None
        biases, norms = (optional["bk"], optional["bq"]), (optional["k_norm"], optional["q_norm"])
        return Layer(
            attn_norm=self.needed(at + "attn_norm.weight"),
            ffn_norm=self.needed(at + norm),
            inv_freq=self._local if is_local else self._full,
            window=self._config.sliding_window if is_local else None,
            k_smooth=_key_smoothing(self._config, biases, norms),
            **matrices,
            **optional,
            **self.feed_forward(at, experts=self._config.experts > 0),
        )

    def recurrent_layer(self, at: str) -> DeltaLayer:
        """One with the delta rule, see qwen35.py."""
        sizes = self._config.delta
        assert sizes is not None
        rule = DeltaRule(
            sizes,
            self.needed(at + "ssm_conv1d.weight").view(sizes.channels, sizes.taps),
            self.needed(at + "ssm_a"),
            self.needed(at + "ssm_dt.bias"),
            self._config.tiled,
        )
        matrices: dict[str, Any] = {name: self._of_layer(f"{at}{theirs}.weight") for name, theirs in _OF_RULE.items()}
        return DeltaLayer(
            attn_norm=self.needed(at + "attn_norm.weight"),
            rule=rule,
            norm=self.needed(at + "ssm_norm.weight"),
            ffn_norm=self.needed(at + _NORM_BETWEEN),
            **matrices,
            **self.feed_forward(at, experts=False),
        )

    def _query_and_gate(self, name: str) -> tuple[Packed, Packed]:
        """A matrix whose rows are, head by head, those of the query and those of its gate."""
        whole = self._right(name, self._source.packed(name))
        if not isinstance(whole, QuantizedTensor):
            raise UnsupportedModelError(say("tensor", name=name, reason=say("gate_in_few_bits"), cure=say("another")))
        rows, columns = whole.shape
        halves = whole.data.reshape(self._config.heads, 2, self._config.head_dim, -1)
        made = [QuantizedTensor.from_gguf(halves[:, i], whole.type_name, (rows // 2, columns)) for i in (0, 1)]
        if self._computes not in ("triton", "reference"):
            made = [kernels.prepare(one, release=True, device=self._device) for one in made]
            self._source.release(name)
        return made[0], made[1]

    def prediction_head(self) -> PredictionHead | None:
        if "mtp.join.weight" not in self._source.names:
            return None
        norms = {name: self.needed(f"mtp.{name}.weight").to(self._device) for name in _HEAD_NORMS}
        return PredictionHead(join=self.matrix("mtp.join.weight"), decoder=self.decoder([self.layer("mtp.")]), **norms)

    def _of_layer(self, name: str) -> Packed:
        """A GPU joins matrices of a layer before they are moved there, as they are packed."""
        if self._computes not in ("triton", "reference"):
            return self.matrix(name)
        return self._right(name, self._source.packed(name))

    def feed_forward(self, at: str, *, experts: bool, names: str = "ffn_{}") -> dict[str, Any]:
        """Fields of a layer. names: what a network's matrices are called where it has no experts."""
        c = self._config
        if not experts:
            return {name: self._of_layer(f"{at}{names.format(name)}.weight") for name in ("gate", "up", "down")}
        router = self.needed(at + "ffn_gate_inp.weight").view(c.experts, c.hidden_size)
        gate, up, down = (self._experts(f"{at}ffn_{name}_exps.weight") for name in ("gate", "up", "down"))
        bias = self.vector(at + "exp_probs_b.bias")
        return {"experts": Experts(router, gate, up, down, c.experts_used, c.routing, bias)}

    def _experts(self, name: str) -> tuple[QuantizedTensor, ...]:
        made = tuple(self._right(name, one) for one in self._source.experts(name))
        if self._computes != "triton":
            for w in made:
                kernels.prepare(w, release=True)
            self._source.release(name)
        return made


def _frequencies(rope: RopeConfig, factors: torch.Tensor | None) -> torch.Tensor:
    if rope.yarn is not None:
        slowing = rope.yarn.slowing(rope.base, rope.dims)
        factors = slowing if factors is None else slowing.to(factors.device) * factors.double()
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
