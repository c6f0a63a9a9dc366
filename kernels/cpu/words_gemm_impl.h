// Many rows of x, sums in 16 bits: a block of weights is unpacked once into a panel, then multiplied with all rows.

struct alignas(64) PanelTile {  // 16 rows x 256 weights
    uint8_t codes[64][64];  // codes of eight bits are centred
    union {
        uint8_t words[16][64];  // integer scales, each twice
        float scale[8][16];
    };
    union {
        uint8_t pairs[8][64];  // sixteen pairs of int16
        float min[8][16];
    };
    float d[16], dmin[16];
};

template <int TYPE, int H> VEC void fill_codes(PanelTile* panel, const uint8_t* tile, int c) {
    I w[8];
    Format<TYPE>::codes(tile, c, w);
    for (int j = 0; j < 8; ++j) {
        __m256i v = half<H>(w[j]);
        if constexpr (Format<TYPE>::WIDE) v = _mm256_xor_si256(v, _mm256_set1_epi8((char)128));
        _mm256_store_si256((__m256i*)panel->codes[8 * c + j] + H, v);
    }
}

template <int TYPE> static void fill(PanelTile* panel, const uint8_t* tile, int chunks) {
    using Fmt = Format<TYPE>;
    for (int c = 0; c < chunks; ++c) {
        fill_codes<TYPE, 0>(panel, tile, c);
        fill_codes<TYPE, 1>(panel, tile, c);
        if constexpr (!Fmt::SUPER) fstore(panel->scale[c], Fmt::scale(tile, c));
        if constexpr (Fmt::MIN && !Fmt::SUPER) fstore(panel->min[c], Fmt::min(tile, c));
    }
    if constexpr (Fmt::SUPER) {
        for (int g = 0; g < BLOCK / Fmt::GROUP; ++g) istore(panel->words[g], scale_words<TYPE>(tile, g));
        fstore(panel->d, Fmt::d(tile));
    }
    if constexpr (Fmt::MIN && Fmt::SUPER) {
        fstore(panel->dmin, Fmt::dmin(tile));
        for (int pair = 0; pair < BLOCK / Fmt::GROUP / 2; ++pair) istore(panel->pairs[pair], Fmt::mins(tile, pair));
    }
}

// A format's arithmetic without its bits: formats that agree here share their micro-kernels.
template <bool IS_SUPER, int G, bool HAS_MIN, bool IS_WIDE, int FIT> struct Kind {
    static constexpr int GROUP = G, SPAN = FIT;
    static constexpr bool SUPER = IS_SUPER, MIN = HAS_MIN, WIDE = IS_WIDE;
};

VEC __m256i aligned(const void* p) { return _mm256_load_si256((const __m256i*)p); }

// R rows of x times one tile, one group of columns: 32-bit sums, scaled by the group's integers where it has them.
template <class K, int R>
VEC void group_sums(const PanelTile* panel, const int8_t* x, const int32_t* init, int g, __m256i (&wide)[R][2]) {
    constexpr int per = BLOCK / K::GROUP, EACH = K::GROUP / 4;
    __m256i acc[R][2];
#pragma GCC unroll 8
    for (int j = 0; j < EACH; ++j) {
        const __m256i* codes = (const __m256i*)panel->codes[g * EACH + j];
        const __m256i w[2] = {codes[0], codes[1]};
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) {
            const __m256i v = copies4(x + r * BLOCK + g * K::GROUP + 4 * j);
            for (int h = 0; h < 2; ++h) {
                if constexpr (VNNI) {
                    if (j == 0) wide[r][h] = K::MIN || K::WIDE ? _mm256_setzero_si256() : start4(init + r * per + g);
                    if constexpr (K::WIDE)
                        wide[r][h] = dot4(wide[r][h], _mm256_abs_epi8(w[h]), _mm256_sign_epi8(v, w[h]));
                    else wide[r][h] = dot4(wide[r][h], w[h], v);
                } else if constexpr (K::WIDE) {
                    if (j == 0) wide[r][h] = _mm256_setzero_si256();
                    multiply_add_wide(wide[r][h], w[h], _mm256_abs_epi8(w[h]), v);
                } else if (j % K::SPAN) {
                    multiply_add(acc[r][h], w[h], v);
                } else if (K::MIN) {
                    acc[r][h] = _mm256_maddubs_epi16(w[h], v);
                } else {
                    if (h == 0) acc[r][0] = acc[r][1] = copies4(init + r * per + g);
                    multiply_add(acc[r][h], w[h], v);
                }
            }
        }
        if (VNNI || K::WIDE || j % K::SPAN != K::SPAN - 1) continue;
        for (int h = 0; h < 2; ++h) {
            const __m256i scale = K::SUPER ? aligned(panel->words[g] + 32 * h) : _mm256_set1_epi16(1);
            for (int r = 0; r < R; ++r) {
                const __m256i product = _mm256_madd_epi16(acc[r][h], scale);
                wide[r][h] = j < K::SPAN ? product : _mm256_add_epi32(wide[r][h], product);
            }
        }
    }
    if constexpr (VNNI && K::SUPER)
        for (int h = 0; h < 2; ++h)
            for (int r = 0; r < R; ++r) wide[r][h] = scaled4(wide[r][h], aligned(panel->words[g] + 32 * h));
}

