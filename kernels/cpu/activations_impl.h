// Activations as the products want them: codes in eight bits, their scales and their sums.

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
