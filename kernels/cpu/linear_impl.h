// Quantised activations times quantised weights, in two regimes with one arithmetic: whether a row of x comes alone
// (gemv) or among hundreds (gemm), its integer sums are the same and its floats are combined in the same order, so
// its result is the same to the bit.

// ---- activations ----------------------------------------------------------------------------------------------

// One row in blocks of 256 (or 32): scale = max|x| / 127, code = round-half-even(x / scale). A short last block is padded.
static void quantize_rows(Acts* a, int64_t begin, int64_t end) {
    alignas(64) float tail[BLOCK];
    for (int64_t row = begin; row < end; ++row) {
        for (int64_t b = 0; b < a->blocks; ++b) {
            const float* x = a->x + row * a->k + b * BLOCK;
            const int64_t here = a->k - b * BLOCK;
            if (here < BLOCK) {
                for (int i = 0; i < BLOCK; ++i) tail[i] = i < here ? x[i] : 0.f;
                x = tail;
            }
            const int64_t at = b * a->m + row;
            int8_t* q = a->q + at * BLOCK;
            const int step = a->scale32 ? CHUNK : BLOCK;
            for (int from = 0; from < BLOCK; from += step) {
                F top = fzero();
                for (int i = from; i < from + step; i += 16) top = fmax(top, fabs_(fload(x + i)));
                const float amax = hmax(top);
                const F inverse = fset(amax > 0.f ? 127.f / amax : 0.f);
                for (int g = from / 16; g < (from + step) / 16; ++g) {
                    I code = toint(fmul(fload(x + 16 * g), inverse));
                    store_s8(q + 16 * g, code);
                    a->sum16[at * 16 + g] = (int16_t)hsumi(code);
                }
                if (a->scale32) a->scale32[at * 8 + from / CHUNK] = amax / 127.f;
                a->scale[at] = a->scale32 ? 1.f : amax / 127.f;
            }
            for (int g = 0; g < 8; ++g)
                a->sum32[at * 8 + g] = (int16_t)(a->sum16[at * 16 + 2 * g] + a->sum16[at * 16 + 2 * g + 1]);
        }
    }
}

// What a format needs of the sums: -offset · sum to start the integer sums from, or the sums as floats for its mins.
static void prepare_init(const Acts* a, int32_t type, int64_t begin, int64_t end) {
    const int offset = offset_of(type);
    const bool floats = type == Q4_1 || type == Q5_1;
    const int per = BLOCK / group_of(type);
    for (int64_t b = 0; b < a->blocks; ++b) {
        const int64_t from = (b * a->m + begin) * per, to = (b * a->m + end) * per;
        const int16_t* sums = per == 8 ? a->sum32 : a->sum16;
        if (floats) {
            float* out = (float*)a->init;
            for (int64_t i = from; i < to; ++i) out[i] = a->scale32[i] * (float)sums[i];
        } else if (offset) {
            for (int64_t i = from; i < to; ++i) a->init[i] = -offset * (int32_t)sums[i];
        }
    }
}

template <class Fmt> VEC I start(const int32_t* init) {
    return Fmt::MIN || (Fmt::WIDE && !WIDE_DOT) ? izero() : iset(*init);
}
template <class Fmt> VEC I dot(I acc, I codes, I x) {
    if constexpr (Fmt::WIDE) return dot4_wide(acc, codes, x);
    else return dot4(acc, codes, x);
}

// ---- few rows: from the packed bits ---------------------------------------------------------------------------

