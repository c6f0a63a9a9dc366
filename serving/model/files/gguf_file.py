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

from konspekt.bilingual import joined
from konspekt.serving.errors import ModelFileError
from konspekt.serving.model.checking.messages import again, say
from konspekt.serving.model.checking.values import Values, as_tuple
from konspekt.serving.model.files.gguf_parts import parts_of

# value type -> code of struct and numpy; 8 is a string, 9 an array
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_LENGTH = struct.Struct("<Q")  # of a string, before it
_MOST_DIMENSIONS, _MOST_NESTED = 4, 4  # of a tensor, as ggml has it; of lists in metadata, where files in use have one
# tensor type -> (name, weights per block, bytes per block): ggml.h and ggml-common.h, 2026-11-21. Not the `gguf`
# package's own table: this file is read on machines that have numpy and torch alone.
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
            raise ModelFileError(say("cut_short")) from None
        self.position += struct.calcsize("<" + code)
        return value

    def string(self) -> str:
        return self._bytes(self.scalar("Q")).decode("utf-8", "replace")

    def _strings(self, count: int) -> list[str]:
        """A vocabulary and its merges are hundreds of thousands of strings: nothing is looked up twice in this loop."""
        data, at, size, length_at = self._data, self.position, len(self._data), _LENGTH.unpack_from
        found: list[str] = []
        for _ in range(count):
            if at + 8 > size:
                raise ModelFileError(say("cut_short"))
            begin = at + 8
            at = begin + length_at(data, at)[0]
            if at > size:
                raise ModelFileError(say("cut_short"))
            found.append(data[begin:at].decode("utf-8", "replace"))
        self.position = at
        return found

    def _bytes(self, length: int) -> bytes:
        end = self.position + length
        if end > len(self._data):
            raise ModelFileError(say("cut_short"))
        raw = self._data[self.position : end]
        self.position = end
        return raw

    def value(self, key: str, kind: int, depth: int = 0) -> Any:
        if kind in _SCALARS:
            return self.scalar(_SCALARS[kind])
        if kind == _STRING:
            return self.string()
        if kind != _ARRAY:
            raise ModelFileError(say("unknown_value", key=key, kind=kind, cure=again()))
        if depth == _MOST_NESTED:
            raise ModelFileError(say("nested", key=key, most=_MOST_NESTED, cure=again()))
        element, count = self.scalar("I"), self.scalar("Q")
        if element in _SCALARS:
            size = struct.calcsize("<" + _SCALARS[element])
            return np.frombuffer(self._bytes(size * count), "<" + _SCALARS[element]).tolist()
        if element == _STRING:
            return self._strings(count)
        return [self.value(key, element, depth + 1) for _ in range(count)]


