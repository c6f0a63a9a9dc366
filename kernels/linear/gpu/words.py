# ruff: noqa: PLR0917, PLR1714, RET505 - what follows an `if` on a constant stands in its `else`, or it is compiled too
# mypy: disable-error-code="no-untyped-def,untyped-decorator,misc"
"""Triton: codes taken out of 32-bit words of packed bytes, for products of a few rows (gpu_gemv.py).

A code moves to the top of a float's mantissa in one shift and one logic operation; bytes are never taken apart. `one`
is 0x3F800000, the bits of 1.0, as an argument of the kernel: an instruction holds one constant, so that of two ptxas
makes two instructions, word & mask and then | one. The places are those of gpu_decode.py and gpu_decode_rows.py: byte
BYTE of a word, plane `plane` of the byte.
"""

import triton
import triton.language as tl


@triton.jit
def moved(word, AT: tl.constexpr, TO: tl.constexpr, BITS: tl.constexpr):
    """The BITS at bit AT, at bit TO, all else zero."""
    mask: tl.constexpr = (((1 << BITS) - 1) << TO) - ((1 << 32) if TO + BITS == 32 else 0)
    if AT <= TO:
        return (word << (TO - AT)) & mask
    else:
        return (word >> (AT - TO)) & mask


@triton.jit
def as_float(bits):
    return bits.to(tl.float32, bitcast=True)


@triton.jit
def code_at(word, one, AT: tl.constexpr, BITS: tl.constexpr):
    """1 + code / 2^BITS, float32, of the code at bit AT. one: the bits of 1.0."""
    return as_float(moved(word, AT, 23 - BITS, BITS) | one)


@triton.jit
def words_at(Bytes, place, inside, WORDS: tl.constexpr):
    """int32 [rows, parts, WORDS] from byte `place` [rows, parts] on, a multiple of four."""
    first = Bytes.to(tl.pointer_type(tl.int32)) + place // 4
    return tl.load(first[:, :, None] + tl.arange(0, WORDS)[None, None, :], mask=inside[:, :, None], other=0)


@triton.jit
def high_words(High, row, chunk, offset, inside, blocks, chunks, FORMAT: tl.constexpr, WORDS: tl.constexpr):
    """What a format keeps of its codes elsewhere, shifted so that the rest of the way is the same for all chunks.

    offset: of a part in its chunk, bytes.
    """
    line = row[:, None]
    if FORMAT == "Q5_0" or FORMAT == "Q5_1":  # a word a block: bit i is of column i
        word = tl.load(High.to(tl.pointer_type(tl.int32)) + line * blocks + chunk[None, :], mask=inside, other=0)
        return word[:, :, None] >> (offset[:, None] + 4 * tl.arange(0, WORDS)[None, :])[None, :, :]
    elif FORMAT == "Q5_K":
        word = words_at(High, line * (blocks * 32) + (chunk // 4 * 32 + offset)[None, :], inside, WORDS)
        return word >> (chunk % 4 * 2)[None, :, None]
    elif FORMAT == "Q6_K":
        place = chunk // 8 * 64 + chunk % 8 // 4 * 32 + chunk % 2 * 16 + offset
        word = words_at(High, line * (blocks * 64) + place[None, :], inside, WORDS)
        return word >> (chunk % 4 // 2 * 2)[None, :, None]
    elif FORMAT == "Q3_K":
        place = chunk // 4 * 32 + chunk % 2 * 16 + offset
        word = words_at(High, line * (blocks * 32) + place[None, :], inside, WORDS)
        return word >> (chunk % 4 // 2 * 4)[None, :, None]
    elif FORMAT == "THREE":
        word = words_at(High, line * (blocks * 32) + (chunk // 2 * 32 + offset)[None, :], inside, WORDS)
        return word >> (chunk % 2 * 4)[None, :, None]
    else:  # MAT4, MAT8
        return words_at(High, line * (chunks * 32) + (chunk * 32 + offset)[None, :], inside, WORDS)


@triton.jit
def word_codes(q, high, low, Levels, one, plane: tl.constexpr, BYTE: tl.constexpr, FORMAT: tl.constexpr):
    """u of one byte and plane, float32 of q's shape. low: MatQuant's nibbles of this plane and its neighbour."""
    if FORMAT == "Q8_0" or FORMAT == "SIGNED8":
        return code_at(q ^ -2139062144, one, 8 * BYTE, 8)  # 0x80808080: two's complement + 128
    elif FORMAT == "INT8":
        return code_at(q, one, 8 * BYTE, 8)
    elif FORMAT == "E4M3":  # its exponent and mantissa under float32's: 2^120 too small, exact to the least subnormal
        bits = moved(q, 8 * BYTE, 20, 7) | moved(q, 8 * BYTE + 7, 31, 1)
        return as_float(bits) * 1.329227995784916e36
    elif FORMAT == "SIGN":
        return code_at(q, one, 8 * BYTE + plane, 1)
    elif FORMAT == "Q2_K" or FORMAT == "TWO":
        return code_at(q, one, 8 * BYTE + 2 * plane, 2)
    elif FORMAT == "Q3_K" or FORMAT == "THREE":
        return as_float(moved(q, 8 * BYTE + 2 * plane, 20, 2) | moved(high, 8 * BYTE + plane, 22, 1) | one)
    elif FORMAT == "MAT4":
        return as_float(moved(q, 8 * BYTE + 2 * plane, 21, 2) | moved(high, 8 * BYTE + 2 * plane, 19, 2) | one)
    elif FORMAT == "MAT8":
        top = moved(q, 8 * BYTE + 2 * plane, 21, 2) | moved(high, 8 * BYTE + 2 * plane, 19, 2)
        return as_float(top | moved(low, 8 * BYTE + plane % 2 * 4, 15, 4) | one)
    elif FORMAT == "Q5_0" or FORMAT == "Q5_1":
        return as_float(moved(q, 8 * BYTE + 4 * plane, 18, 4) | moved(high, 16 * plane + BYTE, 22, 1) | one)
    elif FORMAT == "Q5_K":
        return as_float(moved(q, 8 * BYTE + 4 * plane, 18, 4) | moved(high, 8 * BYTE + plane, 22, 1) | one)
    elif FORMAT == "Q6_K":
        return as_float(moved(q, 8 * BYTE + 4 * plane, 17, 4) | moved(high, 8 * BYTE + 4 * plane, 21, 2) | one)
    elif FORMAT == "IQ4_NL":
        return tl.load(Levels + moved(q, 8 * BYTE + 4 * plane, 0, 4))
    elif FORMAT == "TERNARY":  # two bytes at once, each a fraction of 256 times three (gemv_kernel): its whole part
        return code_at(q if BYTE % 2 == 0 else high, one, 8 + 16 * (BYTE // 2), 2)
    else:  # Q4_0, Q4_1, Q4_K, INT4, FOUR
        return code_at(q, one, 8 * BYTE + 4 * plane, 4)


@triton.jit
def lattice_codes(q, high, one, plane: tl.constexpr, FORMAT: tl.constexpr):
    """u of one coordinate of E8P, float32; q, high: words of nibbles (gpu_decode_rows.row_words)."""
    u = code_at(q, one, 4 * plane, 4)
    if FORMAT == "E8P3":
        u += code_at(high, one, 4 * plane, 4) * 0.5050505050505051  # 1 / 1.98
    elif FORMAT == "E8P4":
        u += code_at(high, one, 4 * plane, 4) * 0.2898550724637681  # 1 / 3.45
    return u
