// The gated delta rule. Columns of a head's matrix do not meet one another, so that a block of them stays in the first
// cache while one thread walks through all tokens of a sequence: cut anywhere, the sums are the same.
#include "delta.h"

#include <math.h>
#include <string.h>

#include "arena.h"
#include "pool.h"

namespace ks {
namespace {

constexpr int64_t COLUMNS = 32;
constexpr float UNIT_EPS = 1e-6f;

// The row of `mixed` that lies `back` tokens before the first of a sequence, of the state it begins with.
const float* tail_row(const DeltaNet* n, const StateUse& use, int64_t layer, int64_t back) {
    if (!use.read) return nullptr;
    return use.read + layer * n->state() + n->memory() + (n->taps - 1 - back) * n->channels();
}

// Convolution, lengths, and how much each head forgets and learns.
void prepare_token(const DeltaJob* job, const StateUse& use, int64_t first, int64_t t, float* conv, float* fade,
                   float* learn) {
    const DeltaNet* n = job->net;
    const int64_t width = n->channels(), d = n->key_dim;
    const float* rows[MAX_TAPS];
    for (int64_t j = 0; j < n->taps; ++j) {
        const int64_t at = t - (n->taps - 1) + j;
        rows[j] = at >= first ? job->mixed + at * width : tail_row(n, use, job->layer, first - at);
    }
    float* row = conv + t * width;
    ops().conv_row(rows, n->conv, n->taps, width, row);
    float scale[2][MAX_HEAD_DIM];  // sqrt(d) comes from the mean, and a query is divided by it once more
    for (int64_t i = 0; i < d; ++i) scale[0][i] = 1.f / (float)d, scale[1][i] = 1.f / sqrtf((float)d);
    for (int64_t h = 0; h < 2 * n->key_heads; ++h)
        ops().rms_norm_row(row + h * d, scale[h >= n->key_heads], UNIT_EPS / (float)d, d, row + h * d);
    for (int64_t h = 0; h < n->value_heads; ++h) {
        const float x = job->decay[t * n->value_heads + h] + n->dt_bias[h];
        const float step = x > 20.f ? x : log1pf(expf(x));
        fade[t * n->value_heads + h] = expf(n->decay[h] * step);
        learn[t * n->value_heads + h] = 1.f / (1.f + expf(-job->beta[t * n->value_heads + h]));
    }
}

void write_tails(const DeltaJob* job, const StateUse& use, int64_t first) {
    const DeltaNet* n = job->net;
    const int64_t width = n->channels(), kept = n->taps - 1;
    for (int64_t w = 0; w < use.writes; ++w) {
        float* to = use.target[w] + job->layer * n->state() + n->memory();
        for (int64_t i = 0; i < kept; ++i) {  // in this order a state may be written over itself
            const int64_t at = use.after[w] - kept + i;
            const float* from = at >= 0 ? job->mixed + (first + at) * width : tail_row(n, use, job->layer, -at);
            if (from) memmove(to + i * width, from, width * sizeof(float));
            else memset(to + i * width, 0, width * sizeof(float));
        }
    }
}

void note(const DeltaJob* job, const StateUse& use, int64_t end) {
    const DeltaNet* n = job->net;
    for (int64_t i = 0; i < use.drafts; ++i) {
        const int64_t t = end - use.drafts + i, heads = n->value_heads;
        float* to = use.journal + (job->layer * use.drafts + i) * n->noted();
        memcpy(to, job->mixed + t * n->channels(), n->channels() * sizeof(float));
        memcpy(to + n->channels(), job->decay + t * heads, heads * sizeof(float));
        memcpy(to + n->channels() + heads, job->beta + t * heads, heads * sizeof(float));
    }
}

}  // namespace

void delta_rule(const DeltaJob* job) {
    const DeltaNet* n = job->net;
    const int64_t tokens = job->starts[job->sequences], heads = n->value_heads, width = n->channels();
    Arena arena;
    float* conv = arena.take<float>(tokens * width);
    float* fade = arena.take<float>(tokens * heads);
    float* learn = arena.take<float>(tokens * heads);
    for (int64_t s = 0; s < job->sequences; ++s) {
        const int64_t first = job->starts[s], end = job->starts[s + 1];
        for_rows(end - first, [&](int64_t i) { prepare_token(job, job->uses[s], first, first + i, conv, fade, learn); });
        if (job->uses[s].journal) note(job, job->uses[s], end);
        write_tails(job, job->uses[s], first);
    }
    const int64_t blocks = ceil_div(n->value_dim, COLUMNS);
    parallel(job->sequences * heads * blocks, [&](int64_t item, int) {
        const int64_t block = item % blocks, h = item / blocks % heads, s = item / blocks / heads;
        const int64_t first = job->starts[s], from = block * COLUMNS;
        const int64_t key_head = n->tiled ? h % n->key_heads : h / (heads / n->key_heads);
        const int64_t place = job->layer * n->state() + h * n->key_dim * n->value_dim + from;
        const StateUse& use = job->uses[s];
        DeltaColumns c{};
        c.q = conv + first * width + key_head * n->key_dim;
        c.k = c.q + n->keys();
        c.v = conv + first * width + 2 * n->keys() + h * n->value_dim + from;
        c.fade = fade + first * heads + h, c.learn = learn + first * heads + h;
        c.out = job->out + first * n->values() + h * n->value_dim + from;
        c.count = job->starts[s + 1] - first, c.key_dim = n->key_dim, c.value_dim = n->value_dim;
        c.columns = n->value_dim - from < COLUMNS ? n->value_dim - from : COLUMNS;
        c.token = width, c.heads = heads, c.out_token = n->values();
        c.read = use.read ? use.read + place : nullptr;
        c.writes = use.writes;
        for (int64_t w = 0; w < use.writes; ++w) c.after[w] = use.after[w], c.target[w] = use.target[w] + place;
        ops().delta_columns(&c);
    });
}

void delta_mix(const DeltaNet* net, const StateUse* uses, const int32_t* starts, int64_t sequences, int64_t layer,
               float eps, const float* x, float* out, RowFn before, void* context) {
    const int64_t tokens = starts[sequences], values = net->values();
    Arena arena;
    float* mixed = arena.take<float>(tokens * net->channels());
    float* gate = arena.take<float>(tokens * values);
    float* decay = arena.take<float>(tokens * net->value_heads);
    float* beta = arena.take<float>(tokens * net->value_heads);
    float* seen = arena.take<float>(tokens * values);
    const Weight* weights[] = {net->mixed, net->gate, net->decay_in, net->beta_in};
    float* results[] = {mixed, gate, decay, beta};
    linear_group(x, tokens, 4, weights, nullptr, results, before, context);
    const DeltaJob job = {net, uses, starts, sequences, layer, mixed, decay, beta, seen};
    delta_rule(&job);
    auto gated = [&](int64_t row) {
        float* of = seen + row * values;
        for (int64_t h = 0; h < net->value_heads; ++h)
            ops().rms_norm_row(of + h * net->value_dim, net->norm, eps, net->value_dim, of + h * net->value_dim);
        ops().gated_row(gate + row * values, of, SILU, values, of);
    };
    linear_group(seen, tokens, 1, &net->wo, nullptr, &out,
                 [](void* f, int64_t row) { (*static_cast<decltype(gated)*>(f))(row); }, &gated);
}

}  // namespace ks
