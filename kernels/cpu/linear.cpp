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

}  // namespace

void linear_group(const float* x, int64_t m, int count, const Weight* const* w, const float* const* bias,
                  float* const* y, RowFn before, void* context) {
    if (m == 0) return;
    Arena arena;
    const int64_t k = w[0]->k;
    bool packed = false;
    for (int i = 0; i < count; ++i) packed |= w[i]->type > BF16;
    Acts acts[2]{};  // with a scale for 256, with one for 32
    for (Acts& a : acts) a.m = m, a.k = k, a.blocks = ceil_div(k, BLOCK), a.x = x;
    Inits inits;
    int which[GROUP_MAX] = {};
    if (packed) {
        for (int i = 0; i < count; ++i) {
            if (w[i]->type <= BF16) continue;
            Acts& mine = acts[fine(w[i]->type)];
            if (!mine.q) mine = make_acts(arena, x, m, k, fine(w[i]->type));
            int at = 0;
            while (at < inits.used && !same_init(inits.type[at], w[i]->type)) ++at;
            if (at == inits.used) {
                inits.type[at] = w[i]->type;
                inits.data[at] = arena.take<int32_t>(mine.blocks * m * (BLOCK / group_of(w[i]->type)));
                ++inits.used;
            }
            which[i] = at;
        }
        const int64_t step = m <= 2 ? m : m <= GEMV_ROWS ? 2 : 8;
        parallel(ceil_div(m, step), [&](int64_t item, int) {
            const int64_t from = item * step, to = from + step < m ? from + step : m;
            for (int64_t row = from; before && row < to; ++row) before(context, row);
            for (Acts& each : acts)
                if (each.q) ops().quantize_rows(&each, from, to);
            for (int i = 0; i < inits.used; ++i) {
                Acts mine = acts[fine(inits.type[i])];
                mine.init = inits.data[i];
                ops().prepare_init(&mine, inits.type[i], from, to);
            }
        });
    } else if (before) {
        for_rows(m, [&](int64_t row) { before(context, row); });
    }
    const bool few = m <= GEMV_ROWS;
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
        Acts mine = acts[fine(w[i]->type)];
        if (w[i]->type > BF16) mine.init = inits.data[which[i]];
        const float* b = bias ? bias[i] : nullptr;
        if (few) {
            ops().gemv(&mine, w[i], begin, end, b, y[i], w[i]->n);
        } else {
            const int64_t from = slab * rows, to = from + rows < m ? from + rows : m;
            ops().gemm(&mine, w[i], begin, end, from, to, b, y[i], w[i]->n, thread_scratch());
        }
    });
}

}  // namespace ks
