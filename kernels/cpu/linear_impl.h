// Quantised activations times quantised weights, in two regimes with one arithmetic: whether a row of x comes alone
// (gemv) or among hundreds (gemm), its integer sums are the same and its floats are combined in the same order, so
// its result is the same to the bit.

#include "activations_impl.h"
#ifdef KS_WORDS
#include "words_impl.h"
#else
#include "init_impl.h"
#endif

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

#ifdef KS_WORDS
#include "words_gemv_impl.h"
#include "words_one_impl.h"
#include "words_gemm_impl.h"
#else
#include "gemv_impl.h"
#include "gemm_impl.h"
#endif
#include "float_impl.h"

template <int TYPE>
static void gemv(const Acts* a, const Weight* w, int64_t begin, int64_t end, const float* bias, float* y, int64_t ldy) {
    const int64_t stride = tile_bytes(TYPE, w->k);
#ifdef KS_WORDS
    if constexpr (in_pairs(TYPE)) {
        if (a->m == 1) {
            const int64_t apart = (end - begin) / STREAMS;
            for (int64_t t = begin; t < begin + apart; ++t) {
                F out[STREAMS];
                one_row<TYPE, STREAMS>(a, w->data + t * stride, apart * stride, out);
                for (int64_t i = 0; i < STREAMS; ++i) put(y, out[i], bias, (t + i * apart) * TILE, w->n);
            }
            for (int64_t t = begin + STREAMS * apart; t < end; ++t) {
                F out;
                one_row<TYPE, 1>(a, w->data + t * stride, 0, &out);
                put(y, out, bias, t * TILE, w->n);
            }
            return;
        }
    }
#endif
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
