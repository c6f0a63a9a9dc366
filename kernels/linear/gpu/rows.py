"""Formats with one scale per row, as the GPU kernels read them: how codes lie in bytes. Data only.

A kernel turns a code into u (gpu_decode_rows.py); weight = scale · (u + offset), a pair of float32 for each row of W.
So nothing but u + offset is computed per weight: the scale multiplies a finished sum.
"""

from __future__ import annotations

import torch

from konspekt.kernels.formats.e8_codebooks import absolute_values, odd_rows, short_points
from konspekt.kernels.linear.gpu.layout import Walk


def _walk(block: int, planes: int, *, high: int = 0, scales: int = 0, lattice: bool = False) -> Walk:
    """Chunks of 32 bytes (E8P: of 32 codes); plane p of a chunk is its p-th run of 32 columns."""
    return Walk(block, planes, 32, 1, 32 * planes, 32, "codes", "high" if high else "", d=(),
                high_bytes=high, scale_bytes=scales, lattice=lattice)  # fmt: skip


WALKS = {
    "SIGN": _walk(256, 8),
    "TERNARY": _walk(160, 5),  # five digits per byte
    "TWO": _walk(128, 4),
    "THREE": _walk(256, 4, high=32),  # two bits in codes, the third in high
    "FOUR": _walk(64, 2),
    "SIGNED8": _walk(32, 1),  # two's complement
    "E4M3": _walk(32, 1),
    "MAT4": _walk(128, 4, high=32),  # MatQuant's top pair of bits and the next
    "MAT8": _walk(128, 4, high=32, scales=64),  # and the low four where other formats keep scales
    "E8P2": _walk(256, 8, lattice=True),
    "E8P3": _walk(256, 8, high=32, lattice=True),
    "E8P4": _walk(256, 8, high=32, lattice=True),
}

# coordinate c of eight stands in nibble NIBBLE[c] of a word: so that seven sign bits spread by one multiplication
NIBBLE = tuple(2 * (c % 4) + c // 4 for c in range(8))


def fill_up(codes: torch.Tensor, block: int) -> torch.Tensor:
    """Columns up to a multiple of `block`, zeros; a kernel reads no x there."""
    return torch.nn.functional.pad(codes, (0, -codes.shape[1] % block))


def in_planes(codes: torch.Tensor, bits: int) -> torch.Tensor:
    """uint8 [out, columns · bits / 8] of codes below 2^bits: columns 32 apart share a byte, the first lowest."""
    planes = 8 // bits
    runs = fill_up(codes, 32 * planes).to(torch.int32).reshape(len(codes), -1, planes, 32)
    places = torch.arange(planes, dtype=torch.int32)[:, None] * bits
    return (runs << places).sum(2).flatten(1).to(torch.uint8)


def third_bits(codes: torch.Tensor) -> torch.Tensor:
    """uint8 [out, columns / 8]: the third bit of codes, that of columns 32 apart in a byte."""
    return in_planes(fill_up(codes, 256) >> 2, 1)


def ternary(codes: torch.Tensor) -> torch.Tensor:
    """uint8 [out, ⌈columns / 160⌉ · 32]: five digits as a fraction of 256, so that each is one multiplication by three.

    Digit p is the whole part of 3 · (3^p · byte / 256 mod 1); 243 values spread over 256 leave room for all five.
    """
    digits = fill_up(codes, 160).to(torch.int32).reshape(len(codes), -1, 5, 32)
    number = (digits * torch.tensor([81, 27, 9, 3, 1], dtype=torch.int32)[:, None]).sum(2)
    return ((number * 256 + 242) // 243).flatten(1).to(torch.uint8)


def nibbles(codes: torch.Tensor) -> torch.Tensor:
    """int32 [n] of values 0 … 15 [n, 8], each in its coordinate's nibble."""
    words = (codes.long() << (4 * torch.tensor(NIBBLE))).sum(1)
    return torch.where(words >= 1 << 31, words - (1 << 32), words).to(torch.int32)


def lattice_table() -> torch.Tensor:
    """int32 [256]: E8P's absolute values v as 2v + 6 (7, 9, 11).

    Negating is 12 - code, and a shift by -1/4 takes one off: point = (2 · code - 11) / 4. Where an odd number of signs
    must be minus, the last coordinate is negated here, so that its sign is the parity of the others.
    """
    codes = (2 * absolute_values()).long() + 6
    codes[:, 7] = torch.where(odd_rows(), 12 - codes[:, 7], codes[:, 7])
    return nibbles(codes)


def short_table() -> torch.Tensor:
    """int32 [256]: E81's points as 2v + 4, from 0 to 8."""
    return nibbles((2 * short_points()).long() + 4)
