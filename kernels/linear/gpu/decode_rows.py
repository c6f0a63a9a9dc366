# mypy: disable-error-code="no-untyped-def,untyped-decorator,misc"
# ruff: noqa: PLR0917
"""Triton: codes of formats with one scale per row become `u`, float32; weight = scale · (u + offset). See gpu_rows.py.

E8P keeps its codebook on chip: 256 words of eight nibbles, 1 KB, that every thread reads through the first-level cache.
"""

import triton
import triton.language as tl

from konspekt.kernels.linear.gpu.decode import upper


@triton.jit
def lattice_words(code, Table):
    """Eight nibbles of an E8P point: row of absolute values, seven signs, shift. code: int32, its low 16 bits.

    The seven sign bits times 0x204081 lie in seven nibbles; the eighth sign is their parity, and the table has it
    negated already where it must be odd.
    """
    word = tl.load(Table + ((code >> 8) & 255))
    seven = (((code >> 1) & 127) * 0x204081) & 0x01111111
    minus = seven | ((seven * 0x11111111) & 0x10000000)
    return (word ^ (minus * 15)) - minus * 3 - (code & 1) * 0x11111111


@triton.jit
def row_words(q, high, Table, FORMAT: tl.constexpr):
    """What the bytes of a chunk are made into once for all planes: words of nibbles for E8P, else themselves."""
    if FORMAT == "E8P2":
        q = lattice_words(q, Table)
        high = q
    elif FORMAT == "E8P3":
        q = lattice_words(q, Table)
        high = tl.load(Table + 256 + (high & 255))
    elif FORMAT == "E8P4":
        q, high = lattice_words(q, Table), lattice_words(high, Table)
    return q, high


@triton.jit
def row_high(High, row, chunk, inside, FORMAT: tl.constexpr, chunks):
    """int32 [rows, chunks, 32]: the bytes or codes of `high`; two chunks of THREE share theirs."""
    lane = tl.arange(0, 32)[None, None, :]
    if FORMAT == "THREE":
        place = row[:, None] * (chunks * 16) + (chunk // 2 * 32)[None, :]
    else:
        place = row[:, None] * (chunks * 32) + (chunk * 32)[None, :]
    return tl.load(High + place[:, :, None] + lane, mask=inside[:, :, None], other=0).to(tl.int32)


@triton.jit
def low_nibbles(Low, row, chunk, inside, plane: tl.constexpr, chunks):
    """int32: the low four bits of MatQuant's codes of a plane; two planes share 32 bytes."""
    lane = tl.arange(0, 32)[None, None, :]
    place = row[:, None] * (chunks * 64) + (chunk * 64 + plane // 2 * 32)[None, :]
    both = tl.load(Low + place[:, :, None] + lane, mask=inside[:, :, None], other=0).to(tl.int32)
    return (both >> (plane % 2 * 4)) & 15


@triton.jit
def row_codes(q, high, Low, one, row, chunk, inside, plane: tl.constexpr, FORMAT: tl.constexpr, chunks):
    """u of one plane, float32 [rows, chunks, 32]. q, high: int32, as `row_words` leaves them."""
    if FORMAT == "SIGNED8":
        return upper(q ^ 0x80, one, 8)
    if FORMAT == "E4M3":  # its exponent and mantissa under float32's: 2^120 too small, exact to the least subnormal
        return (((q & 0x80) << 24) | ((q & 0x7F) << 20)).to(tl.float32, bitcast=True) * 1.329227995784916e36
    if FORMAT == "SIGN":
        return upper((q >> plane) & 1, one, 1)
    if FORMAT == "TERNARY":
        power: tl.constexpr = 1 if plane == 0 else 3 if plane == 1 else 9 if plane == 2 else 27 if plane == 3 else 81
        digit = (((q * power) & 255) * 3) << 13  # its two bits are the 21st and 22nd
        return ((digit & 0x600000) | one).to(tl.float32, bitcast=True)
    if FORMAT == "TWO":
        return upper((q >> 2 * plane) & 3, one, 2)
    if FORMAT == "THREE":
        bit = chunk % 2 * 4 + plane
        return upper(((q >> 2 * plane) & 3) | (((high >> bit[None, :, None]) & 1) << 2), one, 3)
    if FORMAT == "MAT4":
        return upper((((q >> 2 * plane) & 3) << 2) | ((high >> 2 * plane) & 3), one, 4)
    if FORMAT == "MAT8":
        top = (((q >> 2 * plane) & 3) << 6) | (((high >> 2 * plane) & 3) << 4)
        return upper(top | low_nibbles(Low, row, chunk, inside, plane, chunks), one, 8)
    u = upper((q >> 4 * plane) & 15, one, 4)  # FOUR, E8P
    if FORMAT == "E8P3":
        return u + upper((high >> 4 * plane) & 15, one, 4) * 0.5050505050505051  # 1 / 1.98
    if FORMAT == "E8P4":
        return u + upper((high >> 4 * plane) & 15, one, 4) * 0.2898550724637681  # 1 / 3.45
    return u
