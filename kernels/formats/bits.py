"""Small integers in bytes: the few ways ggml packs them, each with its inverse."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]


def split_planes(packed: U8, bits: int, run: int) -> U8:
    """[n, bytes] -> [n, bytes * 8/bits]: of each run of `run` bytes first all lowest bit planes, then the next, …

    This is how ggml packs everything: with `bits` 4 and `run` 32, byte i of a run holds weight i in its low nibble
    and weight i + 32 in its high one.
    """
    n = len(packed)
    shifts = np.arange(0, 8, bits, dtype=np.uint8).reshape(1, 1, -1, 1)
    planes = (packed.reshape(n, -1, 1, run) >> shifts) & np.uint8((1 << bits) - 1)
    return planes.reshape(n, -1)


def join_planes(codes: NDArray[Any], bits: int, run: int) -> U8:
    """The inverse of `split_planes`."""
    n, per_byte = len(codes), 8 // bits
    planes = codes.astype(np.uint8).reshape(n, -1, per_byte, run)
    packed = np.zeros((n, planes.shape[1], run), np.uint8)
    for plane in range(per_byte):
        packed |= planes[:, :, plane] << np.uint8(plane * bits)
    return packed.reshape(n, -1)


def bits_of_u32(words: NDArray[np.uint32]) -> U8:
    """[n, 1] -> [n, 32]: bit i belongs to weight i (the fifth bits of Q5_0 and Q5_1)."""
    return ((words.reshape(-1, 1) >> np.arange(32, dtype=np.uint32)) & np.uint32(1)).astype(np.uint8)


def u32_of_bits(bits: NDArray[Any]) -> NDArray[np.uint32]:
    words: NDArray[np.uint32] = (bits.astype(np.uint32) << np.arange(32, dtype=np.uint32)).sum(axis=1, dtype=np.uint32)
    return words.reshape(-1, 1)


def unpack_scales_6bit(packed: U8) -> tuple[U8, U8]:
    """The 12 bytes of Q4_K and Q5_K -> eight 6-bit scales and eight 6-bit mins, [n, 8] each."""
    low, mid, high = packed[:, 0:4], packed[:, 4:8], packed[:, 8:12]
    scales = np.concatenate([low & 63, (high & 15) | ((low >> 2) & 48)], axis=1)
    mins = np.concatenate([mid & 63, (high >> 4) | ((mid >> 2) & 48)], axis=1)
    return scales, mins


def pack_scales_6bit(scales: U8, mins: U8) -> U8:
    low = scales[:, :4] | ((scales[:, 4:] & 48) << 2)
    mid = mins[:, :4] | ((mins[:, 4:] & 48) << 2)
    high = (scales[:, 4:] & 15) | ((mins[:, 4:] & 15) << 4)
    return np.concatenate([low, mid, high], axis=1)


def unpack_scales_q3k(packed: U8) -> NDArray[np.int8]:
    """The 12 bytes of Q3_K -> sixteen scales in -32 … 31, [n, 16]."""
    low = np.concatenate([packed[:, :8] & 15, packed[:, :8] >> 4], axis=1)
    high = np.concatenate([(packed[:, 8:12] >> shift) & 3 for shift in (0, 2, 4, 6)], axis=1)
    scales: NDArray[np.int8] = (low | (high << 4)).astype(np.int8) - np.int8(32)
    return scales


def pack_scales_q3k(scales: NDArray[np.int8]) -> U8:
    codes = (scales.astype(np.int16) + 32).astype(np.uint8)
    low = (codes[:, :8] & 15) | ((codes[:, 8:] & 15) << 4)
    top = codes >> 4
    high = top[:, 0:4] | (top[:, 4:8] << 2) | (top[:, 8:12] << 4) | (top[:, 12:16] << 6)
    return np.concatenate([low, high], axis=1)
