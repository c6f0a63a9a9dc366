// Attention of a block of queries of one key head over the pages of its sequence, 64 keys at a time with a running
// maximum (Milakov and Gimelshein 2018). Blocks of keys begin at multiples of 64 whatever the step computes, so a
// query's result does not depend on how the prompt was cut.

constexpr int KEYS = ATTENTION_KEYS;

// Keys [from, to) of the cache, transposed into kt [head_dim][64], and values into v [64][head_dim], both as the
// integers they are stored as; their scales apart. What is beyond `to` becomes zero.
static void load_block(const KvView* kv, const int32_t* table, int64_t head, int64_t from, int64_t to, float* kt,
                       float* v, float* k_scale, float* v_scale) {
    const int64_t d = kv->head_dim;
    int64_t cells[KEYS];
    for (int64_t at = 0; at < KEYS; ++at) {
        const int64_t key = from + at;
        if (key >= to) {
            cells[at] = -1, k_scale[at] = v_scale[at] = 0.f;
            for (int64_t i = 0; i < d; i += 16) fstore(v + at * d + i, fzero());
            continue;
        }
        const int64_t page = table[key / kv->page_size];
        const int64_t cell = (page * kv->kv_heads + head) * kv->page_size + key % kv->page_size;
        cells[at] = cell;
        k_scale[at] = kv->k_scale ? kv->k_scale[cell] : 1.f;
        v_scale[at] = kv->v_scale ? kv->v_scale[cell] : 1.f;
        for (int64_t i = 0; i < d; i += 16) fstore(v + at * d + i, load_row(kv->kind, kv->v, cell * d + i));
    }
    for (int64_t at = 0; at < KEYS; at += 16)
        for (int64_t i = 0; i < d; i += 16) {
            F rows[16];
            for (int64_t j = 0; j < 16; ++j)
                rows[j] = cells[at + j] < 0 ? fzero() : load_row(kv->kind, kv->k, cells[at + j] * d + i);
            transpose16(rows);
            for (int64_t j = 0; j < 16; ++j) fstore(kt + (i + j) * KEYS + at, rows[j]);
        }
}

// scores [R][64] = q [R][d] · kt [d][64]
template <int R> static void scores(const float* q, const float* kt, int64_t d, float* s) {
    for (int at = 0; at < KEYS; at += 16 * AV) {
        F acc[R][AV];
        for (int r = 0; r < R; ++r)
            for (int t = 0; t < AV; ++t) acc[r][t] = fzero();
        for (int64_t i = 0; i < d; ++i) {
            F k[AV];
            for (int t = 0; t < AV; ++t) k[t] = fload(kt + i * KEYS + at + 16 * t);
            for (int r = 0; r < R; ++r) {
                const F x = fset(q[r * d + i]);
                for (int t = 0; t < AV; ++t) acc[r][t] = fma(x, k[t], acc[r][t]);
            }
        }
        for (int r = 0; r < R; ++r)
            for (int t = 0; t < AV; ++t) fstore(s + r * KEYS + at + 16 * t, acc[r][t]);
    }
}

// T vectors of: out [R][d] = out · keep [R] + p [R][64] · v [64][d]
template <int R, int T> static void weigh_part(const float* p, const float* v, int64_t d, const float* keep, float* out) {
    F acc[R][T];
    for (int r = 0; r < R; ++r)
        for (int t = 0; t < T; ++t) acc[r][t] = fmul(fload(out + r * d + 16 * t), fset(keep[r]));
    for (int key = 0; key < KEYS; ++key) {
        F x[T];
        for (int t = 0; t < T; ++t) x[t] = fload(v + key * d + 16 * t);
        for (int r = 0; r < R; ++r) {
            const F w = fset(p[r * KEYS + key]);
            for (int t = 0; t < T; ++t) acc[r][t] = fma(w, x[t], acc[r][t]);
        }
    }
    for (int r = 0; r < R; ++r)
        for (int t = 0; t < T; ++t) fstore(out + r * d + 16 * t, acc[r][t]);
}

