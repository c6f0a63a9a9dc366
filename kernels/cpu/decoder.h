#pragma once
#include "common.h"
#include "delta.h"
namespace ks {

struct Layer {
    const Weight *wq, *wk, *wv, *wo, *gate, *up, *down;
    const float *attn_norm, *ffn_norm, *inv_freq;
    const float *bq, *bk, *bv, *bo, *q_norm, *k_norm, *post_attn_norm, *post_ffn_norm;  // may be null
    const float* k_smooth;  // [kv_heads, head_dim] or null: keys are divided by it, queries multiplied
    int64_t rope_half, window;
    const Weight* wg;        // of attention's output gate, or null
    const DeltaNet* delta;   // in the place of attention, or null
};

struct Decoder {
    const Layer* layers;
    int64_t count, features, heads, kv_heads, head_dim;
    float eps, scale;
    int32_t activation, neox;
};

struct DecoderBatch {
    int64_t tokens, sequences, table_width;
    const int32_t *starts, *lengths, *table;
    const KvView* kv;      // [layers with attention]
    const StateUse* uses;  // [sequences], where there are layers without
};

// cos and sin of one position: table [2 · half].
void rope_table(int64_t position, const float* inv_freq, int64_t half, float* table);

// hidden [tokens, features], in place.
void decoder_forward(const Decoder* decoder, const DecoderBatch* batch, float* hidden);

}  // namespace ks
