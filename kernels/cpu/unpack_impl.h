// From packed bits to 8-bit codes: 32 weights of 16 rows become eight vectors, byte 4r + i of vector j being weight
// 4j + i of row r. One struct a format says where its scales lie; layouts in repack.cpp and docs/cpu-kernels.md.

template <int SHIFT> VEC I nibbles(I v) { return iand(SHIFT ? shr<SHIFT>(v) : v, iset8(15)); }

VEC void codes4(const uint8_t* p, I* w) {
    for (int j = 0; j < 4; ++j) {
        I v = iload(p + 64 * j);
        w[j] = nibbles<0>(v);
        w[j + 4] = nibbles<4>(v);
    }
}
// the fifth bit of vector j is bit j of each byte of `high`
VEC void codes5(const uint8_t* p, const uint8_t* high, I* w) {
    codes4(p, w);
    I h = iload(high), bit = iset8(16);
    w[0] = ior(w[0], iand(shl<4>(h), bit));
    w[1] = ior(w[1], iand(shl<3>(h), bit));
    w[2] = ior(w[2], iand(shl<2>(h), bit));
    w[3] = ior(w[3], iand(shl<1>(h), bit));
    w[4] = ior(w[4], iand(h, bit));
    w[5] = ior(w[5], iand(shr<1>(h), bit));
    w[6] = ior(w[6], iand(shr<2>(h), bit));
    w[7] = ior(w[7], iand(shr<3>(h), bit));
}
// two bits a weight: vector j (0 … 3) of the first 64 bytes, 4 … 7 of the second
VEC void codes2(const uint8_t* p, I* w) {
    I mask = iset8(3);
    for (int half = 0; half < 2; ++half) {
        I v = iload(p + 64 * half);
        w[4 * half + 0] = iand(v, mask);
        w[4 * half + 1] = iand(shr<2>(v), mask);
        w[4 * half + 2] = iand(shr<4>(v), mask);
        w[4 * half + 3] = iand(shr<6>(v), mask);
    }
}

template <int TYPE> struct Format;

struct LegacyFormat {  // blocks of 32 weights: codes, then half scales of the 16 rows, then half mins
    static constexpr bool SUPER = false;
    static constexpr int GROUP = 32, PER_BLOCK = 8;  // the blocks of 32 that one block of activations spans
};
template <> struct Format<Q4_0> : LegacyFormat {
    static constexpr bool MIN = false, WIDE = false;
    VEC void codes(const uint8_t* p, int c, I* w) { codes4(p + c * 288, w); }
    VEC F scale(const uint8_t* p, int c) { return load_f16(p + c * 288 + 256); }
};
template <> struct Format<Q4_1> : LegacyFormat {
    static constexpr bool MIN = true, WIDE = false;
    VEC void codes(const uint8_t* p, int c, I* w) { codes4(p + c * 320, w); }
    VEC F scale(const uint8_t* p, int c) { return load_f16(p + c * 320 + 256); }
    VEC F min(const uint8_t* p, int c) { return load_f16(p + c * 320 + 288); }
};
template <> struct Format<Q5_0> : LegacyFormat {
    static constexpr bool MIN = false, WIDE = false;
    VEC void codes(const uint8_t* p, int c, I* w) { codes5(p + c * 352, p + c * 352 + 256, w); }
    VEC F scale(const uint8_t* p, int c) { return load_f16(p + c * 352 + 320); }
};
template <> struct Format<Q5_1> : LegacyFormat {
    static constexpr bool MIN = true, WIDE = false;
    VEC void codes(const uint8_t* p, int c, I* w) { codes5(p + c * 384, p + c * 384 + 256, w); }
    VEC F scale(const uint8_t* p, int c) { return load_f16(p + c * 384 + 320); }
    VEC F min(const uint8_t* p, int c) { return load_f16(p + c * 384 + 352); }
};
template <> struct Format<Q8_0> : LegacyFormat {
    static constexpr bool MIN = false, WIDE = true;
    VEC void codes(const uint8_t* p, int c, I* w) {
        for (int j = 0; j < 8; ++j) w[j] = iload(p + c * 544 + 64 * j);
    }
    VEC F scale(const uint8_t* p, int c) { return load_f16(p + c * 544 + 512); }
};
// -127 … 113 of IQ4_NL, plus 128
static const uint8_t IQ4_LEVELS[16] = {1, 24, 45, 63, 79, 93, 106, 118, 129, 141, 153, 166, 181, 197, 217, 241};
template <> struct Format<IQ4_NL> : LegacyFormat {
    static constexpr bool MIN = false, WIDE = true;
    VEC void codes(const uint8_t* p, int c, I* w) {
        codes4(p + c * 288, w);
        for (int j = 0; j < 8; ++j) w[j] = lut16(IQ4_LEVELS, w[j]);
    }
    VEC F scale(const uint8_t* p, int c) { return load_f16(p + c * 288 + 256); }
};