class GGUFFile:
    """`metadata[key]` and `packed(name)`. Raises ModelFileError when the file is damaged. Of a model in several files
    any part stands for all: the metadata are the first one's, the tensors those of all.

    What the header says of tensors holds once the file is open: positive shapes, whole blocks, known types, and bytes
    that lie inside the file and belong to one tensor alone. What they mean to a model is checking/tensors.py's."""

    def __init__(self, path: Path) -> None:
        parts = parts_of(path)
        self._open(parts[0])
        self._elsewhere: dict[str, GGUFFile] = {}
        said = Values(self.metadata, "split.")
        if len(parts) > 1 or said.integer("count", 1, low=0) > 1:
            try:
                self._check_part(0, len(parts))
                for number, other in enumerate(parts[1:], 1):
                    self._join(other, number, len(parts))
                if (count := said.integer("tensors.count", len(self.tensors))) != len(self.tensors):
                    raise ModelFileError(say("split_tensors", found=len(self.tensors), count=count, cure=again()))
            except ModelFileError as error:
                raise ModelFileError(joined(": ", (path, error))) from None

    def _join(self, path: Path, number: int, count: int) -> None:
        """Take the tensors of another part in."""
        part = GGUFFile.__new__(GGUFFile)
        part._elsewhere = {}
        part._open(path)
        part._check_part(number, count)
        for name, info in part.tensors.items():
            if name in self.tensors:
                raise ModelFileError(say("twice", name=name, cure=again()))
            self.tensors[name], self._elsewhere[name] = info, part

    def _check_part(self, number: int, count: int) -> None:
        """Its name says which part it is, and the file must agree."""
        said = Values(self.metadata, "split.")
        there = said.integer("no", 0, low=0), said.integer("count", 1, low=0)
        if there != (number, count):
            raise ModelFileError(
                say(
                    "split_part",
                    file=self.path.name,
                    number=there[0] + 1,
                    count=there[1],
                    wanted=f"{number + 1}/{count}",
                )
            )

    def _open(self, path: Path) -> None:
        self.path = path
        try:
            if path.exists() and not path.is_file():  # a pipe would be waited for
                raise ModelFileError(joined(": ", (path, say("cannot_open", reason=say("no_file")))))
            with path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise ModelFileError(joined(": ", (path, say("cannot_open", reason=error)))) from error
        try:
            self._parse()
        except ModelFileError as error:
            raise ModelFileError(joined(": ", (path, error))) from None

    def _parse(self) -> None:
        if self._map[:4] != b"GGUF":
            raise ModelFileError(say("not_gguf"))
        cursor = _Cursor(self._map)
        cursor.position = 4
        version = cursor.scalar("I")
        if version not in (2, 3):
            raise ModelFileError(say("version", version=version))
        tensor_count, key_count = cursor.scalar("Q"), cursor.scalar("Q")
        self.metadata: dict[str, Any] = {}
        for _ in range(key_count):
            key = cursor.string()
            if key in self.metadata:
                raise ModelFileError(say("twice", name=key, cure=again()))
            self.metadata[key] = cursor.value(key, cursor.scalar("I"))
        self.tensors: dict[str, TensorInfo] = {}
        for _ in range(tensor_count):
            info = self._tensor_info(cursor)
            if info.name in self.tensors:
                raise ModelFileError(say("twice", name=info.name, cure=again()))
            self.tensors[info.name] = info
        general = Values(self.metadata, "general.")
        alignment = general.integer("alignment", 32)
        if alignment & (alignment - 1):
            raise general.wrong("alignment", say("want_power"))
        self._start = -(-cursor.position // alignment) * alignment
        self._check_places(alignment)

    def _check_places(self, alignment: int) -> None:
        before: TensorInfo | None = None
        for info in sorted(self.tensors.values(), key=lambda info: info.offset):
            if info.offset % alignment:
                cure = again()
                raise ModelFileError(
                    say("tensor_place", name=info.name, offset=info.offset, alignment=alignment, cure=cure)
                )
            if self._start + info.offset + info.nbytes > len(self._map):
                raise ModelFileError(say("tensor_end", name=info.name))
            if before is not None and before.offset + before.nbytes > info.offset:
                raise ModelFileError(say("tensor_overlap", name=before.name, other=info.name, cure=again()))
            before = info

    @staticmethod
    def _tensor_info(cursor: _Cursor) -> TensorInfo:
        name, dimensions = cursor.string(), cursor.scalar("I")
        dims = tuple(cursor.scalar("Q") for _ in range(min(dimensions, _MOST_DIMENSIONS)))
        shape = tuple(reversed(dims))
        if not 1 <= dimensions <= _MOST_DIMENSIONS or 0 in dims:
            raise ModelFileError(say("tensor_dims", name=name, shape=as_tuple(shape), cure=again()))
        code, offset = cursor.scalar("I"), cursor.scalar("Q")
        if code not in _TYPES:
            raise ModelFileError(say("tensor_type", name=name, code=code))
        kind, block, size = _TYPES[code]
        if shape[-1] % block:
            raise ModelFileError(say("tensor_rows", name=name, columns=shape[-1], block=block, kind=kind, cure=again()))
        return TensorInfo(name, kind, shape, offset, prod(shape) // block * size)

    def packed(self, name: str) -> NDArray[np.uint8]:
        """The tensor's bytes as a read-only view of the map: uint8 [nbytes]."""
        if (part := self._elsewhere.get(name)) is not None:
            return part.packed(name)
        info = self.tensors[name]
        return np.frombuffer(self._map, np.uint8, info.nbytes, self._start + info.offset)

    def forget(self, name: str) -> None:
        """Tell the system that the tensor's pages are not needed soon; they can be read again at any time."""
        if (part := self._elsewhere.get(name)) is not None:
            part.forget(name)
            return
        info = self.tensors[name]
        first = -(-(self._start + info.offset) // mmap.PAGESIZE) * mmap.PAGESIZE
        last = (self._start + info.offset + info.nbytes) // mmap.PAGESIZE * mmap.PAGESIZE
        if last > first and hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED, first, last - first)
