"""What an architecture requires of each tensor, and whether a file has it: names, shapes, types, finite numbers.

Kernels take pointers: a matrix smaller than the metadata says would be read beyond its end, and a transposed one would
answer nonsense. So every tensor is checked against the metadata before the first one is arranged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from konspekt.kernels.formats import FORMATS
from konspekt.kernels.tensor import QuantizedTensor
from konspekt.serving.errors import ModelFileError, UnsupportedModelError
from konspekt.serving.model import qwen35
from konspekt.serving.model.architectures import ModelConfig
from konspekt.serving.model.checking.latents import latent_layer
from konspekt.serving.model.checking.messages import again, say
from konspekt.serving.model.checking.values import as_tuple

Shape = tuple[int, ...]
_AT_ONCE = 1 << 22  # blocks


@dataclass(frozen=True, slots=True)
class Stored:
    """A tensor as its file describes it. `shape` None: it is made of several, and known once they are read."""

    shape: Shape | None
    type_name: str


class Described(Protocol):
    """What a source of weights must offer before anything is read."""

    names: set[str]

    def stored(self, name: str) -> Stored: ...

    def named(self, name: str) -> str:
        """What the file itself calls the tensor, also one that it should have."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """Shapes by name. A tensor that is not `needed` may be missing."""

    shapes: Mapping[str, Shape]
    needed: frozenset[str]


def wanted(config: ModelConfig, *, ahead: bool = False, tied: bool | None = None) -> Wanted:
    """ahead: with a prediction head. tied: whether the output matrix is the embedding; None: the file decides."""
    c = config
    one: dict[str, Shape] = {"token_embd.weight": (c.vocab_size, c.hidden_size), "output_norm.weight": (c.hidden_size,)}
    needed = set(one) | ({"output.weight"} if tied is False else set())
    one |= {"output.weight": (c.vocab_size, c.hidden_size), "rope_freqs.weight": (c.rope.dims // 2,)}
    for i, at in enumerate([f"blk.{i}." for i in range(c.layers)] + (["mtp."] if ahead else [])):
        inside, always = _of_layer(c, i)
        one |= {at + name: shape for name, shape in inside.items()}
        needed |= {at + name for name in always}
    if ahead:
        head = dict.fromkeys(("hidden_norm", "token_norm", "output_norm"), (c.hidden_size,))
        own: dict[str, Shape] = {f"mtp.{name}.weight": shape for name, shape in head.items()}
        own |= {"mtp.join.weight": (c.hidden_size, 2 * c.hidden_size)}
        one, needed = one | own, needed | own.keys()
    return Wanted(one, frozenset(needed))


def _of_layer(c: ModelConfig, layer: int) -> tuple[dict[str, Shape], set[str]]:
    """Shapes of a layer's tensors, and which of them every layer of this kind has."""
    if c.delta is not None:
        wide, width = {"gate": c.intermediate_size, "up": c.intermediate_size}, c.hidden_size
        feed = {f"ffn_{name}.weight": (rows, width) for name, rows in wide.items()}
        whole = {**qwen35.shapes(c, layer), **feed, "ffn_down.weight": (width, c.intermediate_size)}
        return whole, set(whole)
    if c.latent is not None:
        return latent_layer(c, layer)
    hidden, queries, keys = c.hidden_size, c.heads * c.head_dim, c.kv_heads * c.head_dim
    shapes: dict[str, Shape] = {
        "attn_norm.weight": (hidden,),
        "attn_q.weight": (queries, hidden),
        "attn_k.weight": (keys, hidden),
        "attn_v.weight": (keys, hidden),
        "attn_output.weight": (hidden, queries),
        "ffn_norm.weight": (hidden,),
    }
    for name, shape in {"gate": (c.intermediate_size, hidden), "up": (c.intermediate_size, hidden)}.items():
        shapes |= {f"ffn_{name}_exps.weight": (c.experts, *shape)} if c.experts else {f"ffn_{name}.weight": shape}
    down = (hidden, c.intermediate_size)
    shapes |= {"ffn_down_exps.weight": (c.experts, *down)} if c.experts else {"ffn_down.weight": down}
    if c.experts:
        shapes["ffn_gate_inp.weight"] = (c.experts, hidden)
    needed = set(shapes)
    biases: dict[str, Shape] = {"attn_q.bias": (queries,), "attn_k.bias": (keys,), "attn_v.bias": (keys,)}
    norms: dict[str, Shape] = dict.fromkeys(("attn_q_norm.weight", "attn_k_norm.weight"), (c.head_dim,))
    after: dict[str, Shape] = dict.fromkeys(("post_attention_norm.weight", "post_ffw_norm.weight"), (hidden,))
    needed |= biases.keys() if c.architecture == "qwen2" else set()
    needed |= norms.keys() if c.architecture in ("qwen3", "qwen3moe", "gemma3") else set()
    needed |= after.keys() if c.architecture == "gemma3" else set()
    return shapes | biases | {"attn_output.bias": (hidden,)} | norms | after, needed


def check_tensors(config: ModelConfig, source: Described, *, tied: bool | None = None) -> None:
    """Raises: ModelFileError for a tensor that is missing or of another shape, UnsupportedModelError for a type that is
    no weight and for tensors that the architecture does not know."""
    want = wanted(config, ahead="mtp.join.weight" in source.names, tied=tied)
    if missing := [name for name in want.shapes if name in want.needed and name not in source.names]:
        raise ModelFileError(say("tensor_missing", name=source.named(missing[0]), cure=again()))
    for name in sorted(source.names & want.shapes.keys()):
        found, own_name = source.stored(name), source.named(name)
        if found.shape is not None and found.type_name not in FORMATS:
            known = ", ".join(FORMATS)
            raise UnsupportedModelError(
                say("tensor_kind", name=own_name, kind=found.type_name, known=known, cure=say("another"))
            )
        if found.shape is not None:
            check_shape(own_name, found.shape, want.shapes[name])
    if unused := sorted(name for name in source.names - want.shapes.keys() if not name.startswith(config.unread)):
        names, count = ", ".join(unused[:5]), len(unused)
        raise UnsupportedModelError(
            say("unused", count=count, architecture=config.architecture, names=names, cure=say("another"))
        )


def check_shape(name: str, found: Shape, want: Shape) -> None:
    if found != want:
        raise ModelFileError(say("tensor_shape", name=name, found=as_tuple(found), wanted=as_tuple(want), cure=again()))


def check_finite(name: str, values: torch.Tensor | QuantizedTensor) -> None:
    """A vector's values, or what a packed matrix is scaled by. Raises: ModelFileError."""
    finite = _scales_finite(values) if isinstance(values, QuantizedTensor) else bool(values.isfinite().all())
    if not finite:
        raise ModelFileError(say("tensor_nan", name=name, cure=again()))


def _scales_finite(w: QuantizedTensor) -> bool:
    """Read as bits, because numpy is slow with half precision: a number is finite unless its exponent is all ones."""
    layout, at = w.layout, 0
    blocks = w.data.reshape(-1, layout.block_bytes)
    for field in layout.fields:
        kind = np.dtype(field.dtype)
        exponent = {"f2": 0x7C00, "f4": 0x7F800000}.get(kind.str[1:], 0x7F80 if layout.name == "BF16" else 0)
        if exponent:
            for start in range(0, len(blocks), _AT_ONCE):
                part = blocks[start : start + _AT_ONCE, at : at + field.nbytes]
                bits = np.ascontiguousarray(part).view(f"<u{kind.itemsize}")
                if bool(((bits & exponent) == exponent).any()):
                    return False
        at += field.nbytes
    return True