// Super-blocks of 256: small integer scales times one half-precision scale.
struct SuperFormat {
    static constexpr bool SUPER = true;
    static constexpr int PER_BLOCK = 1;
};
template <> struct Format<Q4_K> : SuperFormat {
    static constexpr int GROUP = 32;
    static constexpr bool MIN = true, WIDE = false;
    VEC void codes(const uint8_t* p, int c, I* w) { codes4(p + 256 * c, w); }
    VEC F scale(const uint8_t* p, int g) { return fmul(d(p), tofloat(load_u8(p + 2048 + 16 * g))); }
    VEC I mins(const uint8_t* p, int pair) { return load_u8_pairs(p + 2176 + 32 * pair); }
    VEC F d(const uint8_t* p) { return load_f16(p + 2304); }
    VEC F dmin(const uint8_t* p) { return load_f16(p + 2336); }
};
template <> struct Format<Q5_K> : SuperFormat {
    static constexpr int GROUP = 32;
    static constexpr bool MIN = true, WIDE = false;
    VEC void codes(const uint8_t* p, int c, I* w) { codes5(p + 256 * c, p + 2048 + 64 * c, w); }
    VEC F scale(const uint8_t* p, int g) { return fmul(d(p), tofloat(load_u8(p + 2560 + 16 * g))); }
    VEC I mins(const uint8_t* p, int pair) { return load_u8_pairs(p + 2688 + 32 * pair); }
    VEC F d(const uint8_t* p) { return load_f16(p + 2816); }
    VEC F dmin(const uint8_t* p) { return load_f16(p + 2848); }
};
template <> struct Format<Q6_K> : SuperFormat {
    static constexpr int GROUP = 16;
    static constexpr bool MIN = false, WIDE = false;
    VEC void codes(const uint8_t* p, int c, I* w) {
        I high[8];
        codes4(p + 256 * c, w);
        codes2(p + 2048 + 128 * c, high);
        for (int j = 0; j < 8; ++j) w[j] = ior(w[j], shl<4>(high[j]));
    }
    VEC F scale(const uint8_t* p, int g) { return fmul(d(p), tofloat(load_s8(p + 3072 + 16 * g))); }
    VEC F d(const uint8_t* p) { return load_f16(p + 3328); }
};
template <> struct Format<Q2_K> : SuperFormat {
    static constexpr int GROUP = 16;
    static constexpr bool MIN = true, WIDE = false;
    VEC void codes(const uint8_t* p, int c, I* w) { codes2(p + 128 * c, w); }
    VEC F scale(const uint8_t* p, int g) { return fmul(d(p), tofloat(load_u8(p + 1024 + 16 * g))); }
    VEC I mins(const uint8_t* p, int pair) { return load_u8_pairs(p + 1280 + 32 * pair); }
    VEC F d(const uint8_t* p) { return load_f16(p + 1536); }
    VEC F dmin(const uint8_t* p) { return load_f16(p + 1568); }
};
template <> struct Format<Q3_K> : SuperFormat {
    static constexpr int GROUP = 16;
    static constexpr bool MIN = false, WIDE = false;
    VEC void codes(const uint8_t* p, int c, I* w) {
        codes2(p + 128 * c, w);
        I h = iload(p + 1024 + 64 * c), bit = iset8(4);
        w[0] = ior(w[0], iand(shl<2>(h), bit));
        w[1] = ior(w[1], iand(shl<1>(h), bit));
        w[2] = ior(w[2], iand(h, bit));
        w[3] = ior(w[3], iand(shr<1>(h), bit));
        w[4] = ior(w[4], iand(shr<2>(h), bit));
        w[5] = ior(w[5], iand(shr<3>(h), bit));
        w[6] = ior(w[6], iand(shr<4>(h), bit));
        w[7] = ior(w[7], iand(shr<5>(h), bit));
    }
    VEC F scale(const uint8_t* p, int g) { return fmul(d(p), tofloat(load_s8(p + 1536 + 16 * g))); }
    VEC F d(const uint8_t* p) { return load_f16(p + 1792); }
};
