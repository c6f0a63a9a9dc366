// Many rows of x: a block of weights is unpacked once into a panel, then multiplied with all rows.

struct alignas(64) PanelTile {  // 16 rows x 256 weights
    uint8_t codes[64][64];
    float scale[16][16];
    union {
        uint8_t pairs[8][64];  // sixteen pairs of int16
        float min[8][16];
    };
    float dmin[16];
};

template <int TYPE> static void fill(PanelTile* panel, const uint8_t* tile, int chunks) {
    using Fmt = Format<TYPE>;
    constexpr int HALVES = 32 / Fmt::GROUP;
    for (int c = 0; c < chunks; ++c) {
        I w[8];
        centred_codes<Fmt>(tile, c, w);
        for (int j = 0; j < 8; ++j) istore(panel->codes[8 * c + j], w[j]);
        for (int g = c * HALVES; g < (c + 1) * HALVES; ++g) fstore(panel->scale[g], Fmt::scale(tile, g));
        if constexpr (Fmt::MIN && !Fmt::SUPER) fstore(panel->min[c], Fmt::min(tile, c));
    }
    if constexpr (Fmt::MIN && Fmt::SUPER) {
        fstore(panel->dmin, Fmt::dmin(tile));
        for (int pair = 0; pair < BLOCK / Fmt::GROUP / 2; ++pair) istore(panel->pairs[pair], Fmt::mins(tile, pair));
    }
}

// R rows of x times T tiles, one block of 256 deep, added to c [R, ldc].
template <class Fmt, int R, int T>
static void micro(const PanelTile* panel, const Acts* a, int64_t at, int chunks, float* c, int64_t ldc) {
    constexpr int per = BLOCK / Fmt::GROUP, HALVES = 32 / Fmt::GROUP, EACH = 8 / HALVES;
    const int8_t* x = a->q + at * BLOCK;
    const int32_t* init = a->init + at * per;
    F sum[R][T];
    for (int r = 0; r < R; ++r)
        for (int t = 0; t < T; ++t) sum[r][t] = fzero();
    for (int g = 0; g < chunks * HALVES; ++g) {
        I acc[R][T];
        for (int r = 0; r < R; ++r)
            for (int t = 0; t < T; ++t) acc[r][t] = start<Fmt>(init + r * per + g);
#pragma GCC unroll 8
        for (int j = 0; j < EACH; ++j) {
            I w[T];
            for (int t = 0; t < T; ++t) w[t] = iload(panel[t].codes[g * EACH + j]);
            for (int r = 0; r < R; ++r) {
                const I v = bcast4(x + r * BLOCK + g * Fmt::GROUP + 4 * j);
                for (int t = 0; t < T; ++t) acc[r][t] = dot4(acc[r][t], w[t], v);
            }
        }
        for (int t = 0; t < T; ++t) {
            const F scale = fload(panel[t].scale[g]);
            for (int r = 0; r < R; ++r) {
                if constexpr (Fmt::SUPER) sum[r][t] = fma(tofloat(acc[r][t]), scale, sum[r][t]);
                else sum[r][t] = fma(tofloat(acc[r][t]), fmul(scale, fset(a->scale32[(at + r) * 8 + g])), sum[r][t]);
                if constexpr (Fmt::MIN && !Fmt::SUPER)
                    sum[r][t] = fma(fload(panel[t].min[g]), fset(((const float*)init)[r * per + g]), sum[r][t]);
            }
        }
    }
    for (int r = 0; r < R; ++r) {
        const F xs = fset(a->scale[at + r]);
        for (int t = 0; t < T; ++t) {
            float* out = c + r * ldc + t * TILE;
            if constexpr (Fmt::MIN && Fmt::SUPER) {
                const int16_t* sums = (per == 8 ? a->sum32 : a->sum16) + (at + r) * per;
                I low = izero();
                for (int pair = 0; pair < per / 2; ++pair)
                    low = dot2(low, iload(panel[t].pairs[pair]), bcast4(sums + 2 * pair));
                sum[r][t] = fnma(tofloat(low), fload(panel[t].dmin), sum[r][t]);
            }
            fstore(out, fma(sum[r][t], xs, fload(out)));
        }
    }
}

// A format's arithmetic without its bits: formats that agree here share their micro-kernels.
template <bool IS_SUPER, int G, bool HAS_MIN, bool IS_WIDE> struct Kind {
    static constexpr int GROUP = G;
    static constexpr bool SUPER = IS_SUPER, MIN = HAS_MIN, WIDE = IS_WIDE;
};

template <class K, int T>
static void micro_rows(int rows, const PanelTile* panel, const Acts* a, int64_t at, int chunks, float* c, int64_t ldc) {
    switch (rows) {
        case 1: return micro<K, 1, T>(panel, a, at, chunks, c, ldc);
        case 2: return micro<K, 2, T>(panel, a, at, chunks, c, ldc);
        case 3: if constexpr (MR >= 3) return micro<K, 3, T>(panel, a, at, chunks, c, ldc); break;
        case 4: if constexpr (MR >= 4) return micro<K, 4, T>(panel, a, at, chunks, c, ldc); break;
        case 5: if constexpr (MR >= 5) return micro<K, 5, T>(panel, a, at, chunks, c, ldc); break;
        case 6: if constexpr (MR >= 6) return micro<K, 6, T>(panel, a, at, chunks, c, ldc); break;
    }
}

// c [rows, C_WIDTH] = rows [row_begin, row_end) of x times tiles [begin, end) of w; `scratch` holds a panel of as many tiles.
template <int TYPE>
static void gemm(const Acts* a, const Weight* w, int64_t begin, int64_t end, int64_t row_begin, int64_t row_end,
                 float* c, void* scratch) {
    using Fmt = Format<TYPE>;
    using K = Kind<Fmt::SUPER, Fmt::GROUP, Fmt::MIN, Fmt::WIDE>;
    PanelTile* panel = (PanelTile*)scratch;
    const int64_t tiles = end - begin, rows = row_end - row_begin;
    const int64_t stride = tile_bytes(TYPE, w->k), step = block_bytes(TYPE) * Fmt::PER_BLOCK;
    // with mins to subtract four rows at a time are quicker than six: fewer registers are waited for
    const int64_t parts = ceil_div(rows, K::SUPER && K::MIN && MR > 4 ? 4 : MR);
    for (int64_t r = 0; r < rows; ++r) __builtin_memset(c + r * C_WIDTH, 0, sizeof(float) * tiles * TILE);
    for (int64_t b = 0; b < a->blocks; ++b) {
        const int64_t left = (a->k - b * BLOCK) / CHUNK;
        const int chunks = left < 8 ? (int)left : 8;
        for (int64_t t = 0; t < tiles; ++t) fill<TYPE>(panel + t, w->data + (begin + t) * stride + b * step, chunks);
        for (int64_t part = 0; part < parts; ++part) {
            const int64_t from = rows * part / parts, to = rows * (part + 1) / parts;
            const int64_t at = b * a->m + row_begin + from;
            int64_t t = 0;
            for (; t + NR <= tiles; t += NR)
                micro_rows<K, NR>((int)(to - from), panel + t, a, at, chunks, c + from * C_WIDTH + t * TILE, C_WIDTH);
            for (; t < tiles; ++t)
                micro_rows<K, 1>((int)(to - from), panel + t, a, at, chunks, c + from * C_WIDTH + t * TILE, C_WIDTH);
        }
    }
}
