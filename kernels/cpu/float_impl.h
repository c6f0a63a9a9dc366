// Weights that are floats: F32, F16, BF16.

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
