// Few rows of x: products straight from the packed bits.

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
