// Attention of a block of queries of one key head over the pages of its sequence, 64 keys at a time with a running
// maximum (Milakov and Gimelshein 2018). Blocks of keys begin at multiples of 64 whatever the step computes, so a
// query's result does not depend on how the prompt was cut.
//
// Two arithmetics share the walk, `Whole` for quantised caches and `Real` for floats (attention_products_impl.h).

constexpr int KEYS = ATTENTION_KEYS;

// A loaded block of keys and values, and the rows of queries that walk over it; both arithmetics fit.
struct Walk {
    float *kt, *v, *k_scale, *v_scale;       // a block: [d, KEYS], [KEYS, d], [KEYS], [KEYS]
    float *q, *out, *maximum, *sum;          // rows: [rows, d], [rows, d], [rows], [rows]
    float *q_scale, *s;                      // [rows]; scores [AR, KEYS]
    int16_t* p;                              // weights [AR, KEYS]
};

#include "attention_products_impl.h"

// Where keys [from, to) of one head lie, -1 beyond `to`; and their scales, which are zero there.
static void find_cells(const Walk* w, const KvView* kv, const int32_t* table, int64_t head, int64_t from, int64_t to,
                       int64_t* cells) {
    for (int64_t at = 0; at < KEYS; ++at) {
        const int64_t key = from + at;
        cells[at] = -1, w->k_scale[at] = w->v_scale[at] = 0.f;
        if (key >= to) continue;
        const int64_t cell = (table[key / kv->page_size] * kv->kv_heads + head) * kv->page_size + key % kv->page_size;
        cells[at] = cell;
        w->k_scale[at] = kv->k_scale ? kv->k_scale[cell] : 1.f;
        w->v_scale[at] = kv->v_scale ? kv->v_scale[cell] : 1.f;
    }
}

// A block of values as the numbers they are stored as; what has no cell becomes zero.
template <class A> static void load_values(const Walk* w, int kind, const void* p, const int64_t* cells, int64_t d) {
    auto row = [&](int64_t at, int64_t i) __attribute__((always_inline)) {
        return cells[at] < 0 ? fzero() : A::load(kind, p, cells[at] * d + i);
    };
    for (int64_t at = 0; at < KEYS; at += 2)
        for (int64_t i = 0; i < d; i += 16) A::put_values(w, d, at, i, row(at, i), row(at + 1, i));
}

// The same of keys, transposed.
template <class A> static void load_keys(const Walk* w, int kind, const void* p, const int64_t* cells, int64_t d) {
    for (int64_t at = 0; at < KEYS; at += 16)
        for (int64_t i = 0; i < d; i += 16) {
            F rows[16];
            for (int64_t j = 0; j < 16; ++j)
                rows[j] = cells[at + j] < 0 ? fzero() : A::load(kind, p, cells[at + j] * d + i);
            transpose16(rows);
            A::put_keys(w, i, at, rows);
        }
}

template <class A>
static void load_block(const Walk* w, const KvView* kv, const int32_t* table, int64_t head, int64_t from, int64_t to) {
    int64_t cells[KEYS];
    find_cells(w, kv, table, head, from, to, cells);
    load_values<A>(w, kv->kind, kv->v, cells, kv->head_dim);
    load_keys<A>(w, kv->kind, kv->k, cells, kv->head_dim);
}

// One row's block of scores to weights: masked, exp(s - max), times the values' scales. Updates maximum and sum;
// returns what the former result is to be multiplied with.
static float softmax_block(float* s, int64_t first, int64_t last, const float* k_scale, const float* v_scale,
                           float* maximum, float* sum) {
    alignas(64) float masked[KEYS];
    F top = fset(-INFINITY);
    for (int i = 0; i < KEYS; i += 16) {
        fstore(masked + i, fmul(fload(s + i), fload(k_scale + i)));
        if (i < first || i + 16 > last)
            for (int j = i; j < i + 16; ++j)
                if (j < first || j >= last) masked[j] = -INFINITY;
        top = fmax(top, fload(masked + i));
    }
    const float before = *maximum, block = hmax(top), now = block > before ? block : before;
    if (now == -INFINITY) {
        for (int i = 0; i < KEYS; i += 16) fstore(s + i, fzero());
        return 1.f;
    }
    F total = fzero();
    for (int i = 0; i < KEYS; i += 16) {
        const F x = fsub(fload(masked + i), fset(now));
        const F p = above(x, -87.f, fexp(x));
        total = fadd(total, p);
        fstore(s + i, fmul(p, fload(v_scale + i)));
    }
    float keep = 0.f;
    if (before != -INFINITY) {
        alignas(64) float one[16];
        fstore(one, fexp(fset(before - now)));
        keep = one[0];
    }
    *sum = *sum * keep + hsum(total);
    *maximum = now;
    return keep;
}

