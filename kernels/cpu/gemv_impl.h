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
            centred_codes<Fmt>(tile, c, w);
            constexpr int HALVES = 32 / Fmt::GROUP, EACH = 8 / HALVES;
            for (int half = 0; half < HALVES; ++half) {
                const int g = c * HALVES + half;
                const F scale = Fmt::scale(tile, g);
                for (int r = 0; r < M; ++r) {
                    I acc = start<Fmt>(init + r * per + g);
                    for (int j = half * EACH; j < (half + 1) * EACH; ++j)
                        acc = dot4(acc, w[j], bcast4(x + r * BLOCK + c * CHUNK + 4 * j));
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
