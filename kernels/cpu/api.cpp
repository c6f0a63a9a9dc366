// The plain C interface that kernels/cpu/__init__.py binds, and the choice of the instruction set.
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include "arena.h"
#include "attention.h"
#include "decoder.h"
#include "delta.h"
#include "linear.h"
#include "memory.h"
#include "pool.h"
#include "repack.h"

#define KS_API extern "C" __attribute__((visibility("default")))

namespace ks {
namespace {

#if defined(__x86_64__)
bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
bool has_avxvnni() {
    if (!has_avx2() || !ops_avxvnni()) return false;
#ifdef KS_EMULATE_VNNI
    return true;
#endif
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1);  // compilers know its name only since 2021
}
bool has_avx512() {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vnni");
}
#elif defined(__aarch64__)
bool has_dotprod() {
#if defined(__APPLE__)
    return true;  // since the M1
#elif defined(__linux__)
    return getauxval(AT_HWCAP) & HWCAP_ASIMDDP;
#else
    return false;
#endif
}
#endif

const Ops* best() {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (has_avx512()) return &OPS_AVX512;
    if (has_avxvnni()) return ops_avxvnni();
    if (has_avx2()) return &OPS_AVX2;
#elif defined(__aarch64__)
    return has_dotprod() ? &OPS_DOTPROD : &OPS_NEON;
#endif
    return &OPS_PORTABLE;
}

const Ops* current = best();

}  // namespace

const Ops& ops() { return *current; }

void* thread_scratch() {
    struct Scratch {
        void* p = aligned_alloc(4096, SCRATCH);
        ~Scratch() { free(p); }
    };
    static thread_local Scratch scratch;
    return scratch.p;
}

}  // namespace ks

using namespace ks;

KS_API int ks_version() { return 1; }
KS_API const char* ks_isa() { return ops().name; }

// 0 when this machine has the instruction set `name`, which is then in use; "" picks the best.
KS_API int ks_use_isa(const char* name) {
    if (!*name) return current = best(), 0;
    if (!strcmp(name, OPS_PORTABLE.name)) return current = &OPS_PORTABLE, 0;
#if defined(__x86_64__)
    if (!strcmp(name, OPS_AVX2.name) && has_avx2()) return current = &OPS_AVX2, 0;
    if (!strcmp(name, "avxvnni") && has_avxvnni()) return current = ops_avxvnni(), 0;
    if (!strcmp(name, OPS_AVX512.name) && has_avx512()) return current = &OPS_AVX512, 0;
#elif defined(__aarch64__)
    if (!strcmp(name, OPS_NEON.name)) return current = &OPS_NEON, 0;
    if (!strcmp(name, OPS_DOTPROD.name) && has_dotprod()) return current = &OPS_DOTPROD, 0;
#endif
    return -1;
}

KS_API void ks_set_threads(int n) { pool_set_threads(n); }
KS_API int ks_threads() { return pool_threads(); }

KS_API int64_t ks_repacked_bytes(int type, int64_t n, int64_t k) { return tiles_of(n) * tile_bytes(type, k); }

KS_API void* ks_allocate(int64_t bytes) { return allocate(bytes); }
KS_API void ks_free(void* p) { release(p); }

KS_API void ks_repack(int type, int64_t n, int64_t k, const uint8_t* rows, uint8_t* out) {
    const int64_t each = 8, tiles = tiles_of(n), bytes = tile_bytes(type, k);
    parallel(ceil_div(tiles, each), [&](int64_t item, int) {
        for (int64_t t = item * each; t < tiles && t < (item + 1) * each; ++t)
            repack_tile(type, n, k, rows, t, out + t * bytes);
    });
}

KS_API void ks_linear(const float* x, int64_t m, int count, const Weight* const* w, const float* const* bias,
                      float* const* y) {
    linear_group(x, m, count, w, bias, y);
}

KS_API void ks_linear_heads(const float* x, int64_t m, int64_t heads, const Weight* w, float* y) {
    linear_heads(x, m, heads, w, y);
}

KS_API void ks_attend(const AttentionJob* job) { attend_all(job); }
KS_API void ks_attend_latents(const LatentJob* job) { attend_latents_all(job); }
KS_API void ks_store(const KvView* kv, int64_t sequences, const int32_t* starts, const int32_t* lengths,
                     const int32_t* table, int64_t table_width, const float* k, const float* v) {
    store_all(kv, sequences, starts, lengths, table, table_width, k, v);
}

KS_API void ks_rms_norm(const float* x, const float* weight, float eps, int64_t rows, int64_t n, float* y) {
    for_rows(rows, [&](int64_t r) { ops().rms_norm_row(x + r * n, weight, eps, n, y + r * n); });
}
KS_API void ks_gated(const float* gate, const float* up, int activation, int64_t rows, int64_t n, float* out) {
    for_rows(rows, [&](int64_t r) { ops().gated_row(gate + r * n, up + r * n, activation, n, out + r * n); });
}
// In place: x [tokens, heads, head_dim].
KS_API void ks_rope(float* x, const int32_t* positions, const float* inv_freq, int64_t half, int neox, int64_t tokens,
                    int64_t heads, int64_t head_dim) {
    for_rows(tokens, [&](int64_t t) {
        float table[MAX_HEAD_DIM];
        rope_table(positions[t], inv_freq, half, table);
        for (int64_t h = 0; h < heads; ++h)
            ops().rope_head(x + (t * heads + h) * head_dim, table, table + half, half, neox);
    });
}
// In place: x [rows, n].
KS_API void ks_hadamard(float* x, int64_t rows, int64_t n) {
    for_rows(rows, [&](int64_t r) { ops().hadamard_head(x + r * n, n); });
}

KS_API void ks_delta(const DeltaJob* job) { delta_rule(job); }

KS_API void ks_decode(const Decoder* decoder, const DecoderBatch* batch, float* hidden) {
    decoder_forward(decoder, batch, hidden);
}
