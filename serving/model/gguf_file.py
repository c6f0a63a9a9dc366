"""A GGUF file by memory map: metadata as Python values, tensors as packed bytes that nothing copies.

Layout (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md), little-endian, versions 2 and 3:
magic, version, tensor count, key count, the keys, the tensor infos, padding to `general.alignment`, the data.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from konspekt.serving.errors import ModelFileError

# value type -> code of struct and numpy; 8 is a string, 9 an array
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
# tensor type -> (name, weights a block, bytes a block): ggml.h and ggml-common.h, 2026-11-21. Not the `gguf` package's
# own table: this file is read on machines that have numpy and torch alone.
_TYPES = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 9: ("Q8_1", 32, 40), 10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144), 13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210), 15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82), 23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1), 25: ("I16", 1, 2), 26: ("I32", 1, 4), 27: ("I64", 1, 8), 28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56), 30: ("BF16", 1, 2), 34: ("TQ1_0", 256, 54), 35: ("TQ2_0", 256, 66),
    39: ("MXFP4", 32, 17), 40: ("NVFP4", 64, 36),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """`shape` is (rows, columns) as torch has it, the reverse of the file's order; one-dimensional tensors: (n,)."""

    name: str
    type_name: str
    shape: tuple[int, ...]
    offset: int
    nbytes: int


class _Cursor:
    """Reads values one after another; running off the end is a ModelFileError."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self.position = 0

    def scalar(self, code: str) -> Any:
        try:
            (value,) = struct.unpack_from("<" + code, self._data, self.position)
        except struct.error:
            raise ModelFileError("the file ends in the middle of its header: it was cut short") from None
        self.position += struct.calcsize("<" + code)
        return value

    def string(self) -> str:
        return self._bytes(self.scalar("Q")).decode("utf-8", "replace")

    def _bytes(self, length: int) -> bytes:
        end = self.position + length
        if end > len(self._data):
            raise ModelFileError("the file ends in the middle of its header: it was cut short")
        raw = self._data[self.position : end]
        self.position = end
        return raw

    def value(self, kind: int) -> Any:
        if kind in _SCALARS:
            return self.scalar(_SCALARS[kind])
        if kind == _STRING:
            return self.string()
        if kind != _ARRAY:
            raise ModelFileError(f"metadata value of unknown type {kind}: the file is damaged or too new")
        element, count = self.scalar("I"), self.scalar("Q")
        if element in _SCALARS:
            size = struct.calcsize("<" + _SCALARS[element])
            return np.frombuffer(self._bytes(size * count), "<" + _SCALARS[element]).tolist()
        return [self.value(element) for _ in range(count)]


class GGUFFile:
    """`metadata[key]` and `packed(name)`. Raises ModelFileError when the file is damaged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise ModelFileError(f"{path}: cannot be opened: {error}") from error
        try:
            self._parse()
        except ModelFileError as error:
            raise ModelFileError(f"{path}: {error}") from None

    def _parse(self) -> None:
        if self._map[:4] != b"GGUF":
            raise ModelFileError("not a GGUF file (its first four bytes are not `GGUF`)")
        cursor = _Cursor(self._map)
        cursor.position = 4
        version = cursor.scalar("I")
        if version not in (2, 3):
            raise ModelFileError(f"GGUF version {version}; versions 2 and 3 (little-endian) are supported")
        tensor_count, key_count = cursor.scalar("Q"), cursor.scalar("Q")
        self.metadata: dict[str, Any] = {}
        for _ in range(key_count):
            key = cursor.string()
            self.metadata[key] = cursor.value(cursor.scalar("I"))
        self.tensors = {info.name: info for info in (self._tensor_info(cursor) for _ in range(tensor_count))}
        alignment = int(self.metadata.get("general.alignment", 32))
        self._start = -(-cursor.position // alignment) * alignment
        for info in self.tensors.values():
            if self._start + info.offset + info.nbytes > len(self._map):
                raise ModelFileError(f"tensor {info.name} ends after the end of the file: it was cut short")

    @staticmethod
    def _tensor_info(cursor: _Cursor) -> TensorInfo:
        name = cursor.string()
        dims = [cursor.scalar("Q") for _ in range(cursor.scalar("I"))]
        code, offset = cursor.scalar("I"), cursor.scalar("Q")
        try:
            kind, block, size = _TYPES[code]
        except KeyError:
            raise ModelFileError(f"tensor {name} has the unknown type {code}") from None
        return TensorInfo(name, kind, tuple(reversed(dims)), offset, prod(dims) // block * size)

    def packed(self, name: str) -> NDArray[np.uint8]:
        """The tensor's bytes as a read-only view of the map: uint8 [nbytes]."""
        info = self.tensors[name]
        return np.frombuffer(self._map, np.uint8, info.nbytes, self._start + info.offset)

    def forget(self, name: str) -> None:
        """Tell the system that the tensor's pages are not needed soon; they can be read again at any time."""
        info = self.tensors[name]
        first = -(-(self._start + info.offset) // mmap.PAGESIZE) * mmap.PAGESIZE
        last = (self._start + info.offset + info.nbytes) // mmap.PAGESIZE * mmap.PAGESIZE
        if last > first and hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED, first, last - first)
