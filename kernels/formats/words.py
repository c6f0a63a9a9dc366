"""Codes of 1 to 8 bits side by side in bytes and in 32-bit words, and five ternary digits in a byte."""

from __future__ import annotations

import torch

from konspekt.kernels.errors import KernelError

# AWQ keeps column i of eight in nibble ORDER[i], the order in which its kernel widens halves (llm-awq, packing).
AWQ_ORDER = (0, 4, 1, 5, 2, 6, 3, 7)
POWERS = torch.tensor([1, 3, 9, 27, 81], dtype=torch.int32)


def pack_words(codes: torch.Tensor, bits: int, order: tuple[int, ...] | None = None) -> torch.Tensor:
    """Integers below 2^bits [..., n] -> int32 [..., n · bits / 32], the first in the lowest bits.

    order: the place in its word of each of the 32 / bits codes. Raises: KernelError when n does not fill words.
    """
    a_word = 32 // bits
    if codes.shape[-1] % a_word:
        raise KernelError(f"{codes.shape[-1]} codes of {bits} bits do not fill words of {a_word}")
    places = torch.tensor(order if order is not None else range(a_word)) * bits
    grouped = codes.to(torch.int64).reshape(*codes.shape[:-1], -1, a_word)
    words = (grouped << places).sum(-1)
    return torch.where(words >= 1 << 31, words - (1 << 32), words).to(torch.int32)


def unpack_words(words: torch.Tensor, bits: int, order: tuple[int, ...] | None = None) -> torch.Tensor:
    """The inverse of `pack_words`: uint8 [..., n]."""
    places = torch.tensor(order if order is not None else range(32 // bits)) * bits
    codes = (words.to(torch.int64).unsqueeze(-1) >> places) & ((1 << bits) - 1)
    return codes.flatten(-2).to(torch.uint8)


def pack_bytes(codes: torch.Tensor, bits: int) -> torch.Tensor:
    """Integers below 2^bits, bits of 1, 2, 4 or 8, [..., n] -> uint8 [..., n · bits / 8], the first in the low bits."""
    a_byte = 8 // bits
    if codes.shape[-1] % a_byte:
        raise KernelError(f"{codes.shape[-1]} codes of {bits} bits do not fill bytes of {a_byte}")
    grouped = codes.to(torch.int32).reshape(*codes.shape[:-1], -1, a_byte)
    return (grouped << (torch.arange(a_byte) * bits)).sum(-1).to(torch.uint8)


def unpack_bytes(packed: torch.Tensor, bits: int) -> torch.Tensor:
    """The inverse of `pack_bytes`: uint8 [..., n]."""
    codes = (packed.to(torch.int32).unsqueeze(-1) >> (torch.arange(8 // bits) * bits)) & ((1 << bits) - 1)
    return codes.flatten(-2).to(torch.uint8)


def pack_odd(codes: torch.Tensor, bits: int) -> torch.Tensor:
    """Codes of 3 bits (or any) as a stream of bits: uint8 [..., n · bits / 8]; n a multiple of eight."""
    planes = (codes.to(torch.int32).unsqueeze(-1) >> torch.arange(bits)) & 1
    return pack_bytes(planes.flatten(-2), 1)


def unpack_odd(packed: torch.Tensor, bits: int) -> torch.Tensor:
    stream = unpack_bytes(packed, 1).to(torch.int32)
    codes = stream.reshape(*stream.shape[:-1], -1, bits) << torch.arange(bits)
    return codes.sum(-1).to(torch.uint8)


def pack_ternary(codes: torch.Tensor) -> torch.Tensor:
    """Codes 0, 1, 2 [..., n] -> uint8 [..., ceil(n / 5)]: five per byte, 3^5 = 243 of its 256 values; 1.6 bits each."""
    short = -codes.shape[-1] % 5
    padded = torch.nn.functional.pad(codes.to(torch.int32), (0, short))
    return (padded.reshape(*codes.shape[:-1], -1, 5) * POWERS).sum(-1).to(torch.uint8)


def unpack_ternary(packed: torch.Tensor, n: int) -> torch.Tensor:
    """The first n codes. Raises: KernelError for a byte above 242, which no packing makes."""
    if packed.numel() and int(packed.max()) > 242:
        raise KernelError(f"a byte of five ternary codes is at most 242, got {int(packed.max())}")
    digits = packed.to(torch.int32).unsqueeze(-1) // POWERS % 3
    return digits.flatten(-2)[..., :n].to(torch.uint8)
