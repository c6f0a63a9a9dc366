// Sixteen lanes as plain arrays: any compiler, any processor. What is right matters here, not what is fast.
#pragma once  // included inside a namespace of its own, after the system headers

struct I { int32_t v[16]; };
struct F { float v[16]; };
#define VEC static inline
#define KS_LANES for (int i = 0; i < 16; ++i)
constexpr int MR = 2, NR = 1;
constexpr int AR = 6, AV = 1;
constexpr int FEW_ROWS = 8;

VEC I izero() { I r; memset(&r, 0, sizeof r); return r; }
VEC F fzero() { F r; memset(&r, 0, sizeof r); return r; }
VEC I iload(const void* p) { I r; memcpy(&r, p, 64); return r; }
VEC void istore(void* p, I v) { memcpy(p, &v, 64); }
VEC F fload(const float* p) { F r; memcpy(&r, p, 64); return r; }
VEC void fstore(float* p, F v) { memcpy(p, &v, 64); }
VEC I iset(int x) { I r; KS_LANES r.v[i] = x; return r; }
VEC I bcast4(const void* p) { int32_t x; memcpy(&x, p, 4); return iset(x); }
VEC I iset8(int x) { return iset((int32_t)(0x01010101u * (uint32_t)(x & 255))); }
VEC F fset(float x) { F r; KS_LANES r.v[i] = x; return r; }
VEC I iand(I a, I b) { KS_LANES a.v[i] &= b.v[i]; return a; }
VEC I ior(I a, I b) { KS_LANES a.v[i] |= b.v[i]; return a; }
VEC I ixor(I a, I b) { KS_LANES a.v[i] ^= b.v[i]; return a; }
// Bits that cross a byte are masked away by every caller, so 32-bit lanes do as well as 16-bit ones.
template <int N> VEC I shr(I a) { KS_LANES a.v[i] = (int32_t)((uint32_t)a.v[i] >> N); return a; }
template <int N> VEC I shl(I a) { KS_LANES a.v[i] = (int32_t)((uint32_t)a.v[i] << N); return a; }
VEC I iadd(I a, I b) { KS_LANES a.v[i] += b.v[i]; return a; }
VEC I imul(I a, I b) { KS_LANES a.v[i] *= b.v[i]; return a; }
VEC I dot4(I acc, I codes, I x) {
    uint8_t c[64];
    int8_t y[64];
    memcpy(c, &codes, 64), memcpy(y, &x, 64);
    KS_LANES acc.v[i] += c[4 * i] * y[4 * i] + c[4 * i + 1] * y[4 * i + 1] + c[4 * i + 2] * y[4 * i + 2] + c[4 * i + 3] * y[4 * i + 3];
    return acc;
}
VEC I dot2(I acc, I a, I b) {
    int16_t c[32], y[32];
    memcpy(c, &a, 64), memcpy(y, &b, 64);
    KS_LANES acc.v[i] += c[2 * i] * y[2 * i] + c[2 * i + 1] * y[2 * i + 1];
    return acc;
}
VEC I lut16(const void* table, I index) {
    uint8_t t[16], x[64];
    memcpy(t, table, 16), memcpy(x, &index, 64);
    for (int i = 0; i < 64; ++i) x[i] = t[x[i] & 15];
    memcpy(&index, x, 64);
    return index;
}
VEC I load_u8(const void* p) { I r; KS_LANES r.v[i] = ((const uint8_t*)p)[i]; return r; }
VEC I load_s8(const void* p) { I r; KS_LANES r.v[i] = ((const int8_t*)p)[i]; return r; }
VEC I load_u8_pairs(const void* p) {
    int16_t x[32];
    for (int i = 0; i < 32; ++i) x[i] = ((const uint8_t*)p)[i];
    return iload(x);
}
VEC float half_to_float(uint16_t h) {
    const uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = h >> 10 & 31, mantissa = h & 1023;
    uint32_t bits;
    if (exponent == 31) bits = sign | 0x7f800000u | mantissa << 13;
    else if (exponent) bits = sign | (exponent + 112) << 23 | mantissa << 13;
    else {  // subnormal: mantissa · 2^-24
        float f = (float)mantissa * 5.9604644775390625e-8f;
        memcpy(&bits, &f, 4);
        bits |= sign;
    }
    float f;
    memcpy(&f, &bits, 4);
    return f;
}
VEC uint16_t float_to_half(float f) {  // to nearest, ties to even
    uint32_t bits;
    memcpy(&bits, &f, 4);
    const uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
    bits &= 0x7fffffff;
    if (bits > 0x7f800000) return (uint16_t)(sign | 0x7e00);
    if (bits >= 0x477ff000) return (uint16_t)(sign | 0x7c00);
    if (bits < 0x38800000) {  // below 2^-14: let float addition round at 2^-24
        float g;
        memcpy(&g, &bits, 4);
        g += 0.5f;
        memcpy(&bits, &g, 4);
        return (uint16_t)(sign | (bits - 0x3f000000));
    }
    bits += 0xfff + (bits >> 13 & 1);
    return (uint16_t)(sign | ((bits - 0x38000000) >> 13));
}
VEC F load_f16(const void* p) { uint16_t h[16]; memcpy(h, p, 32); F r; KS_LANES r.v[i] = half_to_float(h[i]); return r; }
VEC F load_bf16(const void* p) {
    uint16_t h[16];
    memcpy(h, p, 32);
    I r;
    KS_LANES r.v[i] = (int32_t)((uint32_t)h[i] << 16);
    F f;
    memcpy(&f, &r, 64);
    return f;
}
VEC F tofloat(I a) { F r; KS_LANES r.v[i] = (float)a.v[i]; return r; }
VEC I toint(F a) { I r; KS_LANES r.v[i] = (int32_t)rintf(a.v[i]); return r; }
// One rounding, as the vector units do it, so that every instruction set gives the same bits.
VEC F fma(F a, F b, F c) { KS_LANES c.v[i] = ::fmaf(a.v[i], b.v[i], c.v[i]); return c; }
VEC F fnma(F a, F b, F c) { KS_LANES c.v[i] = ::fmaf(-a.v[i], b.v[i], c.v[i]); return c; }
VEC F fmul(F a, F b) { KS_LANES a.v[i] *= b.v[i]; return a; }
VEC F fadd(F a, F b) { KS_LANES a.v[i] += b.v[i]; return a; }
VEC F fsub(F a, F b) { KS_LANES a.v[i] -= b.v[i]; return a; }
VEC F fdiv(F a, F b) { KS_LANES a.v[i] /= b.v[i]; return a; }
VEC F fmax(F a, F b) { KS_LANES a.v[i] = a.v[i] > b.v[i] ? a.v[i] : b.v[i]; return a; }
VEC F fmin(F a, F b) { KS_LANES a.v[i] = a.v[i] < b.v[i] ? a.v[i] : b.v[i]; return a; }
VEC F fabs_(F a) { KS_LANES a.v[i] = ::fabsf(a.v[i]); return a; }
VEC F pow2i(I n) { KS_LANES n.v[i] = (int32_t)((uint32_t)(n.v[i] + 127) << 23); F f; memcpy(&f, &n, 64); return f; }
VEC float hmax(F a) { float m = a.v[0]; KS_LANES m = a.v[i] > m ? a.v[i] : m; return m; }
VEC float hsum(F a) {  // the order of _mm512_reduce_add_ps
    for (int half = 8; half; half /= 2)
        for (int i = 0; i < half; ++i) a.v[i] += a.v[i + half];
    return a.v[0];
}
VEC int hsumi(I a) { int s = 0; KS_LANES s += a.v[i]; return s; }
VEC void store_s8(void* p, I a) {
    int8_t x[16];
    KS_LANES x[i] = (int8_t)(a.v[i] > 127 ? 127 : a.v[i] < -128 ? -128 : a.v[i]);
    memcpy(p, x, 16);
}
VEC void store_f16(void* p, F a) { uint16_t h[16]; KS_LANES h[i] = float_to_half(a.v[i]); memcpy(p, h, 32); }
VEC void prefetch(const void*) {}
VEC F above(F x, float limit, F value) { KS_LANES value.v[i] = x.v[i] > limit ? value.v[i] : 0.f; return value; }
VEC void store_s16(void* p, I a) {
    int16_t x[16];
    KS_LANES x[i] = (int16_t)(a.v[i] > 32767 ? 32767 : a.v[i] < -32768 ? -32768 : a.v[i]);
    memcpy(p, x, 32);
}
VEC F asfloat(I v) { F f; memcpy(&f, &v, 64); return f; }
VEC I asint(F f) { I v; memcpy(&v, &f, 64); return v; }
VEC I pair16(I low, I high) {
    KS_LANES low.v[i] = (int32_t)(((uint32_t)low.v[i] & 0xffff) | (uint32_t)high.v[i] << 16);
    return low;
}
VEC I load_s4(const void* p) {  // sixteen codes of four bits, two a byte, less 8
    I r;
    KS_LANES r.v[i] = (((const uint8_t*)p)[i / 2] >> (i % 2 * 4) & 15) - 8;
    return r;
}
VEC void transpose16(F* rows) {  // rows[i] lane j <-> rows[j] lane i
    alignas(64) float x[16][16];
    for (int i = 0; i < 16; ++i) fstore(x[i], rows[i]);
    for (int i = 0; i < 16; ++i)
        for (int j = 0; j < i; ++j) {
            const float swap = x[i][j];
            x[i][j] = x[j][i], x[j][i] = swap;
        }
    for (int i = 0; i < 16; ++i) rows[i] = fload(x[i]);
}
template <int S> VEC F swap_lanes(F x) { F r; KS_LANES r.v[i] = x.v[i ^ S]; return r; }
