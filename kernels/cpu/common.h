// Shared by every translation unit of the CPU backend: what a weight, a batch of activations and a backend are.
// No STL here: these types cross between files compiled for different instruction sets.
#pragma once
#include <stdint.h>
#include <stddef.h>

namespace ks {

enum Type : int32_t { F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, IQ4_NL, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, TYPES };

constexpr int TILE = 16;    // output rows interleaved, so that one broadcast activation feeds 16 of them
constexpr int BLOCK = 256;  // activations that share one scale; also the super-block of the K formats
constexpr int CHUNK = 32;   // weights unpacked at once: eight vectors of 16 rows x 4 weights

// A weight matrix [n, k] in the interleaved layout of repack.cpp.
struct Weight {
    int32_t type;
    int32_t reserved;
    int64_t n, k;
    const uint8_t* data;
};

// x [m, k] in 8 bits. Blocks outermost: what one step of K needs lies together.
struct Acts {
    int64_t m, k, blocks;
    int8_t* q;       // [blocks][m][256]
    float* scale;    // [blocks][m]
    float* scale32;  // [blocks][m][8] a scale for every 32, for formats of 32-blocks; then `scale` is 1. Else null
    int16_t* sum32;  // [blocks][m][8]   sums of 32 codes
    int16_t* sum16;  // [blocks][m][16]  sums of 16 codes
    int32_t* init;   // [blocks][m][8 or 16]  minus offset times sum, of the weight in hand; null when it has mins
    const float* x;  // the float rows themselves [m, k], for weights that are not quantised
};

inline int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Bytes of one tile (16 rows x the whole of K) after repacking.
constexpr int64_t block_bytes(int32_t type) {
    switch (type) {
        case F32: return 64;            // of one k
        case F16: case BF16: return 32;
        case Q4_0: case IQ4_NL: return 256 + 32;
        case Q4_1: return 256 + 64;
        case Q5_0: return 256 + 64 + 32;
        case Q5_1: return 256 + 64 + 64;
        case Q8_0: return 512 + 32;
        case Q2_K: return 1024 + 512 + 64;         // codes, scales and mins, d and dmin
        case Q3_K: return 1024 + 512 + 256 + 32;
        case Q4_K: return 2048 + 256 + 64;
        case Q5_K: return 2048 + 512 + 256 + 64;
        case Q6_K: return 2048 + 1024 + 256 + 32;
    }
    return 0;
}
constexpr int block_weights(int32_t type) { return type <= BF16 ? 1 : type <= IQ4_NL ? 32 : 256; }
constexpr int64_t tile_bytes(int32_t type, int64_t k) { return k / block_weights(type) * block_bytes(type); }
inline int64_t tiles_of(int64_t n) { return ceil_div(n, TILE); }

// What is subtracted from every code, and how many weights share a scale.
constexpr int offset_of(int32_t type) {
    switch (type) {
        case Q4_0: return 8;
        case Q5_0: return 16;
        case Q8_0: case IQ4_NL: return 128;
        case Q3_K: return 4;
        case Q6_K: return 32;
    }
    return 0;
}
constexpr int group_of(int32_t type) { return type == Q2_K || type == Q3_K || type == Q6_K ? 16 : 32; }

enum KvKind : int32_t { KV_FP16, KV_INT8, KV_INT4, KV_F32 };
enum Activation : int32_t { SILU, GELU_TANH };

// Keys and values of one layer: [pages, kv_heads, page_size, head_dim] of `kind` (values: value_dim, which only latents
// have of another size), scales [pages, kv_heads, page_size].
struct KvView {
    int32_t kind, rotate;
    int64_t kv_heads, head_dim, page_size;
    void *k, *v;
    float *k_scale, *v_scale;  // null when the kind has none
    int64_t value_dim;
};

// A ragged batch: the tokens of sequence s are rows starts[s] … starts[s + 1]; they are the last of its lengths[s] keys.
struct AttentionJob {
    KvView kv;
    int64_t sequences, heads, table_width;
    const int32_t *starts, *lengths, *table;
    const float* q;
    float* out;
    float scale;
    int32_t causal;
    int64_t window;  // 0: none
};

// Queries over latents (attention_latents_impl.h). kv has one head, whose value is the latent and whose key is what
// carries the position; q and out of the job are [tokens, heads, head_dim] and [tokens, heads, value_dim].
struct LatentJob {
    AttentionJob job;
    const float* latent_q;  // [tokens, heads, value_dim]
};

constexpr int ATTENTION_KEYS = 64;   // keys of one block
constexpr int ATTENTION_ROWS = 192;  // rows (queries x heads of a key head) that share a loaded block
constexpr int MAX_HEAD_DIM = 256;
constexpr int LATENT_ROWS = 128;     // the same over latents, which are longer
constexpr int MAX_LATENT = 512;      // 16-bit products of more would not fit the sums of 32 bits

constexpr int MAX_TAPS = 8;  // of a convolution in front of the delta rule

// Some columns of one head's matrix and the tokens that it meets, see delta_impl.h. Pointers are to the first of each;
// `token`, `out_token` and `heads` are the steps from one token to the next. 32 columns or 16.
struct DeltaColumns {
    const float *q, *k, *v, *fade, *learn;
    float* out;
    int64_t count, key_dim, value_dim, columns, token, heads, out_token;
    const float* read;  // [key_dim, value_dim] or null
    int64_t writes, after[4];
    float* target[4];
};

// One instruction set's kernels. Every function works on a slice, so that the pool can deal slices out.
struct Ops {
    const char* name;
    int64_t few;  // rows of x up to which gemv is quicker than gemm; at most GEMV_ROWS
    void (*quantize_rows)(Acts* a, int64_t row_begin, int64_t row_end);
    void (*prepare_init)(const Acts* a, int32_t type, int64_t row_begin, int64_t row_end);
    // tiles [begin, end) of w for all rows of a; y [m, ldy] gets the columns of those tiles
    void (*gemv)(const Acts* a, const Weight* w, int64_t begin, int64_t end, const float* bias, float* y, int64_t ldy);
    // the same for rows [row_begin, row_end), to c [rows, C_WIDTH]; write_* put it where it belongs
    void (*gemm)(const Acts* a, const Weight* w, int64_t begin, int64_t end, int64_t row_begin, int64_t row_end,
                 float* c, void* scratch);
    void (*write_tiles)(const float* c, int64_t rows, int64_t begin, int64_t end, const float* bias, float* y, int64_t n);
    void (*write_gated)(const float* c, int64_t rows, int64_t begin, int64_t end, int activation, float* y, int64_t n);
    void (*attend)(const AttentionJob* job, int64_t begin, int64_t end, int64_t sequence, int64_t head, float* scratch);
    void (*attend_latents)(const LatentJob* job, int64_t begin, int64_t end, int64_t sequence, int64_t head,
                           int64_t heads, float* scratch);
    void (*rms_norm_row)(const float* x, const float* weight, float eps, int64_t n, float* y);
    void (*add_row)(float* x, const float* y, int64_t n);
    void (*gated_row)(const float* gate, const float* up, int activation, int64_t n, float* out);
    void (*rope_head)(float* x, const float* cosine, const float* sine, int64_t half, int neox);
    void (*hadamard_head)(float* x, int64_t n);
    float (*store_row)(const float* x, int kind, int64_t n, void* out);
    void (*conv_row)(const float* const* rows, const float* weights, int64_t taps, int64_t n, float* out);
    void (*delta_columns)(const DeltaColumns* columns);
};
#define KS_OPS(NAME, SPACE)                                                                                       \
    {NAME, SPACE::FEW_ROWS, SPACE::quantize_rows, SPACE::prepare_init, SPACE::any_gemv, SPACE::any_gemm,          \
     SPACE::write_tiles, SPACE::write_gated, SPACE::attend, SPACE::attend_latents, SPACE::rms_norm_row,            \
     SPACE::add_row, SPACE::gated_row, SPACE::rope_head, SPACE::hadamard_head, SPACE::store_row, SPACE::conv_row,  \
     SPACE::delta_columns}

constexpr int64_t SCRATCH = 1 << 20;  // bytes of a thread's own, for panels, partial sums, blocks of keys
constexpr int64_t GEMM_TILES = 4;     // tiles of one unit of GEMM work: 64 outputs
constexpr int64_t C_WIDTH = GEMM_TILES * TILE;
constexpr int64_t GEMM_ROWS = 512;    // rows of one unit
constexpr int GEMV_ROWS = 16;         // the most rows for which an instruction set reads the packed bits directly

extern const Ops OPS_PORTABLE, OPS_AVX2, OPS_AVX512;  // the processor decides which of them exist
extern const Ops OPS_NEON, OPS_DOTPROD;
const Ops* ops_avxvnni();  // null where the compiler does not know it

}  // namespace ks
