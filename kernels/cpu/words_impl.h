// Sums in 16 bits. AVX2 has no instruction that multiplies bytes and adds them up in 32 bits: vpmaddubsw leaves sums of
// two products in 16, and widening each of them (vpmaddwd, vpaddd) costs more than the product. So as many products as
// the range of a format's codes allows are added in 16 bits first, and the one widening multiplies with the group's
// scale. All of it is exact, whatever the order.
//
// A format's offset is taken back by what a sum starts from: -offset · (sum of the x that this 16-bit lane will meet).
// Sums may wrap on the way; the last one, of (code - offset) · x, fits.

constexpr int top_of(int type) {  // the largest code
    switch (type) {
        case Q4_0: case Q4_1: case Q4_K: return 15;
        case Q5_0: case Q5_1: case Q5_K: return 31;
        case Q2_K: return 3;
        case Q3_K: return 7;
        case Q6_K: return 63;
    }
    return 255;
}
// Vectors of codes whose products with x (two products of at most 127 a lane) one sum of 16 bits holds.
constexpr int span_of(int type) {
    const int top = top_of(type), offset = type == Q8_0 || type == IQ4_NL ? 0 : offset_of(type);
    const int reach = offset > top - offset ? offset : top - offset;
    const int fit = 32767 / (2 * 127 * reach), all = group_of(type) / 4;
    return fit < all ? fit : all;
}
static_assert(span_of(Q4_K) == 8 && span_of(Q4_1) == 8 && span_of(Q5_0) == 8 && span_of(Q4_0) == 8, "one widening a group");
static_assert(span_of(Q6_K) == 4 && span_of(Q3_K) == 4 && span_of(Q2_K) == 4, "one widening a group");
static_assert(span_of(Q5_K) == 4 && span_of(Q5_1) == 4, "two widenings a group");

template <int H> VEC __m256i half(I v) { return H ? v.b : v.a; }
template <int H> VEC __m256 half(F v) { return H ? v.b : v.a; }
VEC __m256i copies4(const void* p) { int v; __builtin_memcpy(&v, p, 4); return _mm256_set1_epi32(v); }

// sum += products of unsigned codes with signed x. Assembly, because gcc otherwise gathers the additions of a group in a
// tree, for which it needs more registers than there are.
VEC void multiply_add(__m256i& sum, __m256i codes, __m256i x) {
    __m256i product;
    asm("vpmaddubsw %3, %2, %1\n\t"
        "vpaddw %1, %0, %0"
        : "+x"(sum), "=&x"(product) : "x"(codes), "x"(x));
}
// For codes of eight bits, centred: |code| · (x with the code's sign), each pair widened at once, since no two fit.
VEC void multiply_add_wide(__m256i& sum, __m256i codes, __m256i size, __m256i x) {
    __m256i product;
    asm("vpsignb %2, %4, %1\n\t"
        "vpmaddubsw %1, %3, %1\n\t"
        "vpmaddwd %5, %1, %1\n\t"
        "vpaddd %1, %0, %0"
        : "+x"(sum), "=&x"(product) : "x"(codes), "x"(size), "x"(x), "x"(_mm256_set1_epi16(1)));
}

#ifdef KS_VNNI
// What AVX-VNNI has in the place of two or four instructions: sums of four products in 32 bits. It changes no integer.
VEC __m256i dot4(__m256i sum, __m256i codes, __m256i x) {
#ifdef __AVXVNNI__
    return _mm256_dpbusd_avx_epi32(sum, codes, x);
#else  // for processors without it, where only the arithmetic around it is to be checked
    const __m256i one = _mm256_set1_epi16(1), mask = _mm256_set1_epi16(255);
    const __m256i even = _mm256_maddubs_epi16(_mm256_and_si256(codes, mask), x);
    const __m256i odd = _mm256_maddubs_epi16(_mm256_andnot_si256(mask, codes), x);
    return _mm256_add_epi32(sum, _mm256_add_epi32(_mm256_madd_epi16(even, one), _mm256_madd_epi16(odd, one)));
#endif
}
// The two words that 16-bit sums start from, as one number.
VEC __m256i start4(const int32_t* words) { return _mm256_madd_epi16(copies4(words), _mm256_set1_epi16(1)); }
VEC __m256i scaled4(__m256i sum, __m256i scale_words) {
    return _mm256_mullo_epi32(sum, _mm256_srai_epi32(scale_words, 16));
}
constexpr bool VNNI = true;
#else
VEC __m256i dot4(__m256i sum, __m256i, __m256i) { return sum; }
VEC __m256i start4(const int32_t*) { return _mm256_setzero_si256(); }
VEC __m256i scaled4(__m256i sum, __m256i) { return sum; }
constexpr bool VNNI = false;  // and the three above are not called
#endif

// The group's integer scales, each twice: the second operand of the widening.
template <int TYPE> VEC I scale_words(const uint8_t* tile, int group) {
    constexpr int at = TYPE == Q2_K ? 1024 : TYPE == Q3_K ? 1536 : TYPE == Q4_K ? 2048 : TYPE == Q5_K ? 2560 : 3072;
    const __m128i bytes = _mm_loadu_si128((const __m128i*)(tile + at + 16 * group));  // unsigned ones are below 64
    return {_mm256_cvtepi8_epi16(_mm_unpacklo_epi8(bytes, bytes)), _mm256_cvtepi8_epi16(_mm_unpackhi_epi8(bytes, bytes))};
}

// What 16-bit sums start from: of each group, two words, for the columns 0, 1 and 2, 3 of every four.
static void prepare_init(const Acts* a, int32_t type, int64_t begin, int64_t end) {
    const int per = BLOCK / group_of(type);
    for (int64_t cell, b = 0; b < a->blocks; ++b)
        for (int64_t row = begin; row < end; ++row) {
            cell = b * a->m + row;
            if (type == Q4_1 || type == Q5_1) {
                for (int g = 0; g < 8; ++g)
                    ((float*)a->init)[cell * 8 + g] = a->scale32[cell * 8 + g] * (float)a->sum32[cell * 8 + g];
                continue;
            }
            if (!offset_of(type) || type == Q8_0 || type == IQ4_NL) continue;
            const __m256i minus = _mm256_set1_epi16((int16_t)-offset_of(type));
            for (int c = 0; c < 8; ++c) {
                const __m256i x = _mm256_loadu_si256((const __m256i*)(a->q + cell * BLOCK + 32 * c));
                __m256i sums = _mm256_maddubs_epi16(_mm256_set1_epi8(1), x);
                sums = _mm256_add_epi16(sums, _mm256_shuffle_epi32(sums, 0x4e));
                sums = _mm256_add_epi16(sums, _mm256_shuffle_epi32(sums, 0xb1));
                int32_t* out = a->init + cell * per + c * (per / 8);
                const __m256i other = _mm256_permute2x128_si256(sums, sums, 1);
                if (per == 8) sums = _mm256_add_epi16(sums, other);
                sums = _mm256_mullo_epi16(sums, minus);
                out[0] = _mm256_extract_epi32(sums, 0);
                if (per == 16) out[1] = _mm256_extract_epi32(sums, 4);
            }
        }
}
