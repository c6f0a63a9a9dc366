// From the file's rows to the interleaved layout: the same bits, sixteen rows side by side.
//
// Codes of one row are first spread to one byte each; then, for every 32 weights, vector j (64 bytes) holds weights
// 4j … 4j + 3 of rows 0 … 15, and low bits of several vectors share a byte: vectors j and j + 4 its nibbles, vectors
// 4h … 4h + 3 its bit pairs, vectors 0 … 7 its bits.
#include "repack.h"

#include <string.h>

namespace ks {
namespace {

struct RawBlock {  // one block of one row, spread out
    uint8_t code[256];
    int8_t scale[16];
    uint8_t min[16];
    uint16_t d, dmin;
};

uint16_t u16(const uint8_t* p) { return (uint16_t)(p[0] | p[1] << 8); }

void scales6(const uint8_t* p, RawBlock* out) {
    for (int g = 0; g < 4; ++g) {
        out->scale[g] = p[g] & 63;
        out->min[g] = p[g + 4] & 63;
        out->scale[g + 4] = (int8_t)((p[g + 8] & 15) | (p[g] >> 6 << 4));
        out->min[g + 4] = (uint8_t)((p[g + 8] >> 4) | (p[g + 4] >> 6 << 4));
    }
}

uint64_t word8(const uint8_t* p) {
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}
uint32_t word4(const uint8_t* p) {
    uint32_t v;
    memcpy(&v, p, 4);
    return v;
}

// Super-blocks pack bit planes over runs of RUN bytes; eight codes at a time, in the bytes of a word.
template <int BITS, int RUN> void planes(const uint8_t* p, int bytes, int shift, uint8_t* code) {
    constexpr int PER = 8 / BITS;
    constexpr uint64_t MASK = 0x0101010101010101u * ((1 << BITS) - 1);
    for (int run = 0; run < bytes; run += RUN)
        for (int i = 0; i < RUN; i += 8)
            for (int plane = 0; plane < PER; ++plane) {
                uint8_t* out = code + run * PER + plane * RUN + i;
                const uint64_t v = word8(out) | (word8(p + run + i) >> (plane * BITS) & MASK) << shift;
                memcpy(out, &v, 8);
            }
}

// Bit i of `bits` to bit 4 of code i.
void fifth_bits(uint8_t bits, uint8_t* code) {
    const uint64_t each = bits * 0x0101010101010101u & 0x8040201008040201u;  // byte i: bit i, or nothing
    const uint64_t v = word8(code) | ((each + 0x7f7f7f7f7f7f7f7fu) >> 7 & 0x0101010101010101u) << 4;
    memcpy(code, &v, 8);
}

void read_block(int32_t type, const uint8_t* p, RawBlock* out) {
    uint8_t* code = out->code;
    memset(code, 0, (size_t)block_weights(type));
    switch (type) {
        case Q4_0: case IQ4_NL:
            out->d = u16(p);
            planes<4, 16>(p + 2, 16, 0, code);
            break;
        case Q4_1:
            out->d = u16(p), out->dmin = u16(p + 2);
            planes<4, 16>(p + 4, 16, 0, code);
            break;
        case Q5_0: case Q5_1: {
            const int head = type == Q5_0 ? 2 : 4;
            out->d = u16(p);
            if (type == Q5_1) out->dmin = u16(p + 2);
            planes<4, 16>(p + head + 4, 16, 0, code);
            for (int i = 0; i < 4; ++i) fifth_bits(p[head + i], code + 8 * i);
            break;
        }
        case Q8_0:
            out->d = u16(p);
            for (int i = 0; i < 32; ++i) code[i] = p[2 + i] ^ 128;
            break;
        case Q2_K:
            for (int g = 0; g < 16; ++g) out->scale[g] = p[g] & 15, out->min[g] = p[g] >> 4;
            planes<2, 32>(p + 16, 64, 0, code);
            out->d = u16(p + 80), out->dmin = u16(p + 82);
            break;
        case Q3_K: {
            planes<2, 32>(p + 32, 64, 0, code);
            planes<1, 32>(p, 32, 2, code);
            const uint8_t* s = p + 96;
            for (int g = 0; g < 16; ++g) {
                const int low = g < 8 ? s[g] & 15 : s[g - 8] >> 4;
                out->scale[g] = (int8_t)((low | (s[8 + g % 4] >> (g / 4 * 2) & 3) << 4) - 32);
            }
            out->d = u16(p + 108);
            break;
        }
        case Q4_K: case Q5_K:
            out->d = u16(p), out->dmin = u16(p + 2);
            scales6(p + 4, out);
            if (type == Q5_K) planes<1, 32>(p + 16, 32, 4, code);
            planes<4, 32>(p + (type == Q5_K ? 48 : 16), 128, 0, code);
            break;
        case Q6_K:
            planes<4, 64>(p, 128, 0, code);
            planes<2, 32>(p + 128, 64, 4, code);
            memcpy(out->scale, p + 192, 16);
            out->d = u16(p + 208);
            break;
    }
}

int64_t file_block_bytes(int32_t type) {
    static const int bytes[TYPES] = {4, 2, 2, 18, 20, 22, 24, 34, 18, 84, 110, 144, 176, 210};
    return bytes[type];
}

// 32 codes of a row to where the tile has them, four at a time.
void put4(const uint8_t* code, int row, uint8_t* out) {  // nibbles
    for (int j = 0; j < 4; ++j) {
        const uint32_t v = (word4(code + 4 * j) & 0x0f0f0f0f) | (word4(code + 16 + 4 * j) & 0x0f0f0f0f) << 4;
        memcpy(out + 64 * j + 4 * row, &v, 4);
    }
}
void put2(const uint8_t* code, int shift, int row, uint8_t* out) {
    for (int half = 0; half < 2; ++half) {
        uint32_t v = 0;
        for (int j = 0; j < 4; ++j) v |= (word4(code + 16 * half + 4 * j) >> shift & 0x03030303) << (2 * j);
        memcpy(out + 64 * half + 4 * row, &v, 4);
    }
}
void put1(const uint8_t* code, int shift, int row, uint8_t* out) {
    uint32_t v = 0;
    for (int j = 0; j < 8; ++j) v |= (word4(code + 4 * j) >> shift & 0x01010101) << j;
    memcpy(out + 4 * row, &v, 4);
}
void put8(const uint8_t* code, int row, uint8_t* out) {
    for (int j = 0; j < 8; ++j) memcpy(out + 64 * j + 4 * row, code + 4 * j, 4);
}

void write_block(int32_t type, const RawBlock* b, int row, uint8_t* out) {
    auto half = [&](int at, uint16_t value) { memcpy(out + at + 2 * row, &value, 2); };
    auto scales = [&](int at, int groups) {
        for (int g = 0; g < groups; ++g) out[at + 16 * g + row] = (uint8_t)b->scale[g];
    };
    auto mins = [&](int at, int groups) {  // in pairs of groups
        for (int g = 0; g < groups; ++g) out[at + 32 * (g / 2) + 2 * row + g % 2] = b->min[g];
    };
    switch (type) {
        case Q4_0: case IQ4_NL: put4(b->code, row, out), half(256, b->d); break;
        case Q4_1: put4(b->code, row, out), half(256, b->d), half(288, b->dmin); break;
        case Q5_0: put4(b->code, row, out), put1(b->code, 4, row, out + 256), half(320, b->d); break;
        case Q5_1:
            put4(b->code, row, out), put1(b->code, 4, row, out + 256), half(320, b->d), half(352, b->dmin);
            break;
        case Q8_0: put8(b->code, row, out), half(512, b->d); break;
        case Q2_K:
            for (int c = 0; c < 8; ++c) put2(b->code + 32 * c, 0, row, out + 128 * c);
            scales(1024, 16), mins(1280, 16), half(1536, b->d), half(1568, b->dmin);
            break;
        case Q3_K:
            for (int c = 0; c < 8; ++c) {
                put2(b->code + 32 * c, 0, row, out + 128 * c);
                put1(b->code + 32 * c, 2, row, out + 1024 + 64 * c);
            }
            scales(1536, 16), half(1792, b->d);
            break;
        case Q4_K:
            for (int c = 0; c < 8; ++c) put4(b->code + 32 * c, row, out + 256 * c);
            scales(2048, 8), mins(2176, 8), half(2304, b->d), half(2336, b->dmin);
            break;
        case Q5_K:
            for (int c = 0; c < 8; ++c) {
                put4(b->code + 32 * c, row, out + 256 * c);
                put1(b->code + 32 * c, 4, row, out + 2048 + 64 * c);
            }
            scales(2560, 8), mins(2688, 8), half(2816, b->d), half(2848, b->dmin);
            break;
        case Q6_K:
            for (int c = 0; c < 8; ++c) {
                put4(b->code + 32 * c, row, out + 256 * c);
                put2(b->code + 32 * c, 4, row, out + 2048 + 128 * c);
            }
            scales(3072, 16), half(3328, b->d);
            break;
    }
}

template <int SIZE> void plain(const uint8_t* rows, int64_t stride, int64_t count, int64_t k, uint8_t* out) {
    for (int64_t i = 0; i < k; ++i)
        for (int64_t row = 0; row < count; ++row)
            memcpy(out + (i * TILE + row) * SIZE, rows + row * stride + i * SIZE, SIZE);
}

}  // namespace

int64_t row_bytes(int32_t type, int64_t k) { return k / block_weights(type) * file_block_bytes(type); }

void repack_tile(int32_t type, int64_t n, int64_t k, const uint8_t* rows, int64_t tile, uint8_t* out) {
    const int64_t blocks = k / block_weights(type), from = file_block_bytes(type), to = block_bytes(type);
    const int64_t here = n - tile * TILE < TILE ? n - tile * TILE : TILE, stride = row_bytes(type, k);
    const uint8_t* first = rows + tile * TILE * stride;
    if (here < TILE) memset(out, 0, (size_t)tile_bytes(type, k));
    if (type == F32) return plain<4>(first, stride, here, k, out);
    if (type <= BF16) return plain<2>(first, stride, here, k, out);
    for (int64_t b = 0; b < blocks; ++b)  // all rows of one block: what is written lies in the first cache
        for (int row = 0; row < here; ++row) {
            const uint8_t* p = first + row * stride + b * from;
            RawBlock raw;
            read_block(type, p, &raw);
            write_block(type, &raw, row, out + b * to);
        }
}

}  // namespace ks
