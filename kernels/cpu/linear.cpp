// Deals the tiles of one or several matrices to the threads; the arithmetic is in linear_impl.h.
#include "linear.h"

#include <stdlib.h>

#include "arena.h"
#include "pool.h"

namespace ks {
namespace {

struct Inits {  // one array for each kind of correction that the weights of a group need
    int32_t type[GROUP_MAX];
    int32_t* data[GROUP_MAX];
    int used = 0;
};

bool fine(int32_t type) { return type < Q2_K; }  // a scale for every 32 activations, as the weights have

bool same_init(int32_t a, int32_t b) {
    const bool fa = a == Q4_1 || a == Q5_1, fb = b == Q4_1 || b == Q5_1;
    return fine(a) == fine(b) && fa == fb && offset_of(a) == offset_of(b) && group_of(a) == group_of(b);
}

Acts make_acts(Arena& arena, const float* x, int64_t m, int64_t k, bool each32) {
    Acts a{};
    a.m = m, a.k = k, a.blocks = ceil_div(k, BLOCK), a.x = x;
    const int64_t cells = a.blocks * m;
    a.q = arena.take<int8_t>(cells * BLOCK);
    a.scale = arena.take<float>(cells);
    if (each32) a.scale32 = arena.take<float>(cells * 8);
    a.sum32 = arena.take<int16_t>(cells * 8);
    a.sum16 = arena.take<int16_t>(cells * 16);
    return a;
}

// x in 8 bits, once for each kind of weight that is to be multiplied with it.
struct Inputs {
    Acts acts[2]{};  // with a scale for 256, with one for 32
    Inits inits;
    int which[GROUP_MAX] = {};

    Acts of(const Weight* const* w, int i) const {
        Acts mine = acts[fine(w[i]->type)];
        if (w[i]->type > BF16) mine.init = inits.data[which[i]];
        return mine;
    }
};

Inputs quantise(Arena& arena, const float* x, int64_t m, int count, const Weight* const* w, RowFn before, void* context) {
    const int64_t k = w[0]->k;
    Inputs in;
    bool packed = false;
    for (Acts& a : in.acts) a.m = m, a.k = k, a.blocks = ceil_div(k, BLOCK), a.x = x;
    for (int i = 0; i < count; ++i) {
        if (w[i]->type <= BF16) continue;
        packed = true;
        Acts& mine = in.acts[fine(w[i]->type)];
        if (!mine.q) mine = make_acts(arena, x, m, k, fine(w[i]->type));
        int at = 0;
        while (at < in.inits.used && !same_init(in.inits.type[at], w[i]->type)) ++at;
        if (at == in.inits.used) {
            in.inits.type[at] = w[i]->type;
            in.inits.data[at] = arena.take<int32_t>(mine.blocks * m * (BLOCK / group_of(w[i]->type)));
            ++in.inits.used;
        }
        in.which[i] = at;
    }
    if (!packed) {
        if (before) for_rows(m, [&](int64_t row) { before(context, row); });
        return in;
    }
    const int64_t step = m <= 2 ? m : m <= ops().few ? 2 : 8;
    parallel(ceil_div(m, step), [&](int64_t item, int) {
        const int64_t from = item * step, to = from + step < m ? from + step : m;
        for (int64_t row = from; before && row < to; ++row) before(context, row);
        for (Acts& each : in.acts)
            if (each.q) ops().quantize_rows(&each, from, to);
        for (int i = 0; i < in.inits.used; ++i) {
            Acts mine = in.acts[fine(in.inits.type[i])];
            mine.init = in.inits.data[i];
            ops().prepare_init(&mine, in.inits.type[i], from, to);
        }
    });
    return in;
}

// A thread's own memory, for one unit of GEMM work.
struct Scratch {
    float* c = (float*)thread_scratch();  // [GEMM_ROWS, C_WIDTH]
    void* panel = c + GEMM_ROWS * C_WIDTH;
};

}  // namespace

void linear_group(const float* x, int64_t m, int count, const Weight* const* w, const float* const* bias,
                  float* const* y, RowFn before, void* context) {
    if (m == 0) return;
    Arena arena;
    const Inputs in = quantise(arena, x, m, count, w, before, context);
    const bool few = m <= ops().few;
    int64_t total = 0;
    for (int i = 0; i < count; ++i) total += tiles_of(w[i]->n);
    const int64_t share = ceil_div(total, 8 * pool_threads());  // some eight units a thread
    const int64_t unit = few ? (share < 1 ? 1 : share > 8 ? 8 : share) : GEMM_TILES;
    const int64_t rows = few ? m : GEMM_ROWS, slabs = ceil_div(m, rows);
    int64_t first[GROUP_MAX + 1] = {0};
    for (int i = 0; i < count; ++i) first[i + 1] = first[i] + ceil_div(tiles_of(w[i]->n), unit);
    parallel(first[count] * slabs, [&](int64_t item, int) {
        const int64_t slab = item / first[count], place = item % first[count];
        int i = 0;
        while (place >= first[i + 1]) ++i;
        const int64_t begin = (place - first[i]) * unit, tiles = tiles_of(w[i]->n);
        const int64_t end = begin + unit < tiles ? begin + unit : tiles;
        const Acts mine = in.of(w, i);
        const float* b = bias ? bias[i] : nullptr;
        if (few) {
            ops().gemv(&mine, w[i], begin, end, b, y[i], w[i]->n);
        } else {
            const Scratch own;
            const int64_t from = slab * rows, to = from + rows < m ? from + rows : m;
            ops().gemm(&mine, w[i], begin, end, from, to, own.c, own.panel);
            ops().write_tiles(own.c, to - from, begin, end, b, y[i] + from * w[i]->n, w[i]->n);
        }
    });
}

void linear_heads(const float* x, int64_t m, int64_t heads, const Weight* w, float* y) {
    const int64_t n = w->n / heads, bytes = tiles_of(n) * tile_bytes(w->type, w->k);
    for (int64_t h = 0; h < heads; ++h) {
        const Weight own = {w->type, w->reserved, n, w->k, w->data + h * bytes};
        const Weight* weights[] = {&own};
        float* results[] = {y + h * m * n};
        linear_group(x + h * m * w->k, m, 1, weights, nullptr, results);
    }
}

void linear_gated(const float* x, int64_t m, const Weight* gate, const Weight* up, int activation, float* y,
                  RowFn before, void* context) {
    Arena arena;
    const Weight* w[] = {gate, up};
    const Inputs in = quantise(arena, x, m, 2, w, before, context);
    const Acts gate_in = in.of(w, 0), up_in = in.of(w, 1);
    const int64_t n = gate->n, tiles = tiles_of(n), unit = GEMM_TILES / 2, units = ceil_div(tiles, unit);
    parallel(units * ceil_div(m, GEMM_ROWS), [&](int64_t item, int) {
        const Scratch own;
        const int64_t begin = item % units * unit, end = begin + unit < tiles ? begin + unit : tiles;
        const int64_t from = item / units * GEMM_ROWS, to = from + GEMM_ROWS < m ? from + GEMM_ROWS : m;
        ops().gemm(&gate_in, gate, begin, end, from, to, own.c, own.panel);
        ops().gemm(&up_in, up, begin, end, from, to, own.c + C_WIDTH / 2, own.panel);
        ops().write_gated(own.c, to - from, begin, end, activation, y + from * n, n);
    });
}

}  // namespace ks
