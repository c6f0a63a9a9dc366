#pragma once
#include "common.h"
namespace ks {
void attend_all(const AttentionJob* job);
void attend_latents_all(const LatentJob* job);
// Keys and values of a step [tokens, kv_heads, head_dim] to their places; keys are rotated first where the view says so.
void store_all(const KvView* kv, int64_t sequences, const int32_t* starts, const int32_t* lengths, const int32_t* table,
               int64_t table_width, const float* k, const float* v);
void store_token(const KvView* kv, const int32_t* table, int64_t position, float* k, const float* v);
}
