// One row of x: a token of an answer. Each code is met once, so both halves of a tile are multiplied as they are unpacked,
// two vectors at a time, and x is broadcast once for both. Two streams of tiles are read in turn, block by block: a
// processor fetches two quicker than one, and asks for a stream's next block while it multiplies one of the other.

constexpr int STREAMS = 2;

constexpr bool in_pairs(int type) {  // vectors j and j + 4 share a byte
    return type == Q4_0 || type == Q4_1 || type == Q4_K || type == Q5_0 || type == Q5_1 || type == Q5_K || type == Q6_K;
}
constexpr int fifth_bits_of(int type) { return type == Q5_0 || type == Q5_1 || type == Q5_K; }

template <int SHIFT> VEC __m256i shifted(__m256i v) {  // left when positive
    if constexpr (SHIFT > 0) return _mm256_slli_epi16(v, SHIFT);
    else if constexpr (SHIFT < 0) return _mm256_srli_epi16(v, -SHIFT);
    else return v;
}

// Vectors J and J + 4 of chunk c, half H; as `codes` of unpack_impl.h has them.
template <int TYPE, int J, int H> VEC void pair(const uint8_t* tile, int c, __m256i& low, __m256i& high) {
    constexpr bool SUPER = Format<TYPE>::SUPER;
    const uint8_t* at = tile + c * (SUPER ? 256 : block_bytes(TYPE)) + 32 * H;
    const __m256i v = _mm256_loadu_si256((const __m256i*)(at + 64 * J)), nibble = _mm256_set1_epi8(15);
    low = _mm256_and_si256(v, nibble);
    high = _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble);
    if constexpr (fifth_bits_of(TYPE)) {
        const __m256i bit = _mm256_set1_epi8(16);
        const __m256i fifth = _mm256_loadu_si256((const __m256i*)(SUPER ? tile + 2048 + 64 * c + 32 * H : at + 256));
        low = _mm256_or_si256(low, _mm256_and_si256(shifted<4 - J>(fifth), bit));
        high = _mm256_or_si256(high, _mm256_and_si256(shifted<-J>(fifth), bit));
    }
    if constexpr (TYPE == Q6_K) {
        const __m256i bits = _mm256_set1_epi8(48);
        const uint8_t* two = tile + 2048 + 128 * c + 32 * H;
        low = _mm256_or_si256(low, _mm256_and_si256(shifted<4 - 2 * J>(_mm256_loadu_si256((const __m256i*)two)), bits));
        high = _mm256_or_si256(
            high, _mm256_and_si256(shifted<4 - 2 * J>(_mm256_loadu_si256((const __m256i*)(two + 64))), bits));
    }
}

template <int TYPE, int J>
VEC void pair_products(const uint8_t* tile, int c, const int8_t* x, __m256i (&first)[2], __m256i (&second)[2]) {
    __m256i low[2], high[2];
    pair<TYPE, J, 0>(tile, c, low[0], high[0]);
    pair<TYPE, J, 1>(tile, c, low[1], high[1]);
    const __m256i a = copies4(x + 4 * J), b = copies4(x + 4 * J + 16);
    for (int h = 0; h < 2; ++h) multiply_add(first[h], low[h], a), multiply_add(second[h], high[h], b);
}

// Block b of one tile, added to `out`; `next` is what will be read soon.
template <int TYPE> VEC void one_block(const Acts* a, int64_t at, const uint8_t* tile, const uint8_t* next, int chunks, F* out) {
    using Fmt = Format<TYPE>;
    constexpr int per = BLOCK / Fmt::GROUP, GROUPS = 32 / Fmt::GROUP;
    constexpr bool STARTS = !Fmt::MIN, APART = GROUPS == 2 || span_of(TYPE) == 4;
    constexpr int64_t STEP = block_bytes(TYPE) * Fmt::PER_BLOCK;
    const int8_t* x = a->q + at * BLOCK;
    const int32_t* init = a->init + at * per;
    __m256i total[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    __m256 sum[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};
    for (int c = 0; c < chunks; ++c) {
        for (int64_t ahead = 0; ahead < STEP / 8; ahead += 64) prefetch(next + c * (STEP / 8) + ahead);
        __m256i first[2], second[2];
        first[0] = first[1] = STARTS ? copies4(init + c * GROUPS) : _mm256_setzero_si256();
        second[0] = second[1] = STARTS && GROUPS == 2 ? copies4(init + c * GROUPS + 1) : _mm256_setzero_si256();
        pair_products<TYPE, 0>(tile, c, x + c * CHUNK, first, second);
        pair_products<TYPE, 1>(tile, c, x + c * CHUNK, first, second);
        pair_products<TYPE, 2>(tile, c, x + c * CHUNK, first, second);
        pair_products<TYPE, 3>(tile, c, x + c * CHUNK, first, second);
        I scale = iset(0x10001), other = scale;
        if constexpr (Fmt::SUPER) scale = other = scale_words<TYPE>(tile, c * GROUPS);
        if constexpr (GROUPS == 2) other = scale_words<TYPE>(tile, c * GROUPS + 1);
        for (int h = 0; h < 2; ++h) {
            const __m256i by = h ? scale.b : scale.a, by_other = h ? other.b : other.a;
            __m256i wide;
            if constexpr (APART)
                wide = _mm256_add_epi32(_mm256_madd_epi16(first[h], by), _mm256_madd_epi16(second[h], by_other));
            else wide = _mm256_madd_epi16(_mm256_add_epi16(first[h], second[h]), by);
            if constexpr (Fmt::SUPER) {
                total[h] = _mm256_add_epi32(total[h], wide);
            } else {
                const F scales = Fmt::scale(tile, c);
                const __m256 both = _mm256_mul_ps(h ? scales.b : scales.a, _mm256_set1_ps(a->scale32[at * 8 + c]));
                sum[h] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(wide), both, sum[h]);
                if constexpr (Fmt::MIN) {
                    const F mins = Fmt::min(tile, c);
                    sum[h] = _mm256_fmadd_ps(h ? mins.b : mins.a, _mm256_set1_ps(((const float*)init)[c]), sum[h]);
                }
            }
        }
    }
    if constexpr (Fmt::SUPER)
        for (int h = 0; h < 2; ++h) sum[h] = _mm256_cvtepi32_ps(total[h]);
    end_of_block<TYPE, 0>(a, at, tile, sum[0], out->a);
    end_of_block<TYPE, 1>(a, at, tile, sum[1], out->b);
}

// N tiles, `apart` bytes from one to the next, times the one row of x.
template <int TYPE, int N>
__attribute__((noinline)) static void one_row(const Acts* a, const uint8_t* tile, int64_t apart, F* out) {
    const int64_t step = block_bytes(TYPE) * Format<TYPE>::PER_BLOCK;
    for (int i = 0; i < N; ++i) out[i] = fzero();
    for (int64_t b = 0; b < a->blocks; ++b, tile += step) {
        const int64_t left = (a->k - b * BLOCK) / CHUNK;
        const int chunks = left < 8 ? (int)left : 8;
        for (int i = 0; i < N; ++i) one_block<TYPE>(a, b, tile + i * apart, tile + i * apart + step, chunks, out + i);
    }
}
