// Sixteen lanes as four NEON registers. Products of bytes are one instruction with the dot product of ARMv8.2, four without.
#pragma once  // included inside a namespace of its own, after the system headers

struct I { int32x4_t a, b, c, d; };
struct F { float32x4_t a, b, c, d; };
#define VEC static inline __attribute__((always_inline))
#define KS_SIGNED_CODES  // there is no product of unsigned with signed bytes: codes of eight bits are centred first
#define KS_EACH(expression) {expression(a), expression(b), expression(c), expression(d)}
constexpr int MR = 3, NR = 1;  // 12 + 12 of 32 registers are sums
constexpr int AR = 4, AV = 1;
constexpr int FEW_ROWS = 8;

VEC uint8x16_t bytes(int32x4_t v) { return vreinterpretq_u8_s32(v); }
VEC int8x16_t signed_bytes(int32x4_t v) { return vreinterpretq_s8_s32(v); }
VEC int16x8_t words(int32x4_t v) { return vreinterpretq_s16_s32(v); }
VEC int32x4_t lanes(uint8x16_t v) { return vreinterpretq_s32_u8(v); }

VEC I iset(int v) { const int32x4_t x = vdupq_n_s32(v); return {x, x, x, x}; }
VEC F fset(float v) { const float32x4_t x = vdupq_n_f32(v); return {x, x, x, x}; }
VEC I izero() { return iset(0); }
VEC F fzero() { return fset(0.f); }
VEC I iload(const void* p) {
    const uint8_t* q = (const uint8_t*)p;
    return {lanes(vld1q_u8(q)), lanes(vld1q_u8(q + 16)), lanes(vld1q_u8(q + 32)), lanes(vld1q_u8(q + 48))};
}
VEC void istore(void* p, I v) {
    uint8_t* q = (uint8_t*)p;
    vst1q_u8(q, bytes(v.a)), vst1q_u8(q + 16, bytes(v.b)), vst1q_u8(q + 32, bytes(v.c)), vst1q_u8(q + 48, bytes(v.d));
}
VEC F fload(const float* p) { return {vld1q_f32(p), vld1q_f32(p + 4), vld1q_f32(p + 8), vld1q_f32(p + 12)}; }
VEC void fstore(float* p, F v) { vst1q_f32(p, v.a), vst1q_f32(p + 4, v.b), vst1q_f32(p + 8, v.c), vst1q_f32(p + 12, v.d); }
VEC I bcast4(const void* p) { int v; __builtin_memcpy(&v, p, 4); return iset(v); }
VEC I iset8(int v) { const int32x4_t x = lanes(vdupq_n_u8((uint8_t)v)); return {x, x, x, x}; }

#define KS_TWO(NAME, KIND, FUNCTION) \
    VEC KIND NAME(KIND x, KIND y) { return {FUNCTION(x.a, y.a), FUNCTION(x.b, y.b), FUNCTION(x.c, y.c), FUNCTION(x.d, y.d)}; }
KS_TWO(iand, I, vandq_s32)
KS_TWO(ior, I, vorrq_s32)
KS_TWO(ixor, I, veorq_s32)
KS_TWO(iadd, I, vaddq_s32)
KS_TWO(imul, I, vmulq_s32)
KS_TWO(fmul, F, vmulq_f32)
KS_TWO(fadd, F, vaddq_f32)
KS_TWO(fsub, F, vsubq_f32)
KS_TWO(fdiv, F, vdivq_f32)
VEC float32x4_t larger(float32x4_t x, float32x4_t y) { return vbslq_f32(vcgtq_f32(x, y), x, y); }  // y for no number
VEC float32x4_t smaller(float32x4_t x, float32x4_t y) { return vbslq_f32(vcltq_f32(x, y), x, y); }
KS_TWO(fmax, F, larger)
KS_TWO(fmin, F, smaller)
#undef KS_TWO

// Bits that cross a byte are masked away by every caller.
template <int N> VEC I shr(I v) {
#define X(p) lanes(vshrq_n_u8(bytes(v.p), N))
    if constexpr (N == 0) return v;
    else return KS_EACH(X);
#undef X
}
template <int N> VEC I shl(I v) {
#define X(p) lanes(vshlq_n_u8(bytes(v.p), N))
    return KS_EACH(X);
#undef X
}

