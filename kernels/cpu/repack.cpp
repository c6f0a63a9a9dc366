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

// Super-blocks pack bit planes over runs of `run` bytes.
void planes(const uint8_t* p, int bytes, int bits, int run, int shift, uint8_t* code) {
    const int per = 8 / bits, mask = (1 << bits) - 1;
    for (int i = 0; i < bytes; ++i)
        for (int plane = 0; plane < per; ++plane)
            code[i / run * run * per + plane * run + i % run] |= (uint8_t)((p[i] >> (plane * bits) & mask) << shift);
}

void read_block(int32_t type, const uint8_t* p, RawBlock* out) {
    memset(out, 0, sizeof *out);
    uint8_t* code = out->code;
    switch (type) {
        case Q4_0: case IQ4_NL:
            out->d = u16(p);
            planes(p + 2, 16, 4, 16, 0, code);
            break;
        case Q4_1:
            out->d = u16(p), out->dmin = u16(p + 2);
            planes(p + 4, 16, 4, 16, 0, code);
            break;
        case Q5_0: case Q5_1: {
            const int head = type == Q5_0 ? 2 : 4;
            out->d = u16(p);
            if (type == Q5_1) out->dmin = u16(p + 2);
            planes(p + head + 4, 16, 4, 16, 0, code);
            for (int i = 0; i < 32; ++i) code[i] |= (uint8_t)((p[head + i / 8] >> (i % 8) & 1) << 4);
            break;
        }
        case Q8_0:
            out->d = u16(p);
            for (int i = 0; i < 32; ++i) code[i] = p[2 + i] ^ 128;
            break;
        case Q2_K:
            for (int g = 0; g < 16; ++g) out->scale[g] = p[g] & 15, out->min[g] = p[g] >> 4;
            planes(p + 16, 64, 2, 32, 0, code);
            out->d = u16(p + 80), out->dmin = u16(p + 82);
            break;
        case Q3_K: {
            planes(p + 32, 64, 2, 32, 0, code);
            planes(p, 32, 1, 32, 2, code);
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
            if (type == Q5_K) planes(p + 16, 32, 1, 32, 4, code);
            planes(p + (type == Q5_K ? 48 : 16), 128, 4, 32, 0, code);
            break;
        case Q6_K:
            planes(p, 128, 4, 64, 0, code);
            planes(p + 128, 64, 2, 32, 4, code);
            memcpy(out->scale, p + 192, 16);
            out->d = u16(p + 208);
            break;
    }
}

int64_t file_block_bytes(int32_t type) {
    static const int bytes[TYPES] = {4, 2, 2, 18, 20, 22, 24, 34, 18, 84, 110, 144, 176, 210};
    return bytes[type];
}

void put4(const uint8_t* code, int row, uint8_t* out) {  // 32 weights of a row, nibbles
    for (int j = 0; j < 4; ++j)
        for (int i = 0; i < 4; ++i)
            out[64 * j + 4 * row + i] = (uint8_t)((code[4 * j + i] & 15) | (code[16 + 4 * j + i] & 15) << 4);
}
void put2(const uint8_t* code, int shift, int row, uint8_t* out) {
    for (int half = 0; half < 2; ++half)
        for (int i = 0; i < 4; ++i) {
            int byte = 0;
            for (int j = 0; j < 4; ++j) byte |= (code[16 * half + 4 * j + i] >> shift & 3) << (2 * j);
            out[64 * half + 4 * row + i] = (uint8_t)byte;
        }
}
void put1(const uint8_t* code, int shift, int row, uint8_t* out) {
    for (int i = 0; i < 4; ++i) {
        int byte = 0;
        for (int j = 0; j < 8; ++j) byte |= (code[4 * j + i] >> shift & 1) << j;
        out[4 * row + i] = (uint8_t)byte;
    }
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

}  // namespace

int64_t row_bytes(int32_t type, int64_t k) { return k / block_weights(type) * file_block_bytes(type); }

void repack_tile(int32_t type, int64_t n, int64_t k, const uint8_t* rows, int64_t tile, uint8_t* out) {
    const int64_t blocks = k / block_weights(type), from = file_block_bytes(type), to = block_bytes(type);
    memset(out, 0, (size_t)tile_bytes(type, k));
    for (int row = 0; row < TILE && tile * TILE + row < n; ++row) {
        const uint8_t* p = rows + (tile * TILE + row) * row_bytes(type, k);
        for (int64_t b = 0; b < blocks; ++b) {
            if (type <= BF16) {
                memcpy(out + b * to + row * from, p + b * from, (size_t)from);
                continue;
            }
            RawBlock raw;
            read_block(type, p + b * from, &raw);
            write_block(type, &raw, row, out + b * to);
        }
    }
}

}  // namespace ks
