#pragma once
#include "common.h"
namespace ks {
const Ops& ops();  // of the instruction set in use
constexpr int GROUP_MAX = 4;
// y[i] [m, n_i] = x [m, k] · w[i]ᵀ + bias[i], the activations quantised once. count at most GROUP_MAX.
// `before(context, row)`, when given, is called for each row of x just before it is read, by the thread that reads it.
using RowFn = void (*)(void* context, int64_t row);
void linear_group(const float* x, int64_t m, int count, const Weight* const* w, const float* const* bias,
                  float* const* y, RowFn before = nullptr, void* context = nullptr);
// y[h] [m, n] = x[h] [m, k] · w[h]ᵀ for each head, the matrices one above the other: w is [heads · n, k], n a multiple of
// TILE. x [heads, m, k], y [heads, m, n].
void linear_heads(const float* x, int64_t m, int64_t heads, const Weight* w, float* y);
// y [m, n] = act(x · gateᵀ) · (x · upᵀ) for many rows: what would be written twice and read again stays in the cache.
void linear_gated(const float* x, int64_t m, const Weight* gate, const Weight* up, int activation, float* y,
                  RowFn before, void* context);
}
