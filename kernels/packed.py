"""`Packed`: what every kind of packed weight matrix can be asked, and what can be done to any of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch

from konspekt.kernels.formats.e8p import E8P
from konspekt.kernels.tensor import QuantizedTensor


class Packed(Protocol):
    """A matrix [out_features, in_features]: GGUF's QuantizedTensor and the classes of `konspekt.kernels.formats`.

    `prepared` is where a backend keeps its own arrangement of the bits.
    """

    @property
    def shape(self) -> tuple[int, int]: ...

    @property
    def prepared(self) -> dict[str, Any]: ...

    def dequantize(self) -> torch.Tensor: ...


def let_go(w: Packed) -> None:
    """Give up the packed bits, which a backend keeps elsewhere: shape and `prepared` stay, nothing can be read."""
    if isinstance(w, QuantizedTensor):
        w.release()
        return
    for name, value in _fields(w).items():
        if isinstance(value, torch.Tensor):
            object.__setattr__(w, name, value.to("meta"))  # frozen for everyone else


def joinable(a: Packed, b: Packed) -> bool:
    """Whether the two can be stacked into one matrix. QuIP# cannot: it rotates along the rows of a matrix too."""
    if isinstance(a, QuantizedTensor) and isinstance(b, QuantizedTensor):
        return a.type_name == b.type_name and a.shape[1] == b.shape[1]
    if type(a) is not type(b) or isinstance(a, E8P):
        return False
    theirs = _fields(b)
    return all(_fit(name, value, theirs[name]) for name, value in _fields(a).items())


def joined(weights: Sequence[Packed]) -> Packed:
    """Stack matrices that are each `joinable` to the first; of a single one, a copy that shares its bits."""
    first = weights[0]
    if isinstance(first, QuantizedTensor):
        parts = [w.data for w in weights if isinstance(w, QuantizedTensor)]
        data = np.concatenate(parts) if len(parts) > 1 else parts[0]
        return QuantizedTensor(data, first.type_name, (len(data), first.in_features))
    rows = {
        name: torch.cat([getattr(w, name) for w in weights])
        for name, value in _fields(first).items()
        if len(weights) > 1 and isinstance(value, torch.Tensor) and name != "group"
    }
    made: Packed = dataclasses.replace(first, **rows, prepared={})  # type: ignore[type-var]
    return made


def _fields(w: Packed) -> dict[str, Any]:
    names = [field.name for field in dataclasses.fields(w) if field.name != "prepared"]  # type: ignore[arg-type]
    return {name: getattr(w, name) for name in names}


def _fit(name: str, mine: Any, theirs: Any) -> bool:
    if not (isinstance(mine, torch.Tensor) and isinstance(theirs, torch.Tensor)):
        return bool(mine == theirs)
    if name == "group":  # of the columns, which both share
        return torch.equal(mine, theirs)
    return mine.dtype == theirs.dtype and mine.shape[1:] == theirs.shape[1:]
