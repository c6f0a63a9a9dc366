# ruff: noqa: PLR0917, PLR1714
# mypy: disable-error-code="no-untyped-def,untyped-decorator,misc"
"""Triton: a tile of packed bits becomes `u`, `a`, `b` with weight = a · u + b; a and b once per chunk.

A code of B bits is shifted to the top of a float's mantissa under the exponent of one: u = 1 + code / 2^B, exact, in
a shift and one logic operation, where a conversion from integer runs at a quarter of the speed.

Chunks and planes: see gpu_layout.py. Tiles are [rows, chunks, width]; `row` counts from where the pointers stand,
`chunk` along a row.
"""

import triton
import triton.language as tl

ONE = tl.constexpr(0x3F800000)


@triton.jit
def upper(code, one, BITS: tl.constexpr):
    """1 + code / 2^BITS, float32. code: int32 below 2^BITS; one: the bits of 1.0 (gpu_words.py says why)."""
    return ((code << (23 - BITS)) | one).to(tl.float32, bitcast=True)


@triton.jit
def high_bits(High, row, chunk, inside, FORMAT: tl.constexpr, WIDTH: tl.constexpr, blocks):
    """What the format keeps of its codes elsewhere, for each weight of the chunk: a byte, or the word of all."""
    lane = tl.arange(0, WIDTH)
    if FORMAT == "Q5_0" or FORMAT == "Q5_1":
        words = High.to(tl.pointer_type(tl.int32)) + row[:, None] * blocks + chunk[None, :]
        word = tl.load(words, mask=inside, other=0)[:, :, None]
        return tl.broadcast_to(word, (word.shape[0], word.shape[1], WIDTH))
    if FORMAT == "Q5_K":
        place = chunk // 4 * 32
        first = High + row[:, None] * (blocks * 32) + place[None, :]
    elif FORMAT == "Q6_K":
        place = chunk // 8 * 64 + chunk % 8 // 4 * 32 + chunk % 2 * 16
        first = High + row[:, None] * (blocks * 64) + place[None, :]
    else:  # Q3_K
        place = chunk // 4 * 32 + chunk % 2 * 16
        first = High + row[:, None] * (blocks * 32) + place[None, :]
    return tl.load(first[:, :, None] + lane[None, None, :], mask=inside[:, :, None], other=0).to(tl.int32)


@triton.jit
def plane_codes(q, high, Levels, chunk, plane: tl.constexpr, FORMAT: tl.constexpr, WIDTH: tl.constexpr, one=ONE):
    """u of one plane, float32 [rows, chunks, width]. q: int32, the bytes of the chunk."""
    if FORMAT == "Q8_0":
        return upper(q ^ 0x80, one, 8)  # two's complement + 128
    if FORMAT == "INT8":
        return upper(q, one, 8)
    if FORMAT == "Q2_K":
        return upper((q >> 2 * plane) & 3, one, 2)
    if FORMAT == "Q3_K":
        bit = chunk % 4 // 2 * 4 + plane
        return upper(((q >> 2 * plane) & 3) | (((high >> bit[None, :, None]) & 1) << 2), one, 3)
    low = (q >> 4 * plane) & 15
    if FORMAT == "IQ4_NL":
        return tl.load(Levels + low)
    if FORMAT == "Q5_0" or FORMAT == "Q5_1":
        lane = tl.arange(0, WIDTH)[None, None, :] + 16 * plane
        return upper(low | (((high >> lane) & 1) << 4), one, 5)
    if FORMAT == "Q5_K":
        bit = chunk % 4 * 2 + plane
        return upper(low | (((high >> bit[None, :, None]) & 1) << 4), one, 5)
    if FORMAT == "Q6_K":
        shift = chunk % 4 // 2 * 2 + 4 * plane
        return upper(low | (((high >> shift[None, :, None]) & 3) << 4), one, 6)
    return upper(low, one, 4)


@triton.jit
def half(D, place, inside):
    return tl.load(D + place, mask=inside, other=0.0).to(tl.float32)