VEC int32x4_t dot4(int32x4_t acc, int8x16_t x, int8x16_t y) {
#ifdef __ARM_FEATURE_DOTPROD
    return vdotq_s32(acc, x, y);
#else  // two products of signed bytes fit 16 bits
    const int16x8_t low = vmull_s8(vget_low_s8(x), vget_low_s8(y)), high = vmull_high_s8(x, y);
    return vpadalq_s16(acc, vpaddq_s16(low, high));
#endif
}
VEC I dot4(I acc, I codes, I x) {
#define X(p) dot4(acc.p, signed_bytes(codes.p), signed_bytes(x.p))
    return KS_EACH(X);
#undef X
}
VEC int32x4_t dot2(int32x4_t acc, int16x8_t x, int16x8_t y) {
    return vaddq_s32(acc, vpaddq_s32(vmull_s16(vget_low_s16(x), vget_low_s16(y)), vmull_high_s16(x, y)));
}
VEC I dot2(I acc, I x, I y) {
#define X(p) dot2(acc.p, words(x.p), words(y.p))
    return KS_EACH(X);
#undef X
}
VEC I lut16(const void* table, I index) {
    const uint8x16_t t = vld1q_u8((const uint8_t*)table);
#define X(p) lanes(vqtbl1q_u8(t, bytes(index.p)))
    return KS_EACH(X);
#undef X
}

