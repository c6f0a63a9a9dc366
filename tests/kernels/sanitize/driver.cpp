// Runs every kernel of the C++ backend on buffers of exactly the size they may touch, so that the address sanitizer
// sees a byte too far, and holds what each instruction set computes against the plain C++. Prints how many calls it made;
// a sanitizer's report or a difference ends it with another status.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "../../../kernels/cpu/attention.h"
#include "../../../kernels/cpu/decoder.h"
#include "../../../kernels/cpu/linear.h"
#include "../../../kernels/cpu/pool.h"
#include "../../../kernels/cpu/repack.h"

extern "C" {
int ks_use_isa(const char*);
void ks_repack(int, int64_t, int64_t, const uint8_t*, uint8_t*);
void ks_rms_norm(const float*, const float*, float, int64_t, int64_t, float*);
void ks_gated(const float*, const float*, int, int64_t, int64_t, float*);
void ks_rope(float*, const int32_t*, const float*, int64_t, int, int64_t, int64_t, int64_t);
void ks_hadamard(float*, int64_t, int64_t);
void ks_decode(const ks::Decoder*, const ks::DecoderBatch*, float*);
}
using namespace ks;

static int calls = 0, wrong = 0;
static const char* isa;

// The plain C++ runs first and is remembered; the others are compared, by the largest difference over the largest value.
static void compare(const char* what, int detail, const float* y, int64_t n, float bound) {
    static std::vector<std::vector<float>> known;
    static size_t at = 0;
    static const char* before = nullptr;
    ++calls;
    if (before != isa) at = 0, before = isa;
    if (!strcmp(isa, "portable")) {
        known.emplace_back(y, y + n);
        return;
    }
    const std::vector<float>& want = known.at(at++);
    float difference = 0, largest = 1e-30f;
    for (int64_t i = 0; i < n; ++i) {
        if (std::isnan(want[(size_t)i]) && std::isnan(y[i])) continue;
        const float one = std::fabs(y[i] - want[(size_t)i]);
        if (!(one <= difference)) difference = one;  // also when it is no number
        largest = std::fmax(largest, std::fabs(want[(size_t)i]));
    }
    if (difference <= bound * largest) return;
    ++wrong;
    printf("%s: %s %d differs by %g of %g\n", isa, what, detail, difference, largest);
}

struct Floats {  // malloc'd to the byte, unlike a vector's capacity
    float* p;
    explicit Floats(int64_t n) : p((float*)malloc(sizeof(float) * (size_t)n)) {
        for (int64_t i = 0; i < n; ++i) p[i] = (float)(rand() % 2001 - 1000) / 500.f;
    }
    ~Floats() { free(p); }
};

struct Matrix {
    Weight w;
    uint8_t* data;
    Matrix(int type, int64_t n, int64_t k) {
        const size_t from = (size_t)(n * row_bytes(type, k)), to = (size_t)(tiles_of(n) * tile_bytes(type, k));
        uint8_t* rows = (uint8_t*)malloc(from);
        for (size_t i = 0; i < from; ++i) rows[i] = (uint8_t)(rand() & 0x3f);  // no half is infinite
        data = (uint8_t*)malloc(to);
        ks_repack(type, n, k, rows, data);
        free(rows);
        w = {type, 0, n, k, data};
    }
    ~Matrix() { free(data); }
};

static void linear(int type) {
    const int64_t k = block_weights(type) == 256 ? 768 : 608, n = 85;
    Matrix m(type, n, k);
    for (int64_t rows : {1, 2, 3, 4, 5, 7, 8, 9, 13, 40}) {
        Floats x(rows * k), y(rows * n), bias(n);
        const Weight* w = &m.w;
        const float* b = bias.p;
        linear_group(x.p, rows, 1, &w, &b, &y.p);
        compare("linear", type, y.p, rows * n, 1e-6f);
        Floats alone(n);
        float* one = alone.p;
        linear_group(x.p + (rows - 1) * k, 1, 1, &w, &b, &one);
        if (!memcmp(one, y.p + (rows - 1) * n, sizeof(float) * (size_t)n)) continue;
        ++wrong;
        printf("%s: linear %d: the last of %d rows differs from itself alone\n", isa, type, (int)rows);
    }
}

