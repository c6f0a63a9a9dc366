// Sixteen lanes as two AVX2 registers: needs AVX2, FMA and F16C.
#pragma once  // included inside a namespace of its own, after the system headers

struct I { __m256i a, b; };
struct F { __m256 a, b; };
#define VEC static inline __attribute__((always_inline))
#define KS_WORDS  // products are summed in 16 bits first (words_impl.h)
constexpr int AR = 6, AV = 1;
constexpr int FEW_ROWS = 16;  // a panel pays only beyond

VEC I izero() { return {_mm256_setzero_si256(), _mm256_setzero_si256()}; }
VEC F fzero() { return {_mm256_setzero_ps(), _mm256_setzero_ps()}; }
VEC I iload(const void* p) {
    return {_mm256_loadu_si256((const __m256i*)p), _mm256_loadu_si256((const __m256i*)p + 1)};
}
VEC void istore(void* p, I v) { _mm256_storeu_si256((__m256i*)p, v.a), _mm256_storeu_si256((__m256i*)p + 1, v.b); }
VEC F fload(const float* p) { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
VEC void fstore(float* p, F v) { _mm256_storeu_ps(p, v.a), _mm256_storeu_ps(p + 8, v.b); }
VEC I iset(int v) { __m256i x = _mm256_set1_epi32(v); return {x, x}; }
VEC I bcast4(const void* p) { int v; __builtin_memcpy(&v, p, 4); return iset(v); }
VEC I iset8(int v) { __m256i x = _mm256_set1_epi8((char)v); return {x, x}; }
VEC F fset(float v) { __m256 x = _mm256_set1_ps(v); return {x, x}; }
VEC I iand(I x, I y) { return {_mm256_and_si256(x.a, y.a), _mm256_and_si256(x.b, y.b)}; }
VEC I ior(I x, I y) { return {_mm256_or_si256(x.a, y.a), _mm256_or_si256(x.b, y.b)}; }
VEC I ixor(I x, I y) { return {_mm256_xor_si256(x.a, y.a), _mm256_xor_si256(x.b, y.b)}; }
template <int N> VEC I shr(I v) { return {_mm256_srli_epi16(v.a, N), _mm256_srli_epi16(v.b, N)}; }
template <int N> VEC I shl(I v) { return {_mm256_slli_epi16(v.a, N), _mm256_slli_epi16(v.b, N)}; }
VEC I iadd(I x, I y) { return {_mm256_add_epi32(x.a, y.a), _mm256_add_epi32(x.b, y.b)}; }
VEC I imul(I x, I y) { return {_mm256_mullo_epi32(x.a, y.a), _mm256_mullo_epi32(x.b, y.b)}; }
VEC I dot2(I acc, I x, I y) {
    return {_mm256_add_epi32(acc.a, _mm256_madd_epi16(x.a, y.a)), _mm256_add_epi32(acc.b, _mm256_madd_epi16(x.b, y.b))};
}
VEC I lut16(const void* table, I index) {
    __m256i t = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i*)table));
    return {_mm256_shuffle_epi8(t, index.a), _mm256_shuffle_epi8(t, index.b)};
}
VEC I load_u8(const void* p) {
    return {_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i*)p)),
            _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i*)((const char*)p + 8)))};
}
VEC I load_s8(const void* p) {
    return {_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i*)p)),
            _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i*)((const char*)p + 8)))};
}
VEC I load_u8_pairs(const void* p) {
    return {_mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i*)p)),
            _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i*)p + 1))};
}
VEC F load_f16(const void* p) {
    return {_mm256_cvtph_ps(_mm_loadu_si128((const __m128i*)p)), _mm256_cvtph_ps(_mm_loadu_si128((const __m128i*)p + 1))};
}
VEC F load_bf16(const void* p) {
    const __m128i* q = (const __m128i*)p;
    return {_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128(q)), 16)),
            _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128(q + 1)), 16))};
}
VEC F tofloat(I v) { return {_mm256_cvtepi32_ps(v.a), _mm256_cvtepi32_ps(v.b)}; }
VEC I toint(F v) { return {_mm256_cvtps_epi32(v.a), _mm256_cvtps_epi32(v.b)}; }
VEC F fma(F x, F y, F z) { return {_mm256_fmadd_ps(x.a, y.a, z.a), _mm256_fmadd_ps(x.b, y.b, z.b)}; }
VEC F fnma(F x, F y, F z) { return {_mm256_fnmadd_ps(x.a, y.a, z.a), _mm256_fnmadd_ps(x.b, y.b, z.b)}; }
VEC F fmul(F x, F y) { return {_mm256_mul_ps(x.a, y.a), _mm256_mul_ps(x.b, y.b)}; }
VEC F fadd(F x, F y) { return {_mm256_add_ps(x.a, y.a), _mm256_add_ps(x.b, y.b)}; }
VEC F fsub(F x, F y) { return {_mm256_sub_ps(x.a, y.a), _mm256_sub_ps(x.b, y.b)}; }
VEC F fdiv(F x, F y) { return {_mm256_div_ps(x.a, y.a), _mm256_div_ps(x.b, y.b)}; }
VEC F fmax(F x, F y) { return {_mm256_max_ps(x.a, y.a), _mm256_max_ps(x.b, y.b)}; }
VEC F fmin(F x, F y) { return {_mm256_min_ps(x.a, y.a), _mm256_min_ps(x.b, y.b)}; }
VEC F fabs_(F x) {
    __m256 mask = _mm256_castsi256_ps(_mm256_set1_epi32(0x7fffffff));
    return {_mm256_and_ps(x.a, mask), _mm256_and_ps(x.b, mask)};
}
VEC F pow2i(I n) {
    __m256i bias = _mm256_set1_epi32(127);
    return {_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(n.a, bias), 23)),
            _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(n.b, bias), 23))};
}
VEC float hmax(F x) {
    float part[8], top;
    _mm256_storeu_ps(part, _mm256_max_ps(x.a, x.b));
    top = part[0];
    for (int i = 1; i < 8; ++i) top = part[i] > top ? part[i] : top;
    return top;
}
VEC float hsum(F x) {  // the order of _mm512_reduce_add_ps
    __m256 eight = _mm256_add_ps(x.a, x.b);
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}
VEC int hsumi(I x) {
    int part[8], sum = 0;
    _mm256_storeu_si256((__m256i*)part, _mm256_add_epi32(x.a, x.b));
    for (int i = 0; i < 8; ++i) sum += part[i];
    return sum;
}
VEC void store_s8(void* p, I v) {
    __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(v.a, v.b), 0xd8);
    _mm_storeu_si128((__m128i*)p, _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1)));
}
VEC void store_f16(void* p, F v) {
    _mm_storeu_si128((__m128i*)p, _mm256_cvtps_ph(v.a, _MM_FROUND_TO_NEAREST_INT));
    _mm_storeu_si128((__m128i*)p + 1, _mm256_cvtps_ph(v.b, _MM_FROUND_TO_NEAREST_INT));
}
VEC void prefetch(const void* p) { _mm_prefetch((const char*)p, _MM_HINT_T0); }
VEC F above(F x, float limit, F value) {  // value where x > limit, else 0
    const __m256 l = _mm256_set1_ps(limit);
    return {_mm256_and_ps(value.a, _mm256_cmp_ps(x.a, l, _CMP_GT_OQ)), _mm256_and_ps(value.b, _mm256_cmp_ps(x.b, l, _CMP_GT_OQ))};
}
VEC void store_s16(void* p, I v) {
    _mm256_storeu_si256((__m256i*)p, _mm256_permute4x64_epi64(_mm256_packs_epi32(v.a, v.b), 0xd8));
}
VEC F asfloat(I v) { return {_mm256_castsi256_ps(v.a), _mm256_castsi256_ps(v.b)}; }
VEC I asint(F v) { return {_mm256_castps_si256(v.a), _mm256_castps_si256(v.b)}; }
VEC I pair16(I low, I high) {
    return {_mm256_blend_epi16(low.a, _mm256_slli_epi32(high.a, 16), 0xaa),
            _mm256_blend_epi16(low.b, _mm256_slli_epi32(high.b, 16), 0xaa)};
}
// Sixteen codes of four bits, two a byte, less 8.
VEC I load_s4(const void* p) {
    const __m128i packed = _mm_cvtepu8_epi16(_mm_loadl_epi64((const __m128i*)p));
    const __m128i both = _mm_and_si128(_mm_or_si128(packed, _mm_slli_epi16(packed, 4)), _mm_set1_epi8(15));
    const __m256i eight = _mm256_set1_epi32(8);
    return {_mm256_sub_epi32(_mm256_cvtepu8_epi32(both), eight),
            _mm256_sub_epi32(_mm256_cvtepu8_epi32(_mm_srli_si128(both, 8)), eight)};
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
    if constexpr (S == 1) return {_mm256_permute_ps(x.a, 0xb1), _mm256_permute_ps(x.b, 0xb1)};
    else if constexpr (S == 2) return {_mm256_permute_ps(x.a, 0x4e), _mm256_permute_ps(x.b, 0x4e)};
    else if constexpr (S == 4) return {_mm256_permute2f128_ps(x.a, x.a, 1), _mm256_permute2f128_ps(x.b, x.b, 1)};
    else return {x.b, x.a};
}
