#pragma once
#include "common.h"
#include "linear.h"
namespace ks {

// kernels/delta/__init__.py says what these are.
struct DeltaNet {
    const Weight *mixed, *gate, *decay_in, *beta_in, *wo;  // null where the rule alone is computed
    const float *conv;                                      // [taps, channels]
    const float *decay, *dt_bias;                           // [value_heads]
    const float *norm;                                      // [value_dim]
    int64_t key_heads, value_heads, key_dim, value_dim, taps;
    int64_t tiled;  // value head h reads key head h mod key_heads, else neighbours share one

    int64_t keys() const { return key_heads * key_dim; }
    int64_t values() const { return value_heads * value_dim; }
    int64_t channels() const { return 2 * keys() + values(); }
    int64_t memory() const { return value_heads * key_dim * value_dim; }
    int64_t state() const { return memory() + (taps - 1) * channels(); }
    int64_t noted() const { return channels() + 2 * value_heads; }
};

constexpr int STATE_WRITES = 4;

// The states of one sequence in one step, each [layers, state()]; the journal [layers, drafts, noted()].
struct StateUse {
    const float* read;  // null: nothing came before
    float* journal;
    int64_t drafts, writes;
    int64_t after[STATE_WRITES];
    float* target[STATE_WRITES];
};

// What a step's products gave, and where its sequences begin: sequence s has the rows starts[s] … starts[s + 1].
struct DeltaJob {
    const DeltaNet* net;
    const StateUse* uses;
    const int32_t* starts;
    int64_t sequences, layer;
    const float *mixed, *decay, *beta;  // [tokens, channels], [tokens, value_heads] twice
    float* out;                         // [tokens, values]
};
void delta_rule(const DeltaJob* job);

// The whole half of a layer: x [tokens, features] (made by `before` row by row) -> out of the same shape.
void delta_mix(const DeltaNet* net, const StateUse* uses, const int32_t* starts, int64_t sequences, int64_t layer,
               float eps, const float* x, float* out, RowFn before, void* context);

}  // namespace ks