// R rows of x times one tile, one block of 256 deep, added to c [R, ldc].
template <class K, int R>
static void micro(const PanelTile* panel, const Acts* a, int64_t at, int chunks, float* c, int64_t ldc) {
    constexpr int per = BLOCK / K::GROUP;
    const int8_t* x = a->q + at * BLOCK;
    const int32_t* init = a->init + at * per;
    alignas(32) __m256i total[R][2];  // in memory, so that the sums of a group have the registers
    alignas(32) __m256 sum[R][2];
    for (int r = 0; r < R; ++r)
        for (int h = 0; h < 2; ++h) total[r][h] = _mm256_setzero_si256(), sum[r][h] = _mm256_setzero_ps();
    for (int g = 0; g < chunks * per / 8; ++g) {
        __m256i wide[R][2];
        group_sums<K, R>(panel, x, init, g, wide);
        for (int r = 0; r < R; ++r)
            for (int h = 0; h < 2; ++h) {
                if constexpr (K::SUPER) {
                    total[r][h] = _mm256_add_epi32(total[r][h], wide[r][h]);
                    asm("" : "+m"(total[r][h]));
                    continue;
                }
                const __m256 xs = _mm256_set1_ps(a->scale32[(at + r) * 8 + g]);
                const __m256 both = _mm256_mul_ps(_mm256_load_ps(panel->scale[g] + 8 * h), xs);
                sum[r][h] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(wide[r][h]), both, sum[r][h]);
                if constexpr (K::MIN)
                    sum[r][h] = _mm256_fmadd_ps(_mm256_load_ps(panel->min[g] + 8 * h),
                                                _mm256_set1_ps(((const float*)init)[r * per + g]), sum[r][h]);
                asm("" : "+m"(sum[r][h]));
            }
    }
    for (int r = 0; r < R; ++r) {
        const __m256 xs = _mm256_set1_ps(a->scale[at + r]);
        const int16_t* sums = (per == 8 ? a->sum32 : a->sum16) + (at + r) * per;
        for (int h = 0; h < 2; ++h) {
            __m256 all = sum[r][h];
            if constexpr (K::SUPER) all = _mm256_mul_ps(_mm256_cvtepi32_ps(total[r][h]), _mm256_load_ps(panel->d + 8 * h));
            if constexpr (K::SUPER && K::MIN) {
                __m256i low = _mm256_setzero_si256();
                for (int pair = 0; pair < per / 2; ++pair)
                    low = _mm256_add_epi32(
                        low, _mm256_madd_epi16(aligned(panel->pairs[pair] + 32 * h), copies4(sums + 2 * pair)));
                all = _mm256_fnmadd_ps(_mm256_cvtepi32_ps(low), _mm256_load_ps(panel->dmin + 8 * h), all);
            }
            float* out = c + r * ldc + 8 * h;
            _mm256_storeu_ps(out, _mm256_fmadd_ps(all, xs, _mm256_loadu_ps(out)));
        }
    }
}

constexpr int WORD_ROWS = 4;  // eight sums of 16 bits, two vectors of codes, one of x and a product in 16 registers

template <class K>
static void micro_rows(int rows, const PanelTile* panel, const Acts* a, int64_t at, int chunks, float* c, int64_t ldc) {
    switch (rows) {
        case 1: return micro<K, 1>(panel, a, at, chunks, c, ldc);
        case 2: return micro<K, 2>(panel, a, at, chunks, c, ldc);
        case 3: return micro<K, 3>(panel, a, at, chunks, c, ldc);
        case 4: return micro<K, 4>(panel, a, at, chunks, c, ldc);
    }
}

// c [rows, C_WIDTH] = rows [row_begin, row_end) of x times tiles [begin, end) of w; `scratch` holds a panel of as many tiles.
template <int TYPE>
static void gemm(const Acts* a, const Weight* w, int64_t begin, int64_t end, int64_t row_begin, int64_t row_end,
                 float* c, void* scratch) {
    using Fmt = Format<TYPE>;
    using K = Kind<Fmt::SUPER, Fmt::GROUP, Fmt::MIN, Fmt::WIDE, span_of(TYPE)>;
    PanelTile* panel = (PanelTile*)scratch;
    const int64_t tiles = end - begin, rows = row_end - row_begin;
    const int64_t stride = tile_bytes(TYPE, w->k), step = block_bytes(TYPE) * Fmt::PER_BLOCK;
    const int64_t parts = ceil_div(rows, WORD_ROWS), lines = ceil_div(step, 64);
    for (int64_t r = 0; r < rows; ++r) __builtin_memset(c + r * C_WIDTH, 0, sizeof(float) * tiles * TILE);
    for (int64_t b = 0; b < a->blocks; ++b) {
        const int64_t left = (a->k - b * BLOCK) / CHUNK;
        const int chunks = left < 8 ? (int)left : 8;
        for (int64_t t = 0; t < tiles; ++t) fill<TYPE>(panel + t, w->data + (begin + t) * stride + b * step, chunks);
        for (int64_t t = 0; t < tiles; ++t) {  // a tile stays in the first cache while the rows pass
            const uint8_t* next = w->data + (begin + t) * stride + (b + 1) * step;  // after the last block: of a later tile
            for (int64_t part = 0; part < parts; ++part) {
                const int64_t from = rows * part / parts, to = rows * (part + 1) / parts;
                for (int64_t i = lines * part / parts; i < lines * (part + 1) / parts; ++i) prefetch(next + 64 * i);
                const int64_t at = b * a->m + row_begin + from;
                micro_rows<K>((int)(to - from), panel + t, a, at, chunks, c + from * C_WIDTH + t * TILE, C_WIDTH);
            }
        }
    }
}