@triton.jit
def pair_of_6_bits(Scales, place, chunk, inside, LOW: tl.constexpr):
    """Two neighbouring 6-bit scales (LOW: 0) or mins (LOW: 4) of Q4_K and Q5_K at once, in the bytes of a word.

    place: of the 12 bytes; the pair 2g, 2g + 1 for chunk g of 4 lies in one piece, in either half.
    """
    words = Scales.to(tl.pointer_type(tl.int16)) + place // 2 + (chunk % 2)[None, :]
    own = tl.load(words + LOW // 2, mask=inside, other=0).to(tl.int32)
    rest = tl.load(words + 4, mask=inside, other=0).to(tl.int32)
    late = ((rest >> LOW) & 0x0F0F) | ((own >> 2) & 0x3030)
    return tl.where((chunk % 4 < 2)[None, :], own & 0x3F3F, late)


@triton.jit
def byte_of(Scales, place, inside):
    return tl.load(Scales + place, mask=inside, other=0).to(tl.int32)


@triton.jit
def plane_scales(Scales, D, row, chunk, inside, plane: tl.constexpr, FORMAT: tl.constexpr, blocks, GROUP: tl.constexpr):
    """a and b of one plane, float32 [rows, chunks]: weight = a · u + b. GROUP: columns of a scale (INT4, INT8)."""
    line = row[:, None]
    if FORMAT == "INT4" or FORMAT == "INT8":
        place = line * (blocks * 32 // GROUP) + (chunk * 32 // GROUP)[None, :]
        s, zero = half(D, place, inside), byte_of(Scales, place, inside).to(tl.float32)
        return (16.0 * s, -s * (16.0 + zero)) if FORMAT == "INT4" else (256.0 * s, -s * (256.0 + zero))
    if FORMAT == "Q4_K" or FORMAT == "Q5_K":
        block = line * blocks + (chunk // 4)[None, :]
        scale = (pair_of_6_bits(Scales, block * 12, chunk, inside, 0) >> 8 * plane) & 63
        low = (pair_of_6_bits(Scales, block * 12, chunk, inside, 4) >> 8 * plane) & 63
        s = half(D, block * 2, inside) * scale.to(tl.float32)
        m = -half(D, block * 2 + 1, inside) * low.to(tl.float32)
        return (16.0 * s, m - 16.0 * s) if FORMAT == "Q4_K" else (32.0 * s, m - 32.0 * s)
    if FORMAT == "Q2_K":
        block = line * blocks + (chunk // 4)[None, :]
        packed = byte_of(Scales, block * 16 + (chunk % 4 // 2 * 8 + plane * 2 + chunk % 2)[None, :], inside)
        s = half(D, block * 2, inside) * (packed & 15).to(tl.float32)
        m = -half(D, block * 2 + 1, inside) * (packed >> 4).to(tl.float32)
        return 4.0 * s, m - 4.0 * s
    if FORMAT == "Q3_K":
        block = line * blocks + (chunk // 4)[None, :]
        index = chunk % 4 // 2 * 8 + plane * 2 + chunk % 2
        low = byte_of(Scales, block * 12 + (index % 8)[None, :], inside)
        top = byte_of(Scales, block * 12 + 8 + (index % 4)[None, :], inside)
        code = ((low >> (index // 8 * 4)[None, :]) & 15) | (((top >> (index // 4 * 2)[None, :]) & 3) << 4)
        s = half(D, block, inside) * (code - 32).to(tl.float32)
        return 8.0 * s, -12.0 * s
    if FORMAT == "Q6_K":
        block = line * blocks + (chunk // 8)[None, :]
        place = block * 16 + (chunk % 8 // 4 * 8 + plane * 4 + chunk % 4)[None, :]
        scale = tl.load(Scales.to(tl.pointer_type(tl.int8)) + place, mask=inside, other=0)
        s = half(D, block, inside) * scale.to(tl.float32)
        return 64.0 * s, -96.0 * s
    block = line * blocks + chunk[None, :]
    if FORMAT == "Q4_1":
        d, m = half(D, block * 2, inside), half(D, block * 2 + 1, inside)
        return 16.0 * d, m - 16.0 * d
    if FORMAT == "Q5_1":
        d, m = half(D, block * 2, inside), half(D, block * 2 + 1, inside)
        return 32.0 * d, m - 32.0 * d
    d = half(D, block, inside)
    if FORMAT == "IQ4_NL":
        return d, 0.0 * d
    if FORMAT == "Q8_0":
        return 256.0 * d, -384.0 * d
    if FORMAT == "Q5_0":
        return 32.0 * d, -48.0 * d
    return 16.0 * d, -24.0 * d  # Q4_0