template <int TYPE, int M>
static void gemv_tile(const Acts* a, int64_t row, const uint8_t* tile, F* out) {
    using Fmt = Format<TYPE>;
    constexpr int per = BLOCK / Fmt::GROUP;
    const int64_t step = block_bytes(TYPE) * Fmt::PER_BLOCK;
    for (int r = 0; r < M; ++r) out[r] = fzero();
    for (int64_t b = 0; b < a->blocks; ++b, tile += step) {
        const int64_t at = b * a->m + row;
        const int8_t* x = a->q + at * BLOCK;
        const int32_t* init = a->init + at * per;
        const int64_t left = (a->k - b * BLOCK) / CHUNK;
        const int chunks = left < 8 ? (int)left : 8;
        F sum[M];
        for (int r = 0; r < M; ++r) sum[r] = fzero();
        for (int c = 0; c < chunks; ++c) {
            for (int64_t ahead = 0; ahead < step / 8; ahead += 64) prefetch(tile + c * (step / 8) + ahead + 3072);
            I w[8];
            Fmt::codes(tile, c, w);
            constexpr int HALVES = 32 / Fmt::GROUP, EACH = 8 / HALVES;
            for (int half = 0; half < HALVES; ++half) {
                const int g = c * HALVES + half;
                const F scale = Fmt::scale(tile, g);
                for (int r = 0; r < M; ++r) {
                    I acc = start<Fmt>(init + r * per + g);
                    for (int j = half * EACH; j < (half + 1) * EACH; ++j)
                        acc = dot<Fmt>(acc, w[j], bcast4(x + r * BLOCK + c * CHUNK + 4 * j));
                    if constexpr (Fmt::SUPER) sum[r] = fma(tofloat(acc), scale, sum[r]);
                    else sum[r] = fma(tofloat(acc), fmul(scale, fset(a->scale32[(at + r) * 8 + c])), sum[r]);
                    if constexpr (Fmt::MIN && !Fmt::SUPER)
                        sum[r] = fma(Fmt::min(tile, c), fset(((const float*)init)[r * per + g]), sum[r]);
                }
            }
        }
        for (int r = 0; r < M; ++r) {
            const F xs = fset(a->scale[at + r]);
            if constexpr (Fmt::MIN && Fmt::SUPER) {
                const int16_t* sums = (per == 8 ? a->sum32 : a->sum16) + (at + r) * per;
                I low = izero();
                for (int pair = 0; pair < per / 2; ++pair)
                    low = dot2(low, Fmt::mins(tile, pair), bcast4(sums + 2 * pair));
                sum[r] = fnma(tofloat(low), Fmt::dmin(tile), sum[r]);
            }
            out[r] = fma(sum[r], xs, out[r]);
        }
    }
}

// Sixteen results of one row to y, with the bias; the last tile of a matrix may be short.
VEC void put(float* y, F value, const float* bias, int64_t column, int64_t n) {
    if (column + TILE <= n) {
        fstore(y + column, bias ? fadd(value, fload(bias + column)) : value);
        return;
    }
    alignas(64) float part[TILE];
    fstore(part, value);
    for (int64_t i = 0; column + i < n; ++i) y[column + i] = bias ? part[i] + bias[column + i] : part[i];
}

template <int TYPE>
static void gemv(const Acts* a, const Weight* w, int64_t begin, int64_t end, const float* bias, float* y, int64_t ldy) {
    const int64_t stride = tile_bytes(TYPE, w->k);
    for (int64_t t = begin; t < end; ++t) {
        const uint8_t* tile = w->data + t * stride;
        for (int64_t row = 0; row < a->m;) {
            F out[4];
            const int64_t rest = a->m - row;
            const int rows = rest > 4 ? (rest >= 8 || rest == 4 ? 4 : (int)(rest + 1) / 2) : (int)rest;
            if (rows == 1) gemv_tile<TYPE, 1>(a, row, tile, out);
            else if (rows == 2) gemv_tile<TYPE, 2>(a, row, tile, out);
            else if (rows == 3) gemv_tile<TYPE, 3>(a, row, tile, out);
            else gemv_tile<TYPE, 4>(a, row, tile, out);
            for (int r = 0; r < rows; ++r) put(y + (row + r) * ldy, out[r], bias, t * TILE, w->n);
            row += rows;
        }
    }
}

// ---- many rows: unpack a block once, then multiply all rows with it ----------------------------------------------

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
        Fmt::codes(tile, c, w);
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
                for (int t = 0; t < T; ++t) acc[r][t] = dot<Fmt>(acc[r][t], w[t], v);
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
    using K = Kind<Fmt::SUPER, Fmt::GROUP, Fmt::MIN, Fmt::WIDE && !WIDE_DOT>;
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

// ---- weights that are floats ------------------------------------------------------------------------------------