static void attention(int kind, int64_t d, int64_t window) {
    static const int64_t bits[] = {16, 8, 4, 32};
    const int64_t kv_heads = 2, heads = 6, page = 16, pages = 7;
    const int32_t starts[] = {0, 1, 20}, lengths[] = {33, 50}, table[] = {6, 0, 2, 0, 5, 1, 3, 4};
    const size_t bytes = (size_t)(pages * kv_heads * page * d * bits[kind] / 8), cells = (size_t)(pages * kv_heads * page);
    void *k = calloc(1, bytes), *v = calloc(1, bytes);
    float *ks = (float*)calloc(cells, 4), *vs = (float*)calloc(cells, 4);
    const bool scaled = kind == KV_INT8 || kind == KV_INT4;
    const KvView view = {kind, kind != KV_F32, kv_heads, d, page, k, v, scaled ? ks : nullptr, scaled ? vs : nullptr,
                         d};
    Floats q(20 * heads * d), out(20 * heads * d), keys(20 * kv_heads * d), values(20 * kv_heads * d);
    if (kind != KV_F32) store_all(&view, 2, starts, lengths, table, 4, keys.p, values.p);
    else  // the caller's own keys and values, which nobody stores
        for (size_t i = 0; i < bytes / 4; ++i) ((float*)k)[i] = keys.p[i % 2557], ((float*)v)[i] = values.p[i % 2551];
    const AttentionJob job = {view, 2, heads, 4, starts, lengths, table, q.p, out.p, 0.1f, 1, window};
    attend_all(&job);
    ++calls;
    compare("attention", kind, out.p, 20 * heads * d, 1e-5f);
    free(k), free(v), free(ks), free(vs);
}

// Two sequences over pages of latents, with heads that do not divide evenly; and a matrix for each head.
static void latents(int32_t kind, int64_t rank) {
    const int64_t turned = 32, heads = 19, page = 16, pages = 7, tokens = 20;
    const int32_t starts[] = {0, 19, 20}, lengths[] = {40, 33}, table[] = {3, 0, 1, 2, 4, 6, 5, 0};
    static const int64_t bits[] = {16, 8, 4, 32};
    void* k = calloc(1, (size_t)(pages * page * turned * bits[kind] / 8));
    void* v = calloc(1, (size_t)(pages * page * rank * bits[kind] / 8));
    float *ks = (float*)calloc(pages * page, 4), *vs = (float*)calloc(pages * page, 4);
    const bool scaled = kind != KV_FP16;
    const KvView view = {kind, scaled, 1, turned, page, k, v, scaled ? ks : nullptr, scaled ? vs : nullptr, rank};
    Floats q(tokens * heads * turned), latent_q(tokens * heads * rank), out(tokens * heads * rank);
    Floats keys(tokens * turned), values(tokens * rank);
    store_all(&view, 2, starts, lengths, table, 4, keys.p, values.p);
    const LatentJob job = {{view, 2, heads, 4, starts, lengths, table, q.p, out.p, 0.1f, 1, 0}, latent_q.p};
    attend_latents_all(&job);
    compare("latents", kind, out.p, tokens * heads * rank, 1e-5f);
    free(k), free(v), free(ks), free(vs);
    Matrix each(Q8_0, 3 * 48, 64);
    Floats x(3 * 5 * 64), y(3 * 5 * 48);
    linear_heads(x.p, 5, 3, &each.w, y.p);
    compare("heads", kind, y.p, 3 * 5 * 48, 1e-2f);
}