template <class A, int R>
static void rows_block(const Walk* w, int64_t row, const int64_t* first, const int64_t* last, int64_t d) {
    float keep[R], worth[R];
    A::template scores<R>(w, row, d);
    for (int r = 0; r < R; ++r) {
        keep[r] = softmax_block(w->s + r * KEYS, first[r], last[r], w->k_scale, w->v_scale, w->maximum + row + r,
                                w->sum + row + r);
        worth[r] = A::weights(w, r);
    }
    int64_t at = 0;
    for (; at + 16 * AV <= d; at += 16 * AV) A::template weigh<R, AV>(w, row, at, d, keep, worth);
    for (; at < d; at += 16) A::template weigh<R, 1>(w, row, at, d, keep, worth);  // head_dim 96
}

static Walk divide(float* scratch, int64_t d) {
    Walk w;
    auto take = [&](int64_t n) { return scratch += n, scratch - n; };
    w.kt = take(d * KEYS), w.v = take(d * KEYS), w.k_scale = take(KEYS), w.v_scale = take(KEYS);
    w.q = take(ATTENTION_ROWS * d), w.out = take(ATTENTION_ROWS * d), w.maximum = take(ATTENTION_ROWS);
    w.sum = take(ATTENTION_ROWS), w.q_scale = take(ATTENTION_ROWS), w.s = take(AR * KEYS);
    w.p = (int16_t*)take(AR * KEYS / 2);
    return w;
}

// Queries `begin … end` (tokens of the batch) of one sequence and one key head. q, out: [tokens, heads, d];
// q already holds what the cache's keys are to be multiplied with (rope, rotation), without the scale.
template <class A>
static void walk(const AttentionJob* job, int64_t begin, int64_t end, int64_t sequence, int64_t head, float* scratch) {
    const KvView* kv = &job->kv;
    const int64_t d = kv->head_dim, group = job->heads / kv->kv_heads, rows = (end - begin) * group;
    const Walk w = divide(scratch, d);
    auto place = [&](int64_t r) { return ((begin + r / group) * job->heads + head * group + r % group) * d; };
    const int32_t* table = job->table + sequence * job->table_width;
    const int64_t length = job->lengths[sequence], shift = length - job->starts[sequence + 1];
    for (int64_t r = 0; r < rows; ++r) {
        A::put_query(&w, r, d, job->q + place(r), job->scale);
        for (int64_t i = 0; i < d; i += 16) fstore(w.out + r * d + i, fzero());
        w.maximum[r] = -INFINITY, w.sum[r] = 0.f;
    }
    const int64_t last_key = job->causal ? end + shift : length;  // exclusive, of the last query
    int64_t first_key = job->window > 0 ? begin + shift - job->window + 1 : 0;
    if (first_key < 0) first_key = 0;
    for (int64_t block = first_key / KEYS * KEYS; block < last_key; block += KEYS) {
        load_block<A>(&w, kv, table, head, block, last_key);
        for (int64_t r = 0; r < rows; r += A::ROWS) {
            const int here = rows - r < A::ROWS ? (int)(rows - r) : A::ROWS;
            int64_t first[A::ROWS], last[A::ROWS];
            bool any = false;
            for (int i = 0; i < here; ++i) {
                const int64_t at = begin + (r + i) / group + shift;  // the query's own key
                last[i] = (job->causal ? at + 1 : length) - block;
                first[i] = job->window > 0 ? at - job->window + 1 - block : 0;
                any |= last[i] > 0 && first[i] < KEYS;
            }
            if (!any) continue;
            switch (here) {
#define X(R) case R: if constexpr (R <= A::ROWS) rows_block<A, R>(&w, r, first, last, d); break;
                X(1) X(2) X(3) X(4) X(5) X(6)
#undef X
            }
        }
    }
    for (int64_t r = 0; r < rows; ++r) {
        const F factor = fset(w.sum[r] > 0.f ? 1.f / w.sum[r] : 0.f);
        for (int64_t i = 0; i < d; i += 16) fstore(job->out + place(r) + i, fmul(fload(w.out + r * d + i), factor));
    }
}

static void attend(const AttentionJob* job, int64_t begin, int64_t end, int64_t sequence, int64_t head, float* scratch) {
    const bool whole = job->kv.kind == KV_INT8 || job->kv.kind == KV_INT4;
    (whole ? walk<Whole> : walk<Real>)(job, begin, end, sequence, head, scratch);
}