template <int TYPE> VEC F load_weight(const uint8_t* p) {
    if constexpr (TYPE == F32) return fload((const float*)p);
    else if constexpr (TYPE == F16) return load_f16(p);
    else return load_bf16(p);
}

template <int TYPE, int R> static void float_tile(const Acts* a, int64_t row, const uint8_t* tile, F* out) {
    const float* x = a->x + row * a->k;
    for (int r = 0; r < R; ++r) out[r] = fzero();
    for (int64_t k = 0; k < a->k; ++k) {
        const F w = load_weight<TYPE>(tile + k * block_bytes(TYPE));
        for (int r = 0; r < R; ++r) out[r] = fma(w, fset(x[r * a->k + k]), out[r]);
    }
}

template <int TYPE>
static void float_gemm(const Acts* a, const Weight* w, int64_t begin, int64_t end, int64_t row_begin, int64_t row_end,
                       float* c, void*) {
    for (int64_t t = begin; t < end; ++t) {
        const uint8_t* tile = w->data + t * tile_bytes(TYPE, w->k);
        for (int64_t row = row_begin; row < row_end;) {
            F out[4];
            const int rows = row_end - row >= 4 ? 4 : 1;
            if (rows == 4) float_tile<TYPE, 4>(a, row, tile, out);
            else float_tile<TYPE, 1>(a, row, tile, out);
            for (int r = 0; r < rows; ++r) fstore(c + (row - row_begin + r) * C_WIDTH + (t - begin) * TILE, out[r]);
            row += rows;
        }
    }
}

template <int TYPE>
static void float_gemv(const Acts* a, const Weight* w, int64_t begin, int64_t end, const float* bias, float* y,
                       int64_t ldy) {
    alignas(64) float c[GEMV_ROWS * C_WIDTH];
    for (int64_t t = begin; t < end; ++t) {
        float_gemm<TYPE>(a, w, t, t + 1, 0, a->m, c, nullptr);
        for (int64_t r = 0; r < a->m; ++r) put(y + r * ldy, fload(c + r * C_WIDTH), bias, t * TILE, w->n);
    }
}

#define KS_EACH_PLAIN(X) X(F32) X(F16) X(BF16)
#ifdef KS_FEW_FORMATS  // one of each kind, for a sanitizer build that takes seconds
#define KS_EACH_PACKED(X) X(Q4_1) X(Q5_0) X(Q8_0) X(Q3_K) X(Q4_K) X(Q6_K)
#else
#define KS_EACH_PACKED(X) X(Q4_0) X(Q4_1) X(Q5_0) X(Q5_1) X(Q8_0) X(IQ4_NL) X(Q2_K) X(Q3_K) X(Q4_K) X(Q5_K) X(Q6_K)
#endif

static void any_gemv(const Acts* a, const Weight* w, int64_t begin, int64_t end, const float* bias, float* y,
                     int64_t ldy) {
    switch (w->type) {
#define X(T) case T: return float_gemv<T>(a, w, begin, end, bias, y, ldy);
        KS_EACH_PLAIN(X)
#undef X
#define X(T) case T: return gemv<T>(a, w, begin, end, bias, y, ldy);
        KS_EACH_PACKED(X)
#undef X
    }
}

static void any_gemm(const Acts* a, const Weight* w, int64_t begin, int64_t end, int64_t row_begin, int64_t row_end,
                     float* c, void* scratch) {
    switch (w->type) {
#define X(T) case T: return float_gemm<T>(a, w, begin, end, row_begin, row_end, c, scratch);
        KS_EACH_PLAIN(X)
#undef X
#define X(T) case T: return gemm<T>(a, w, begin, end, row_begin, row_end, c, scratch);
        KS_EACH_PACKED(X)
#undef X
    }
}

// What gemm left in c [rows, C_WIDTH], to the columns of tiles [begin, end) of y [rows, n].
static void write_tiles(const float* c, int64_t rows, int64_t begin, int64_t end, const float* bias, float* y, int64_t n) {
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t t = begin; t < end; ++t)
            put(y + r * n, fload(c + r * C_WIDTH + (t - begin) * TILE), bias, t * TILE, n);
}