VEC I widened(int16x8_t low, int16x8_t high) {
    return {vmovl_s16(vget_low_s16(low)), vmovl_high_s16(low), vmovl_s16(vget_low_s16(high)), vmovl_high_s16(high)};
}
VEC I load_s8(const void* p) {
    const int8x16_t v = vld1q_s8((const int8_t*)p);
    return widened(vmovl_s8(vget_low_s8(v)), vmovl_high_s8(v));
}
VEC int16x8_t wide_low(uint8x16_t v) { return vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(v))); }
VEC int16x8_t wide_high(uint8x16_t v) { return vreinterpretq_s16_u16(vmovl_high_u8(v)); }
VEC I load_u8(const void* p) {
    const uint8x16_t v = vld1q_u8((const uint8_t*)p);
    return widened(wide_low(v), wide_high(v));
}
VEC I load_u8_pairs(const void* p) {
    const uint8x16_t v = vld1q_u8((const uint8_t*)p), w = vld1q_u8((const uint8_t*)p + 16);
    return {vreinterpretq_s32_s16(wide_low(v)), vreinterpretq_s32_s16(wide_high(v)), vreinterpretq_s32_s16(wide_low(w)),
            vreinterpretq_s32_s16(wide_high(w))};
}
VEC F load_f16(const void* p) {
    const float16x8_t v = vreinterpretq_f16_u8(vld1q_u8((const uint8_t*)p));
    const float16x8_t w = vreinterpretq_f16_u8(vld1q_u8((const uint8_t*)p + 16));
    return {vcvt_f32_f16(vget_low_f16(v)), vcvt_high_f32_f16(v), vcvt_f32_f16(vget_low_f16(w)), vcvt_high_f32_f16(w)};
}
VEC F load_bf16(const void* p) {
    const uint16x8_t v = vreinterpretq_u16_u8(vld1q_u8((const uint8_t*)p));
    const uint16x8_t w = vreinterpretq_u16_u8(vld1q_u8((const uint8_t*)p + 16));
    return {vreinterpretq_f32_u32(vshll_n_u16(vget_low_u16(v), 16)), vreinterpretq_f32_u32(vshll_high_n_u16(v, 16)),
            vreinterpretq_f32_u32(vshll_n_u16(vget_low_u16(w), 16)), vreinterpretq_f32_u32(vshll_high_n_u16(w, 16))};
}
VEC F tofloat(I v) {
#define X(p) vcvtq_f32_s32(v.p)
    return KS_EACH(X);
#undef X
}
VEC I toint(F v) {  // to nearest, ties to even
#define X(p) vcvtnq_s32_f32(v.p)
    return KS_EACH(X);
#undef X
}
VEC F fma(F x, F y, F z) {
#define X(p) vfmaq_f32(z.p, x.p, y.p)
    return KS_EACH(X);
#undef X
}
VEC F fnma(F x, F y, F z) {
#define X(p) vfmsq_f32(z.p, x.p, y.p)
    return KS_EACH(X);
#undef X
}
VEC F fabs_(F x) {
#define X(p) vabsq_f32(x.p)
    return KS_EACH(X);
#undef X
}
VEC F asfloat(I v) {
#define X(p) vreinterpretq_f32_s32(v.p)
    return KS_EACH(X);
#undef X
}
VEC I asint(F v) {
#define X(p) vreinterpretq_s32_f32(v.p)
    return KS_EACH(X);
#undef X
}
VEC F pow2i(I n) {
#define X(p) vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(n.p, vdupq_n_s32(127)), 23))
    return KS_EACH(X);
#undef X
}
VEC float hmax(F x) { return vmaxvq_f32(vmaxq_f32(vmaxq_f32(x.a, x.b), vmaxq_f32(x.c, x.d))); }
VEC float hsum(F x) {  // halves, as every instruction set here adds up
    const float32x4_t four = vaddq_f32(vaddq_f32(x.a, x.c), vaddq_f32(x.b, x.d));
    const float32x2_t two = vadd_f32(vget_low_f32(four), vget_high_f32(four));
    return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
}
VEC int hsumi(I x) { return vaddvq_s32(vaddq_s32(vaddq_s32(x.a, x.b), vaddq_s32(x.c, x.d))); }
VEC int16x8_t low_words(I v) { return vcombine_s16(vqmovn_s32(v.a), vqmovn_s32(v.b)); }
VEC int16x8_t high_words(I v) { return vcombine_s16(vqmovn_s32(v.c), vqmovn_s32(v.d)); }
VEC void store_s8(void* p, I v) { vst1q_s8((int8_t*)p, vcombine_s8(vqmovn_s16(low_words(v)), vqmovn_s16(high_words(v)))); }
VEC void store_s16(void* p, I v) {
    vst1q_u8((uint8_t*)p, vreinterpretq_u8_s16(low_words(v)));
    vst1q_u8((uint8_t*)p + 16, vreinterpretq_u8_s16(high_words(v)));
}
VEC void store_f16(void* p, F v) {
    vst1q_u8((uint8_t*)p, vreinterpretq_u8_f16(vcombine_f16(vcvt_f16_f32(v.a), vcvt_f16_f32(v.b))));
    vst1q_u8((uint8_t*)p + 16, vreinterpretq_u8_f16(vcombine_f16(vcvt_f16_f32(v.c), vcvt_f16_f32(v.d))));
}
VEC void prefetch(const void* p) { __builtin_prefetch(p); }
VEC F above(F x, float limit, F value) {  // value where x > limit, else 0
#define X(p) vreinterpretq_f32_u32(vandq_u32(vcgtq_f32(x.p, vdupq_n_f32(limit)), vreinterpretq_u32_f32(value.p)))
    return KS_EACH(X);
#undef X
}
VEC I pair16(I low, I high) {
#define X(p) vsliq_n_s32(low.p, high.p, 16)
    return KS_EACH(X);
#undef X
}
VEC I load_s4(const void* p) {  // sixteen codes of four bits, two a byte, less 8
    const uint8x8_t v = vld1_u8((const uint8_t*)p), low = vand_u8(v, vdup_n_u8(15)), high = vshr_n_u8(v, 4);
    const uint8x16_t both = vcombine_u8(vzip1_u8(low, high), vzip2_u8(low, high));
    const int8x16_t codes = vreinterpretq_s8_u8(vsubq_u8(both, vdupq_n_u8(8)));
    return widened(vmovl_s8(vget_low_s8(codes)), vmovl_high_s8(codes));
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
template <int S> VEC F swap_lanes(F x) {  // lane i gets lane i ^ S
#define ONE(p) vrev64q_f32(x.p)
#define TWO(p) vextq_f32(x.p, x.p, 2)
    if constexpr (S == 1) return KS_EACH(ONE);
    else if constexpr (S == 2) return KS_EACH(TWO);
    else if constexpr (S == 4) return {x.b, x.a, x.d, x.c};
    else return {x.c, x.d, x.a, x.b};
#undef ONE
#undef TWO
}