template <int R> static void weigh(const float* p, const float* v, int64_t d, const float* keep, float* out) {
    int64_t at = 0;
    for (; at + 16 * AV <= d; at += 16 * AV) weigh_part<R, AV>(p, v + at, d, keep, out + at);
    for (; at < d; at += 16) weigh_part<R, 1>(p, v + at, d, keep, out + at);  // head_dim 96
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

template <int R>
static void rows_block(float* q, float* s, float* out, const float* kt, const float* v, const float* k_scale,
                       const float* v_scale, const int64_t* first, const int64_t* last, float* maximum, float* sum,
                       int64_t d) {
    float keep[R];
    scores<R>(q, kt, d, s);
    for (int r = 0; r < R; ++r)
        keep[r] = softmax_block(s + r * KEYS, first[r], last[r], k_scale, v_scale, maximum + r, sum + r);
    weigh<R>(s, v, d, keep, out);
}

// Queries `begin … end` (tokens of the batch) of one sequence and one key head. q, out: [tokens, heads, d];
// q already holds what the cache's keys are to be multiplied with (rope, rotation), without the scale.
static void attend(const AttentionJob* job, int64_t begin, int64_t end, int64_t sequence, int64_t head, float* scratch) {
    const KvView* kv = &job->kv;
    const int64_t d = kv->head_dim, group = job->heads / kv->kv_heads, rows = (end - begin) * group;
    float* kt = scratch;
    float* v = kt + d * KEYS;
    float* q = v + d * KEYS;
    float* out = q + ATTENTION_ROWS * d;
    float* s = out + ATTENTION_ROWS * d;
    float* maximum = s + AR * KEYS;
    float* sum = maximum + ATTENTION_ROWS;
    float* k_scale = sum + ATTENTION_ROWS;
    float* v_scale = k_scale + KEYS;
    const int32_t* table = job->table + sequence * job->table_width;
    const int64_t length = job->lengths[sequence], shift = length - job->starts[sequence + 1];
    for (int64_t r = 0; r < rows; ++r) {
        const float* from = job->q + ((begin + r / group) * job->heads + head * group + r % group) * d;
        for (int64_t i = 0; i < d; i += 16) fstore(q + r * d + i, fmul(fload(from + i), fset(job->scale)));
        for (int64_t i = 0; i < d; i += 16) fstore(out + r * d + i, fzero());
        maximum[r] = -INFINITY, sum[r] = 0.f;
    }
    const int64_t last_key = job->causal ? end + shift : length;  // exclusive, of the last query
    int64_t first_key = job->window > 0 ? begin + shift - job->window + 1 : 0;
    if (first_key < 0) first_key = 0;
    for (int64_t block = first_key / KEYS * KEYS; block < last_key; block += KEYS) {
        load_block(kv, table, head, block, last_key, kt, v, k_scale, v_scale);
        for (int64_t r = 0; r < rows; r += AR) {
            const int here = rows - r < AR ? (int)(rows - r) : AR;
            int64_t first[AR], last[AR];
            bool any = false;
            for (int i = 0; i < here; ++i) {
                const int64_t at = begin + (r + i) / group + shift;  // the query's own key
                last[i] = (job->causal ? at + 1 : length) - block;
                first[i] = job->window > 0 ? at - job->window + 1 - block : 0;
                any |= last[i] > 0 && first[i] < KEYS;
            }
            if (!any) continue;
            float *qr = q + r * d, *o = out + r * d, *m = maximum + r, *l = sum + r;
            switch (here) {
#define X(R) case R: if constexpr (R <= AR) rows_block<R>(qr, s, o, kt, v, k_scale, v_scale, first, last, m, l, d); break;
                X(1) X(2) X(3) X(4) X(5) X(6)
#undef X
            }
        }
    }
    for (int64_t r = 0; r < rows; ++r) {
        float* to = job->out + ((begin + r / group) * job->heads + head * group + r % group) * d;
        const F factor = fset(sum[r] > 0.f ? 1.f / sum[r] : 0.f);
        for (int64_t i = 0; i < d; i += 16) fstore(to + i, fmul(fload(out + r * d + i), factor));
    }
}
