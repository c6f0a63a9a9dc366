// Attention over latents that all heads share (multi-head latent attention, DeepSeek-V2, arXiv 2405.04434, with the
// matrices that would make keys and values of them absorbed into queries and output): a key is a latent of value_dim
// numbers beside head_dim that carry its position, its value the latent alone. Latent and position have scales of their
// own. Heads are rows over one block of keys, which is loaded and transposed once for all of them.

struct Latents {
    Walk latent, turned;  // `turned` has keys, queries and scores of what carries the position, and nothing else
};

static Latents divide_latents(float* scratch, int64_t rope, int64_t d) {
    Latents l;
    auto take = [&](int64_t n) { return scratch += n, scratch - n; };
    Walk &w = l.latent, &t = l.turned;
    w.kt = take(d * KEYS), w.v = take(d * KEYS), w.k_scale = take(KEYS), w.v_scale = take(KEYS);
    w.q = take(LATENT_ROWS * d), w.out = take(LATENT_ROWS * d), w.maximum = take(LATENT_ROWS);
    w.sum = take(LATENT_ROWS), w.q_scale = take(LATENT_ROWS), w.s = take(AR * KEYS);
    w.p = (int16_t*)take(AR * KEYS / 2);
    t = w;
    t.kt = take(rope * KEYS), t.q = take(LATENT_ROWS * rope), t.q_scale = take(LATENT_ROWS), t.s = take(AR * KEYS);
    return l;
}

template <class A, int R>
static void latent_rows(const Latents* l, int64_t row, const int64_t* last, int64_t rope, int64_t d) {
    alignas(64) float ones[KEYS];
    const Walk *w = &l->latent, *t = &l->turned;
    float keep[R], worth[R];
    A::template scores<R>(w, row, d);
    A::template scores<R>(t, row, rope);
    for (int i = 0; i < KEYS; i += 16) fstore(ones + i, fset(1.f));
    for (int r = 0; r < R; ++r) {
        float* s = w->s + r * KEYS;
        for (int i = 0; i < KEYS; i += 16)
            fstore(s + i, fma(fload(s + i), fload(w->v_scale + i), fmul(fload(t->s + r * KEYS + i), fload(w->k_scale + i))));
        keep[r] = softmax_block(s, 0, last[r], ones, w->v_scale, w->maximum + row + r, w->sum + row + r);
        worth[r] = A::weights(w, r);
    }
    int64_t at = 0;
    for (; at + 16 * AV <= d; at += 16 * AV) A::template weigh<R, AV>(w, row, at, d, keep, worth);
    for (; at < d; at += 16) A::template weigh<R, 1>(w, row, at, d, keep, worth);
}

// Queries `begin … end` of one sequence and `heads` heads from `head`; (end - begin) · heads at most LATENT_ROWS.
template <class A>
static void walk_latents(const LatentJob* latent, int64_t begin, int64_t end, int64_t sequence, int64_t head,
                         int64_t heads, float* scratch) {
    const AttentionJob* job = &latent->job;
    const KvView* kv = &job->kv;
    const int64_t d = kv->value_dim, rope = kv->head_dim, rows = (end - begin) * heads;
    const Latents l = divide_latents(scratch, rope, d);
    const Walk& w = l.latent;
    auto place = [&](int64_t r) { return (begin + r / heads) * job->heads + head + r % heads; };
    const int32_t* table = job->table + sequence * job->table_width;
    const int64_t shift = job->lengths[sequence] - job->starts[sequence + 1];
    for (int64_t r = 0; r < rows; ++r) {
        A::put_query(&w, r, d, latent->latent_q + place(r) * d, job->scale);
        A::put_query(&l.turned, r, rope, job->q + place(r) * rope, job->scale);
        for (int64_t i = 0; i < d; i += 16) fstore(w.out + r * d + i, fzero());
        w.maximum[r] = -INFINITY, w.sum[r] = 0.f;
    }
    for (int64_t block = 0; block < end + shift; block += KEYS) {
        int64_t cells[KEYS];
        find_cells(&w, kv, table, 0, block, end + shift, cells);
        load_values<A>(&w, kv->kind, kv->v, cells, d);
        load_keys<A>(&w, kv->kind, kv->v, cells, d);
        load_keys<A>(&l.turned, kv->kind, kv->k, cells, rope);
        for (int64_t r = 0; r < rows; r += A::ROWS) {
            const int here = rows - r < A::ROWS ? (int)(rows - r) : A::ROWS;
            int64_t last[A::ROWS];
            bool any = false;
            for (int i = 0; i < here; ++i) {
                last[i] = begin + (r + i) / heads + shift + 1 - block;
                any |= last[i] > 0;
            }
            if (!any) continue;
            switch (here) {
#define X(R) case R: if constexpr (R <= A::ROWS) latent_rows<A, R>(&l, r, last, rope, d); break;
                X(1) X(2) X(3) X(4) X(5) X(6)
#undef X
            }
        }
    }
    for (int64_t r = 0; r < rows; ++r) {
        const F factor = fset(w.sum[r] > 0.f ? 1.f / w.sum[r] : 0.f);
        float* out = job->out + place(r) * d;
        for (int64_t i = 0; i < d; i += 16) fstore(out + i, fmul(fload(w.out + r * d + i), factor));
    }
}

static void attend_latents(const LatentJob* job, int64_t begin, int64_t end, int64_t sequence, int64_t head,
                           int64_t heads, float* scratch) {
    const bool whole = job->job.kv.kind == KV_INT8 || job->job.kv.kind == KV_INT4;
    (whole ? walk_latents<Whole> : walk_latents<Real>)(job, begin, end, sequence, head, heads, scratch);
}
