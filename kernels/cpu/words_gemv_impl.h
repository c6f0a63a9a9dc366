// Few rows of x, sums in 16 bits: products straight from the packed bits, for eight of a tile's sixteen rows at a time,
// so that all the codes of 32 columns stay in registers.

// Block b of the tile times M rows of x: `out` is the product less the activations' scale and the mins of super-blocks.
template <int TYPE, int M, int H>
VEC void gemv_block(const Acts* a, int64_t at, const uint8_t* tile, int chunks, __m256* out) {
    using Fmt = Format<TYPE>;
    constexpr int per = BLOCK / Fmt::GROUP, SPAN = span_of(TYPE), EACH = Fmt::GROUP / 4;
    constexpr bool STARTS = !Fmt::MIN && !Fmt::WIDE;
    constexpr int64_t STEP = block_bytes(TYPE) * Fmt::PER_BLOCK;
    const int8_t* x = a->q + at * BLOCK;
    const int32_t* init = a->init + at * per;
    __m256i total[M];
    __m256 sum[M];
    for (int r = 0; r < M; ++r) total[r] = _mm256_setzero_si256(), sum[r] = _mm256_setzero_ps();
    for (int c = 0; c < chunks; ++c) {
        if constexpr (H == 0)  // the other half is in the same lines
            for (int64_t ahead = 0; ahead < STEP / 8; ahead += 64) prefetch(tile + c * (STEP / 8) + ahead + 3072);
        I codes[8];
        Fmt::codes(tile, c, codes);  // only this half of them is used, and made
        __m256i w[8];
        for (int j = 0; j < 8; ++j) w[j] = half<H>(codes[j]);
        if constexpr (Fmt::WIDE)
            for (int j = 0; j < 8; ++j) w[j] = _mm256_xor_si256(w[j], _mm256_set1_epi8((char)128));
#pragma GCC unroll 2
        for (int part = 0; part < 8 / EACH; ++part) {
            const int g = c * (8 / EACH) + part;
            __m256i scale = _mm256_set1_epi16(1);
            if constexpr (Fmt::SUPER) scale = half<H>(scale_words<TYPE>(tile, g));
#pragma GCC unroll 4
            for (int r = 0; r < M; ++r) {
                const int8_t* xr = x + r * BLOCK + c * CHUNK;
                __m256i wide = _mm256_setzero_si256(), acc;
                if constexpr (VNNI && STARTS) wide = start4(init + r * per + g);
#pragma GCC unroll 8
                for (int j = part * EACH; j < (part + 1) * EACH; ++j) {
                    const __m256i v = copies4(xr + 4 * j);
                    if constexpr (VNNI) {
                        if constexpr (Fmt::WIDE) wide = dot4(wide, _mm256_abs_epi8(w[j]), _mm256_sign_epi8(v, w[j]));
                        else wide = dot4(wide, w[j], v);
                        continue;
                    }
                    if constexpr (Fmt::WIDE) {
                        multiply_add_wide(wide, w[j], _mm256_abs_epi8(w[j]), v);
                        continue;
                    }
                    if (j % SPAN == 0 && !STARTS) acc = _mm256_maddubs_epi16(w[j], v);
                    else if (j % SPAN == 0) acc = copies4(init + r * per + g), multiply_add(acc, w[j], v);
                    else multiply_add(acc, w[j], v);
                    if (j % SPAN == SPAN - 1) wide = _mm256_add_epi32(wide, _mm256_madd_epi16(acc, scale));
                }
                if constexpr (VNNI && Fmt::SUPER) wide = scaled4(wide, scale);
                if constexpr (Fmt::SUPER) {
                    total[r] = _mm256_add_epi32(total[r], wide);
                } else {
                    const __m256 xs = _mm256_set1_ps(a->scale32[(at + r) * 8 + c]);
                    const __m256 both = _mm256_mul_ps(half<H>(Fmt::scale(tile, c)), xs);
                    sum[r] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(wide), both, sum[r]);
                    if constexpr (Fmt::MIN)
                        sum[r] = _mm256_fmadd_ps(half<H>(Fmt::min(tile, c)),
                                                 _mm256_set1_ps(((const float*)init)[r * per + g]), sum[r]);
                }
            }
        }
    }
    for (int r = 0; r < M; ++r)
        out[r] = Fmt::SUPER ? _mm256_cvtepi32_ps(total[r]) : sum[r];
}

// out += (sum · d - mins · dmin) · the activations' scale: one order of float operations for every number of rows.
template <int TYPE, int H> VEC void end_of_block(const Acts* a, int64_t at, const uint8_t* tile, __m256 sum, __m256& out) {
    using Fmt = Format<TYPE>;
    constexpr int per = BLOCK / Fmt::GROUP;
    if constexpr (Fmt::SUPER) sum = _mm256_mul_ps(sum, half<H>(Fmt::d(tile)));
    if constexpr (Fmt::SUPER && Fmt::MIN) {
        const int16_t* sums = (per == 8 ? a->sum32 : a->sum16) + at * per;
        __m256i low = _mm256_setzero_si256();
        for (int pair = 0; pair < per / 2; ++pair)
            low = _mm256_add_epi32(low, _mm256_madd_epi16(half<H>(Fmt::mins(tile, pair)), copies4(sums + 2 * pair)));
        sum = _mm256_fnmadd_ps(_mm256_cvtepi32_ps(low), half<H>(Fmt::dmin(tile)), sum);
    }
    out = _mm256_fmadd_ps(sum, _mm256_set1_ps(a->scale[at]), out);
}

template <int TYPE, int M, int H>
VEC void gemv_half(const Acts* a, int64_t at, const uint8_t* tile, int chunks, F* out) {
    __m256 sum[M];
    gemv_block<TYPE, M, H>(a, at, tile, chunks, sum);
    for (int r = 0; r < M; ++r) end_of_block<TYPE, H>(a, at + r, tile, sum[r], H ? out[r].b : out[r].a);
}

template <int TYPE, int M>
__attribute__((noinline)) static void gemv_tile(const Acts* a, int64_t row, const uint8_t* tile, F* out) {
    const int64_t step = block_bytes(TYPE) * Format<TYPE>::PER_BLOCK;
    for (int r = 0; r < M; ++r) out[r] = fzero();
    for (int64_t b = 0; b < a->blocks; ++b, tile += step) {
        const int64_t at = b * a->m + row, left = (a->k - b * BLOCK) / CHUNK;
        const int chunks = left < 8 ? (int)left : 8;
        gemv_half<TYPE, M, 0>(a, at, tile, chunks, out);
        gemv_half<TYPE, M, 1>(a, at, tile, chunks, out);
    }
}
