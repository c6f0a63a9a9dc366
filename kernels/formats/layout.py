"""What a format is: named fields at fixed places of a block of bytes, and what the fields mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]  # [blocks, block_bytes]
Fields = Mapping[str, NDArray[np.generic]]  # name -> [blocks, …]; "codes" always [blocks, block_size]


@dataclass(frozen=True, slots=True)
class Field:
    """A run of bytes in a block: `count` little-endian values of `dtype`."""

    name: str
    dtype: str
    count: int

    @property
    def nbytes(self) -> int:
        return np.dtype(self.dtype).itemsize * self.count


@dataclass(frozen=True, slots=True)
class Layout:
    """A block format of GGUF.

    `fields` are the bytes in file order. `unpack` turns them into integers a reader of the specification would
    recognise (codes, scales, mins), `pack` is its exact inverse, and `values` computes the weights from them in
    float32 in the order of operations of ggml, so that the result is the same to the bit.
    """

    name: str
    block_size: int  # weights per block
    fields: tuple[Field, ...]
    unpack_raw: Callable[[Fields], Fields]
    pack_raw: Callable[[Fields], Fields]
    values: Callable[[Fields], NDArray[np.float32]]

    @property
    def block_bytes(self) -> int:
        return sum(field.nbytes for field in self.fields)

    @property
    def bits_per_weight(self) -> float:
        return 8 * self.block_bytes / self.block_size

    def split(self, blocks: Bytes) -> Fields:
        """The raw fields of `blocks` [n, block_bytes], still packed."""
        raw, at = {}, 0
        for field in self.fields:
            piece = np.ascontiguousarray(blocks[:, at : at + field.nbytes])
            raw[field.name] = piece.view(field.dtype)
            at += field.nbytes
        return raw

    def join(self, raw: Fields) -> Bytes:
        columns = []
        for field in self.fields:
            part = np.ascontiguousarray(raw[field.name].astype(field.dtype, copy=False))
            columns.append(part.reshape(len(part), field.count).view(np.uint8))
        return np.concatenate(columns, axis=1)

    def unpack(self, blocks: Bytes) -> Fields:
        return self.unpack_raw(self.split(blocks))

    def pack(self, fields: Fields) -> Bytes:
        return self.join(self.pack_raw(fields))

    def dequantize(self, blocks: Bytes) -> NDArray[np.float32]:
        """float32 [n, block_size]."""
        return self.values(self.unpack(blocks)).reshape(len(blocks), self.block_size)
