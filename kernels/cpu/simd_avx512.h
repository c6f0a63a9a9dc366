// Sixteen lanes as one AVX-512 register: needs F, BW, DQ, VL and VNNI.
#pragma once  // included inside a namespace of its own, after the system headers

typedef __m512i I;
typedef __m512 F;
#define VEC static inline __attribute__((always_inline))
constexpr int MR = 6, NR = 2;    // rows x tiles of the GEMM's register block: 12 + 12 of 32 registers
constexpr int AR = 6, AV = 4;    // rows x vectors of attention: 24 sums
constexpr int FEW_ROWS = 8;

VEC I izero() { return _mm512_setzero_si512(); }
VEC F fzero() { return _mm512_setzero_ps(); }
VEC I iload(const void* p) { return _mm512_loadu_si512(p); }
VEC void istore(void* p, I v) { _mm512_storeu_si512(p, v); }
VEC F fload(const float* p) { return _mm512_loadu_ps(p); }
VEC void fstore(float* p, F v) { _mm512_storeu_ps(p, v); }
VEC I bcast4(const void* p) { int v; __builtin_memcpy(&v, p, 4); return _mm512_set1_epi32(v); }
VEC I iset(int v) { return _mm512_set1_epi32(v); }
VEC I iset8(int v) { return _mm512_set1_epi8((char)v); }
VEC F fset(float v) { return _mm512_set1_ps(v); }
VEC I iand(I a, I b) { return _mm512_and_si512(a, b); }
VEC I ior(I a, I b) { return _mm512_or_si512(a, b); }
VEC I ixor(I a, I b) { return _mm512_xor_si512(a, b); }
template <int N> VEC I shr(I v) { return _mm512_srli_epi16(v, N); }
template <int N> VEC I shl(I v) { return _mm512_slli_epi16(v, N); }
VEC I iadd(I a, I b) { return _mm512_add_epi32(a, b); }
VEC I imul(I a, I b) { return _mm512_mullo_epi32(a, b); }
VEC I dot4(I acc, I codes, I x) { return _mm512_dpbusd_epi32(acc, codes, x); }
VEC I dot2(I acc, I a, I b) { return _mm512_dpwssd_epi32(acc, a, b); }
VEC I lut16(const void* table, I index) {
    return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i*)table)), index);
}
VEC I load_u8(const void* p) { return _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i*)p)); }
VEC I load_s8(const void* p) { return _mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i*)p)); }
VEC I load_u8_pairs(const void* p) { return _mm512_cvtepu8_epi16(_mm256_loadu_si256((const __m256i*)p)); }
VEC F load_f16(const void* p) { return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i*)p)); }
VEC F load_bf16(const void* p) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i*)p)), 16));
}
VEC F tofloat(I v) { return _mm512_cvtepi32_ps(v); }
VEC I toint(F v) { return _mm512_cvtps_epi32(v); }  // to nearest, ties to even
VEC F fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
VEC F fnma(F a, F b, F c) { return _mm512_fnmadd_ps(a, b, c); }
VEC F fmul(F a, F b) { return _mm512_mul_ps(a, b); }
VEC F fadd(F a, F b) { return _mm512_add_ps(a, b); }
VEC F fsub(F a, F b) { return _mm512_sub_ps(a, b); }
VEC F fdiv(F a, F b) { return _mm512_div_ps(a, b); }
VEC F fmax(F a, F b) { return _mm512_max_ps(a, b); }
VEC F fmin(F a, F b) { return _mm512_min_ps(a, b); }
VEC F fabs_(F a) { return _mm512_abs_ps(a); }
VEC F pow2i(I n) { return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_add_epi32(n, _mm512_set1_epi32(127)), 23)); }
VEC float hmax(F a) { return _mm512_reduce_max_ps(a); }
VEC float hsum(F a) { return _mm512_reduce_add_ps(a); }
VEC int hsumi(I a) { return _mm512_reduce_add_epi32(a); }
VEC void store_s8(void* p, I v) { _mm_storeu_si128((__m128i*)p, _mm512_cvtsepi32_epi8(v)); }
VEC void store_f16(void* p, F v) { _mm256_storeu_si256((__m256i*)p, _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT)); }
VEC void prefetch(const void* p) { _mm_prefetch((const char*)p, _MM_HINT_T0); }
VEC I isub_(I v, int x) { return _mm512_sub_epi32(v, _mm512_set1_epi32(x)); }
VEC F above(F x, float limit, F value) {  // value where x > limit, else 0
    return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x, _mm512_set1_ps(limit), _CMP_GT_OQ), value);
}
VEC void store_s16(void* p, I v) { _mm256_storeu_si256((__m256i*)p, _mm512_cvtsepi32_epi16(v)); }
VEC F asfloat(I v) { return _mm512_castsi512_ps(v); }
VEC I asint(F v) { return _mm512_castps_si512(v); }
VEC I pair16(I low, I high) { return _mm512_mask_blend_epi16(0xaaaaaaaa, low, _mm512_slli_epi32(high, 16)); }
// Sixteen codes of four bits, two a byte, less 8.
VEC I load_s4(const void* p) {
    const __m128i packed = _mm_cvtepu8_epi16(_mm_loadl_epi64((const __m128i*)p));
    const __m128i both = _mm_or_si128(packed, _mm_slli_epi16(packed, 4));
    return isub_(_mm512_cvtepu8_epi32(_mm_and_si128(both, _mm_set1_epi8(15))), 8);
}
// rows[i] lane j <-> rows[j] lane i
VEC void transpose16(F* rows) {
    __m512d t[16];
    F u[16];
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_castps_pd(_mm512_unpacklo_ps(rows[i], rows[i + 1]));
        t[i + 1] = _mm512_castps_pd(_mm512_unpackhi_ps(rows[i], rows[i + 1]));
    }
    for (int i = 0; i < 16; i += 4) {
        u[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(t[i], t[i + 2]));
        u[i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(t[i], t[i + 2]));
        u[i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(t[i + 1], t[i + 3]));
        u[i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(t[i + 1], t[i + 3]));
    }
    for (int i = 0; i < 4; ++i) {  // u[4b + i], 128-bit lane l: column 4l + i of rows 4b … 4b + 3
        const F a = _mm512_shuffle_f32x4(u[i], u[i + 4], 0x88), b = _mm512_shuffle_f32x4(u[i + 8], u[i + 12], 0x88);
        const F c = _mm512_shuffle_f32x4(u[i], u[i + 4], 0xdd), d = _mm512_shuffle_f32x4(u[i + 8], u[i + 12], 0xdd);
        rows[i] = _mm512_shuffle_f32x4(a, b, 0x88);
        rows[i + 8] = _mm512_shuffle_f32x4(a, b, 0xdd);
        rows[i + 4] = _mm512_shuffle_f32x4(c, d, 0x88);
        rows[i + 12] = _mm512_shuffle_f32x4(c, d, 0xdd);
    }
}
template <int S> VEC F swap_lanes(F x) {  // lane i gets lane i ^ S
    if constexpr (S == 1) return _mm512_permute_ps(x, 0xb1);
    else if constexpr (S == 2) return _mm512_permute_ps(x, 0x4e);
    else if constexpr (S == 4) return _mm512_shuffle_f32x4(x, x, 0xb1);
    else return _mm512_shuffle_f32x4(x, x, 0x4e);
}
