// The two arithmetics of attention: what a block of keys and values looks like, scores, and the weighted sum of values.
//
// `Whole` multiplies the codes of an int8 or int4 cache as integers of 16 bits, two to a lane, twice as many a cycle as
// floats; queries and weights are rounded to 16 bits for it, which is far below the error of the cache itself. `Real`
// takes fp16 and fp32 caches in floats.

struct Real {
    static constexpr int ROWS = AR;

    VEC F load(int kind, const void* p, int64_t at) {  // sixteen numbers from place `at`
        return kind == KV_FP16 ? load_f16((const uint16_t*)p + at) : fload((const float*)p + at);
    }
    static void put_keys(const Walk* w, int64_t i, int64_t at, const F* rows) {  // rows[j]: feature i + j of 16 keys
        for (int64_t j = 0; j < 16; ++j) fstore(w->kt + (i + j) * KEYS + at, rows[j]);
    }
    static void put_values(const Walk* w, int64_t d, int64_t key, int64_t i, F even, F odd) {
        fstore(w->v + key * d + i, even), fstore(w->v + (key + 1) * d + i, odd);
    }
    static void put_query(const Walk* w, int64_t r, int64_t d, const float* x, float scale) {
        for (int64_t i = 0; i < d; i += 16) fstore(w->q + r * d + i, fmul(fload(x + i), fset(scale)));
    }
    // s [R][64] = q [R][d] · kt [d][64]
    template <int R> static void scores(const Walk* w, int64_t row, int64_t d) {
        const float* q = w->q + row * d;
        for (int at = 0; at < KEYS; at += 16 * AV) {
            F acc[R][AV];
            for (int r = 0; r < R; ++r)
                for (int t = 0; t < AV; ++t) acc[r][t] = fzero();
            for (int64_t i = 0; i < d; ++i) {
                F k[AV];
                for (int t = 0; t < AV; ++t) k[t] = fload(w->kt + i * KEYS + at + 16 * t);
                for (int r = 0; r < R; ++r) {
                    const F x = fset(q[r * d + i]);
                    for (int t = 0; t < AV; ++t) acc[r][t] = fma(x, k[t], acc[r][t]);
                }
            }
            for (int r = 0; r < R; ++r)
                for (int t = 0; t < AV; ++t) fstore(w->s + r * KEYS + at + 16 * t, acc[r][t]);
        }
    }
    VEC float weights(const Walk*, int) { return 1.f; }
    // T vectors of: out [R][d] = out · keep [R] + s [R][64] · v [64][d]
    template <int R, int T>
    static void weigh(const Walk* w, int64_t row, int64_t from, int64_t d, const float* keep, const float*) {
        float* out = w->out + row * d + from;
        F acc[R][T];
        for (int r = 0; r < R; ++r)
            for (int t = 0; t < T; ++t) acc[r][t] = fmul(fload(out + r * d + 16 * t), fset(keep[r]));
        for (int key = 0; key < KEYS; ++key) {
            F x[T];
            for (int t = 0; t < T; ++t) x[t] = fload(w->v + key * d + from + 16 * t);
            for (int r = 0; r < R; ++r) {
                const F weight = fset(w->s[r * KEYS + key]);
                for (int t = 0; t < T; ++t) acc[r][t] = fma(weight, x[t], acc[r][t]);
            }
        }
        for (int r = 0; r < R; ++r)
            for (int t = 0; t < T; ++t) fstore(out + r * d + 16 * t, acc[r][t]);
    }
};

struct Whole {
    static constexpr float LEVELS = 32767.f;
    static constexpr int ROWS = AV == 4 ? 4 : AR;  // with 24 sums gcc 12 keeps them in memory: no faster than floats

    VEC F load(int kind, const void* p, int64_t at) {  // as bits, so that they may be transposed as floats are
        return asfloat(kind == KV_INT8 ? load_s8((const int8_t*)p + at) : load_s4((const uint8_t*)p + at / 2));
    }
    // kt [d / 2][64] pairs of features, v [32][d] pairs of keys
    static void put_keys(const Walk* w, int64_t i, int64_t at, const F* rows) {
        for (int64_t j = 0; j < 16; j += 2)
            istore(w->kt + (i + j) / 2 * KEYS + at, pair16(asint(rows[j]), asint(rows[j + 1])));
    }
    static void put_values(const Walk* w, int64_t d, int64_t key, int64_t i, F even, F odd) {
        istore(w->v + key / 2 * d + i, pair16(asint(even), asint(odd)));
    }
    static float round(const float* x, int64_t n, int16_t* codes) {  // -> what a code is worth
        F top = fzero();
        for (int64_t i = 0; i < n; i += 16) top = fmax(top, fabs_(fload(x + i)));
        const float amax = hmax(top);
        const F inverse = fset(amax > 0.f ? LEVELS / amax : 0.f);
        for (int64_t i = 0; i < n; i += 16) store_s16(codes + i, toint(fmul(fload(x + i), inverse)));
        return amax / LEVELS;
    }
    static void put_query(const Walk* w, int64_t r, int64_t d, const float* x, float scale) {
        w->q_scale[r] = round(x, d, (int16_t*)w->q + r * d) * scale;
    }
    template <int R> static void scores(const Walk* w, int64_t row, int64_t d) {
        const int16_t* q = (const int16_t*)w->q + row * d;
        for (int at = 0; at < KEYS; at += 16 * AV) {
            I acc[R][AV];
            for (int r = 0; r < R; ++r)
                for (int t = 0; t < AV; ++t) acc[r][t] = izero();
            for (int64_t i = 0; i < d / 2; ++i) {
                I k[AV];
                for (int t = 0; t < AV; ++t) k[t] = iload(w->kt + i * KEYS + at + 16 * t);
                for (int r = 0; r < R; ++r) {
                    const I x = bcast4(q + r * d + 2 * i);
                    for (int t = 0; t < AV; ++t) acc[r][t] = dot2(acc[r][t], k[t], x);
                }
            }
            for (int r = 0; r < R; ++r)
                for (int t = 0; t < AV; ++t)
                    fstore(w->s + r * KEYS + at + 16 * t, fmul(tofloat(acc[r][t]), fset(w->q_scale[row + r])));
        }
    }
    VEC float weights(const Walk* w, int r) { return round(w->s + r * KEYS, KEYS, w->p + r * KEYS); }
    template <int R, int T>
    static void weigh(const Walk* w, int64_t row, int64_t from, int64_t d, const float* keep, const float* worth) {
        float* out = w->out + row * d + from;
        I acc[R][T];
        for (int r = 0; r < R; ++r)
            for (int t = 0; t < T; ++t) acc[r][t] = izero();
        for (int pair = 0; pair < KEYS / 2; ++pair) {
            I x[T];
            for (int t = 0; t < T; ++t) x[t] = iload(w->v + pair * d + from + 16 * t);
            for (int r = 0; r < R; ++r) {
                const I weight = bcast4(w->p + r * KEYS + 2 * pair);
                for (int t = 0; t < T; ++t) acc[r][t] = dot2(acc[r][t], x[t], weight);
            }
        }
        for (int r = 0; r < R; ++r)
            for (int t = 0; t < T; ++t) {
                float* to = out + r * d + 16 * t;
                fstore(to, fma(tofloat(acc[r][t]), fset(worth[r]), fmul(fload(to), fset(keep[r]))));
            }
    }
};
