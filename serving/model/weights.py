"""Where the weights of a model come from: a GGUF file, or a Hugging Face folder (folder_weights.py).

Both answer to the tensor names of GGUF (`blk.0.attn_q.weight`), so that the model is assembled one way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import prod
from typing import Protocol

import torch

from konspekt.kernels import KernelError, QuantizedTensor
from konspekt.kernels.packed import Packed
from konspekt.serving.errors import UnsupportedModelError
from konspekt.serving.model.checking.messages import say
from konspekt.serving.model.checking.tensors import Stored
from konspekt.serving.model.files.gguf_file import GGUFFile, TensorInfo


class WeightSource(Protocol):
    """`names` are all tensors there are. What is asked for is one of them, of the shape that `stored` says."""

    names: set[str]

    def stored(self, name: str) -> Stored:
        """Its shape and type, without reading it."""
        ...

    def named(self, name: str) -> str:
        """What the file itself calls it."""
        ...

    def matrix(self, name: str) -> QuantizedTensor:
        """[out_features, in_features], packed; several matrices in one tensor stand one above the other."""
        ...

    def packed(self, name: str) -> Packed:
        """The same as it lies in the source, in a format that the CPU's kernels may not have."""
        ...

    def experts(self, name: str) -> tuple[QuantizedTensor, ...]:
        """[out_features, in_features] of each expert, packed."""
        ...

    def vector(self, name: str) -> torch.Tensor:
        """float32 [n]: a norm or a bias."""
        ...

    def release(self, name: str) -> None:
        """The bytes of this matrix have been rearranged elsewhere; they need not stay in memory."""
        ...


class GGUFWeights:
    def __init__(self, file: GGUFFile) -> None:
        self._file = file
        self._single = _single_experts(file.tensors)
        self.names = set(file.tensors).difference(*self._single.values()) | self._single.keys()

    def stored(self, name: str) -> Stored:
        if name not in self._single:
            info = self._info(name)
            return Stored(info.shape, info.type_name)
        of_each = [self._info(single) for single in self._single[name]]
        odd = next((info for info in of_each if info.shape != of_each[0].shape), None)
        return Stored(odd.shape if odd else (len(of_each), *of_each[0].shape), of_each[0].type_name)

    def named(self, name: str) -> str:
        return name

    def matrix(self, name: str) -> QuantizedTensor:
        *rows, columns = self._info(name).shape
        return self._packed(name, (prod(rows), columns))

    packed = matrix

    def experts(self, name: str) -> tuple[QuantizedTensor, ...]:
        if name in self._single:
            return tuple(self.matrix(single) for single in self._single[name])
        count, rows, columns = self._info(name).shape
        whole = self._packed(name, (count * rows, columns))
        pieces = (whole.data[i * rows : (i + 1) * rows] for i in range(count))
        return tuple(QuantizedTensor(piece, whole.type_name, (rows, columns)) for piece in pieces)

    def vector(self, name: str) -> torch.Tensor:
        return self._packed(name, (1, prod(self._info(name).shape))).dequantize()[0]

    def _packed(self, name: str, shape: tuple[int, int]) -> QuantizedTensor:
        try:
            return QuantizedTensor.from_gguf(self._file.packed(name), self._info(name).type_name, shape)
        except KernelError as error:
            raise UnsupportedModelError(say("tensor", name=name, reason=error, cure=say("another"))) from None

    def release(self, name: str) -> None:
        for stored in self._single.get(name, [name]):
            self._file.forget(stored)

    def _info(self, name: str) -> TensorInfo:
        return self._file.tensors[name]


def _single_experts(names: Iterable[str]) -> dict[str, list[str]]:
    """`blk.0.ffn_up_exps.weight` -> `blk.0.ffn_up.0.weight` and so on in order, of a file older than 2024-04,
    where each expert's matrix is a tensor of its own."""
    found: dict[str, dict[int, str]] = {}
    for name in names:
        if parts := re.fullmatch(r"(blk\.\d+\.ffn_(?:gate|up|down))\.(\d+)\.weight", name):
            found.setdefault(f"{parts[1]}_exps.weight", {})[int(parts[2])] = name
    return {
        name: [numbered[i] for i in range(len(numbered))]
        for name, numbered in found.items()
        if numbered.keys() == set(range(len(numbered)))
    }
