"""Packing loses nothing, and puts the bits where the formats say."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from konspekt import kernels
from konspekt.kernels.formats import words
from konspekt.kernels.formats.words import AWQ_ORDER


def some_codes(levels: int, rows: int, columns: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, levels, (rows, columns), generator=generator, dtype=torch.uint8)


@settings(deadline=None)
@given(bits=st.sampled_from([1, 2, 4, 8]), rows=st.integers(1, 4), groups=st.integers(1, 5), seed=st.integers(0, 999))
def test_words_and_bytes_give_back_what_went_in(bits: int, rows: int, groups: int, seed: int) -> None:
    codes = some_codes(1 << bits, rows, groups * 32 // bits, seed)
    packed = words.pack_words(codes, bits)
    assert packed.shape == (rows, groups)
    assert torch.equal(words.unpack_words(packed, bits), codes)
    assert torch.equal(words.unpack_bytes(words.pack_bytes(codes, bits), bits), codes)
    assert torch.equal(words.pack_bytes(codes, bits).view(torch.int32), packed)  # the same little-endian bits


@settings(deadline=None)
@given(rows=st.integers(1, 3), columns=st.integers(1, 41), seed=st.integers(0, 999))
def test_five_ternary_digits_a_byte(rows: int, columns: int, seed: int) -> None:
    codes = some_codes(3, rows, columns, seed)
    packed = words.pack_ternary(codes)
    assert packed.shape == (rows, -(-columns // 5))
    assert torch.equal(words.unpack_ternary(packed, columns), codes)


@settings(deadline=None)
@given(rows=st.integers(1, 3), eights=st.integers(1, 6), seed=st.integers(0, 999))
def test_three_bits_are_three_bits(rows: int, eights: int, seed: int) -> None:
    codes = some_codes(8, rows, 8 * eights, seed)
    packed = words.pack_odd(codes, 3)
    assert packed.shape == (rows, 3 * eights)
    assert torch.equal(words.unpack_odd(packed, 3), codes)


def test_the_first_code_is_lowest_and_awq_takes_even_columns_first() -> None:
    codes = torch.arange(8).reshape(1, 8)
    assert int(words.pack_words(codes, 4)[0, 0]) == 0x76543210
    assert int(words.pack_words(codes, 4, AWQ_ORDER)[0, 0]) == 0x75316420
    assert torch.equal(words.unpack_words(words.pack_words(codes, 4, AWQ_ORDER), 4, AWQ_ORDER), codes.to(torch.uint8))


def test_a_byte_that_no_five_digits_make_is_refused() -> None:
    with pytest.raises(kernels.KernelError, match="242, got 250"):
        words.unpack_ternary(torch.tensor([[250]], dtype=torch.uint8), 5)


def test_codes_that_do_not_fill_a_word_are_refused() -> None:
    with pytest.raises(kernels.KernelError, match="7 codes"):
        words.pack_words(torch.zeros(1, 7), 4)
