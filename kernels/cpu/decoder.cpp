// All layers of a transformer in one call. The small operations ride along with the matrix products: a row is normed,
// or gated, by the thread that is about to quantise it (`before` of linear_group).
#include "decoder.h"

#include <math.h>
#include <string.h>

#include "arena.h"
#include "attention.h"
#include "linear.h"
#include "pool.h"

namespace ks {

void rope_table(int64_t position, const float* inv_freq, int64_t half, float* table) {
    for (int64_t i = 0; i < half; ++i) {
        const double angle = (double)position * (double)inv_freq[i];
        table[i] = (float)cos(angle);
        table[half + i] = (float)sin(angle);
    }
}

namespace {

struct Step {
    const Decoder* model;
    const DecoderBatch* batch;
    float *hidden, *normed, *q, *k, *v, *seen, *out, *gate, *up;
    float* open;  // attention's output gate
    int32_t *sequence, *position;  // of each token
    const float* tables[2];        // cos and sin of each token, for the two latest sets of frequencies
    const float* of[2];
};

// hidden += the previous block's output, normed first where the model does that (gemma).
void add_block(const Step* s, int64_t row, const float* post_norm) {
    const int64_t n = s->model->features;
    float* out = s->out + row * n;
    if (post_norm) ops().rms_norm_row(out, post_norm, s->model->eps, n, out);
    ops().add_row(s->hidden + row * n, out, n);
}

const float* rope_tables(Step* s, const Layer& layer, Arena& arena) {
    for (int i = 0; i < 2; ++i)
        if (s->of[i] == layer.inv_freq) return s->tables[i];
    const int slot = s->of[0] ? 1 : 0;
    const int64_t half = layer.rope_half;
    float* table = s->of[slot] ? const_cast<float*>(s->tables[slot])
                               : arena.take<float>(s->batch->tokens * MAX_HEAD_DIM);
    for_rows(s->batch->tokens,
             [&](int64_t t) { rope_table(s->position[t], layer.inv_freq, half, table + t * 2 * half); });
    s->tables[slot] = table, s->of[slot] = layer.inv_freq;
    return table;
}

// Norms of heads, rope, rotation; keys and values into the cache.
void place_token(const Step* s, const Layer& layer, const KvView* kv, const float* tables, int64_t t) {
    const Decoder* m = s->model;
    const int64_t d = m->head_dim, half = layer.rope_half;
    const float* table = tables + t * 2 * half;
    for (int64_t h = 0; h < m->heads + m->kv_heads; ++h) {
        const bool query = h < m->heads;
        float* x = query ? s->q + (t * m->heads + h) * d : s->k + (t * m->kv_heads + h - m->heads) * d;
        const float* norm = query ? layer.q_norm : layer.k_norm;
        if (norm) ops().rms_norm_row(x, norm, m->eps, d, x);
        ops().rope_head(x, table, table + half, half, m->neox);
        if (layer.k_smooth) {
            const float* smooth = layer.k_smooth + (query ? h / (m->heads / m->kv_heads) : h - m->heads) * d;
            for (int64_t i = 0; i < d; ++i) x[i] = query ? x[i] * smooth[i] : x[i] / smooth[i];
        }
        if (query && kv->rotate) ops().hadamard_head(x, d);
    }
    const int32_t* pages = s->batch->table + s->sequence[t] * s->batch->table_width;
    store_token(kv, pages, s->position[t], s->k + t * m->kv_heads * d, s->v + t * m->kv_heads * d);
}

// `mix`: what makes s->out of s->normed, whose rows `before` makes.
template <class Mix> void mixed(Step* s, const Layer& layer, bool first, const float* previous_post_norm, Mix&& mix) {
    const int64_t n = s->model->features;
    auto before = [&](int64_t row) {
        if (!first) add_block(s, row, previous_post_norm);
        ops().rms_norm_row(s->hidden + row * n, layer.attn_norm, s->model->eps, n, s->normed + row * n);
    };
    mix([](void* f, int64_t row) { (*static_cast<decltype(before)*>(f))(row); }, &before);
}

void attention(Step* s, const Layer& layer, const KvView* kv, RowFn before, void* context, Arena& arena) {
    const Decoder* m = s->model;
    const DecoderBatch* b = s->batch;
    const Weight* weights[] = {layer.wq, layer.wk, layer.wv, layer.wg};
    const float* biases[] = {layer.bq, layer.bk, layer.bv, nullptr};
    float* results[] = {s->q, s->k, s->v, s->open};
    linear_group(s->normed, b->tokens, layer.wg ? 4 : 3, weights, biases, results, before, context);
    const float* tables = rope_tables(s, layer, arena);
    for_rows(b->tokens, [&](int64_t t) { place_token(s, layer, kv, tables, t); });
    const AttentionJob job = {*kv,     b->sequences, m->heads, b->table_width, b->starts,   b->lengths,
                              b->table, s->q,         s->seen,  m->scale,       /*causal*/ 1, layer.window};
    attend_all(&job);
    if (layer.wg)
        for_rows(b->tokens, [&](int64_t t) {
            const int64_t n = m->heads * m->head_dim;
            for (int64_t i = t * n; i < (t + 1) * n; ++i) s->seen[i] *= 1.f / (1.f + expf(-s->open[i]));
        });
    linear_group(s->seen, b->tokens, 1, &layer.wo, &layer.bo, &s->out);
}

void feed_forward(Step* s, const Layer& layer) {
    const Decoder* m = s->model;
    auto before = [&](int64_t row) {
        add_block(s, row, layer.post_attn_norm);
        ops().rms_norm_row(s->hidden + row * m->features, layer.ffn_norm, m->eps, m->features,
                           s->normed + row * m->features);
    };
    const RowFn norm = [](void* f, int64_t row) { (*static_cast<decltype(before)*>(f))(row); };
    const int64_t t = s->batch->tokens, n = layer.gate->n;
    if (t > ops().few) {
        linear_gated(s->normed, t, layer.gate, layer.up, m->activation, s->gate, norm, &before);
        linear_group(s->gate, t, 1, &layer.down, nullptr, &s->out);
        return;
    }
    const Weight* weights[] = {layer.gate, layer.up};
    float* results[] = {s->gate, s->up};
    linear_group(s->normed, t, 2, weights, nullptr, results, norm, &before);
    auto gated = [&](int64_t row) {
        ops().gated_row(s->gate + row * n, s->up + row * n, m->activation, n, s->gate + row * n);
    };
    linear_group(s->gate, t, 1, &layer.down, nullptr, &s->out,
                 [](void* f, int64_t row) { (*static_cast<decltype(gated)*>(f))(row); }, &gated);
}

}  // namespace

void decoder_forward(const Decoder* model, const DecoderBatch* batch, float* hidden) {
    const int64_t t = batch->tokens;
    if (t == 0) return;
    int64_t widest = 0;
    bool opens = false;
    for (int64_t i = 0; i < model->count; ++i) {
        if (model->layers[i].gate->n > widest) widest = model->layers[i].gate->n;
        opens = opens || model->layers[i].wg;
    }
    Arena arena;
    Step s{};
    s.model = model, s.batch = batch, s.hidden = hidden;
    s.normed = arena.take<float>(t * model->features);
    s.q = arena.take<float>(t * model->heads * model->head_dim);
    s.k = arena.take<float>(t * model->kv_heads * model->head_dim);
    s.v = arena.take<float>(t * model->kv_heads * model->head_dim);
    s.seen = arena.take<float>(t * model->heads * model->head_dim);
    s.open = arena.take<float>(opens ? t * model->heads * model->head_dim : 0);
    s.out = arena.take<float>(t * model->features);
    s.gate = arena.take<float>(t * widest);
    s.up = arena.take<float>((t <= ops().few ? t : 0) * widest);
    s.sequence = arena.take<int32_t>(t);
    s.position = arena.take<int32_t>(t);
    for (int64_t q = 0; q < batch->sequences; ++q)
        for (int32_t i = batch->starts[q]; i < batch->starts[q + 1]; ++i) {
            s.sequence[i] = (int32_t)q;
            s.position[i] = batch->lengths[q] - batch->starts[q + 1] + i;
        }
    const float* post_norm = nullptr;
    const KvView* kv = batch->kv;
    int64_t states = 0;
    for (int64_t i = 0; i < model->count; ++i) {
        const Layer& layer = model->layers[i];
        mixed(&s, layer, i == 0, post_norm, [&](RowFn before, void* context) {
            if (layer.delta)
                delta_mix(layer.delta, batch->uses, batch->starts, batch->sequences, states++, model->eps, s.normed, s.out,
                          before, context);
            else
                attention(&s, layer, kv++, before, context, arena);
        });
        feed_forward(&s, model->layers[i]);
        post_norm = model->layers[i].post_ffn_norm;
    }
    for_rows(t, [&](int64_t row) { add_block(&s, row, post_norm); });
}

}  // namespace ks