static void glue(int64_t n) {
    Floats x(11 * n), y(11 * n), weight(n), out(11 * n);
    ks_rms_norm(x.p, weight.p, 1e-6f, 11, n, out.p);
    compare("norm", (int)n, out.p, 11 * n, 1e-6f);
    for (int activation : {SILU, GELU_TANH}) {
        ks_gated(x.p, y.p, activation, 11, n, out.p);
        compare("gated", (int)n, out.p, 11 * n, 1e-6f);
    }
    if (n % 32) return;
    const int32_t positions[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 100000};
    Floats frequencies(n / 2);
    for (int neox : {0, 1}) ks_rope(x.p, positions, frequencies.p, n / 2, neox, 11, 1, n);
    ks_hadamard(x.p, 11, n);
    calls += 2;
    compare("rope and rotation", (int)n, x.p, 11 * n, 1e-6f);
}

static void decoder() {
    const int64_t f = 256, d = 64, heads = 4, kv_heads = 2, ffn = 512;
    Matrix wq(Q4_K, heads * d, f), wk(Q5_0, kv_heads * d, f), wv(Q6_K, kv_heads * d, f), wo(Q8_0, f, heads * d);
    Matrix gate(Q4_1, ffn, f), up(F16, ffn, f), down(Q3_K, f, ffn);
    Floats norm(f), head(d), frequencies(d / 2), bias(ffn), smooth(kv_heads * d);
    for (int64_t i = 0; i < kv_heads * d; ++i) smooth.p[i] = 1.f;
    Layer layer{};
    layer.wq = &wq.w, layer.wk = &wk.w, layer.wv = &wv.w, layer.wo = &wo.w;
    layer.gate = &gate.w, layer.up = &up.w, layer.down = &down.w;
    layer.attn_norm = layer.ffn_norm = layer.post_attn_norm = layer.post_ffn_norm = norm.p;
    layer.q_norm = layer.k_norm = head.p, layer.inv_freq = frequencies.p, layer.k_smooth = smooth.p;
    layer.bq = layer.bk = layer.bv = layer.bo = bias.p, layer.rope_half = d / 2, layer.window = 10;
    const size_t cells = 4 * 2 * 16;
    std::vector<int8_t> k(cells * 64), v(cells * 64);
    std::vector<float> ks(cells), vs(cells);
    const KvView view = {KV_INT8, 1, kv_heads, d, 16, k.data(), v.data(), ks.data(), vs.data(), d};
    const Decoder model = {&layer, 1, f, heads, kv_heads, d, 1e-6f, 0.125f, SILU, 1};
    const int32_t starts[] = {0, 12, 13}, lengths[] = {12, 20}, table[] = {3, 0, 1, 2};
    const DecoderBatch batch = {13, 2, 2, starts, lengths, table, &view};
    Floats hidden(13 * f);
    ks_decode(&model, &batch, hidden.p);
    compare("decoder", 0, hidden.p, 13 * f, 1e-2f);  // a code of x that rounds the other way is a hundredth of a value
}

static bool built(int type) {
#ifdef KS_FEW_FORMATS
    return type != Q4_0 && type != Q5_1 && type != IQ4_NL && type != Q2_K && type != Q5_K;
#else
    return type < TYPES;
#endif
}

int main() {
    pool_set_threads(3);
    for (const char* each : {"portable", "avx2", "avxvnni", "avx512vnni", "neon", "dotprod"}) {
        if (ks_use_isa(isa = each)) continue;
        srand(1);
        for (int type = 0; type < TYPES; ++type)
            if (built(type)) linear(type);
        for (int kind : {KV_FP16, KV_INT8, KV_INT4, KV_F32})
            for (int64_t d : {64, 96, 256})
                for (int64_t window : {0, 20}) attention(kind, d, window);
        for (int32_t kind : {KV_FP16, KV_INT8, KV_INT4})
            for (int64_t rank : {48, 512}) latents(kind, rank);
        for (int64_t n : {1, 31, 64, 96, 256}) glue(n);
        decoder();
        printf("%s: %d calls\n", isa, calls);
    }
    return wrong > 0;
}
