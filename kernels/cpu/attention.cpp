// Deals blocks of queries to the threads, the ones that see the most keys first.
#include "attention.h"

#include <string.h>

#include <algorithm>
#include <vector>

#include "arena.h"
#include "linear.h"
#include "pool.h"

namespace ks {

void attend_all(const AttentionJob* job) {
    struct Item {
        int64_t begin, end, sequence, keys;
    };
    const int64_t group = job->heads / job->kv.kv_heads, step = std::max<int64_t>(1, ATTENTION_ROWS / group);
    std::vector<Item> items;
    for (int64_t s = 0; s < job->sequences; ++s)
        for (int64_t from = job->starts[s]; from < job->starts[s + 1]; from += step) {
            const int64_t to = std::min<int64_t>(from + step, job->starts[s + 1]);
            const int64_t keys = job->causal ? job->lengths[s] - job->starts[s + 1] + to : job->lengths[s];
            items.push_back({from, to, s, keys * (to - from)});
        }
    std::stable_sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.keys > b.keys; });
    parallel((int64_t)items.size() * job->kv.kv_heads, [&](int64_t i, int) {
        const Item& item = items[(size_t)(i / job->kv.kv_heads)];
        ops().attend(job, item.begin, item.end, item.sequence, i % job->kv.kv_heads, (float*)thread_scratch());
    });
}

void attend_latents_all(const LatentJob* latent) {
    const AttentionJob* job = &latent->job;
    const int64_t tokens = job->starts[job->sequences];
    // all heads of a token share a block of keys, unless threads would have nothing to do
    int64_t heads = std::min<int64_t>(job->heads, LATENT_ROWS);
    while (heads > 8 && ceil_div(job->heads, heads) * tokens < pool_threads()) heads = ceil_div(heads, 2);
    struct Item {
        int64_t begin, end, sequence, head, keys;
    };
    std::vector<Item> items;
    const int64_t step = std::max<int64_t>(1, LATENT_ROWS / heads);
    for (int64_t s = 0; s < job->sequences; ++s)
        for (int64_t from = job->starts[s]; from < job->starts[s + 1]; from += step) {
            const int64_t to = std::min<int64_t>(from + step, job->starts[s + 1]);
            const int64_t keys = (job->lengths[s] - job->starts[s + 1] + to) * (to - from);
            for (int64_t head = 0; head < job->heads; head += heads) items.push_back({from, to, s, head, keys});
        }
    std::stable_sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.keys > b.keys; });
    parallel((int64_t)items.size(), [&](int64_t i, int) {
        const Item& item = items[(size_t)i];
        const int64_t here = std::min<int64_t>(heads, job->heads - item.head);
        ops().attend_latents(latent, item.begin, item.end, item.sequence, item.head, here, (float*)thread_scratch());
    });
}

void store_token(const KvView* kv, const int32_t* table, int64_t position, float* k, const float* v) {
    static const int64_t bits[] = {16, 8, 4, 32};
    const int64_t d = kv->head_dim, dv = kv->value_dim, page = table[position / kv->page_size];
    for (int64_t h = 0; h < kv->kv_heads; ++h) {
        const int64_t cell = (page * kv->kv_heads + h) * kv->page_size + position % kv->page_size;
        if (kv->rotate) ops().hadamard_head(k + h * d, d);
        const float ks = ops().store_row(k + h * d, kv->kind, d, (char*)kv->k + cell * d * bits[kv->kind] / 8);
        const float vs = ops().store_row(v + h * dv, kv->kind, dv, (char*)kv->v + cell * dv * bits[kv->kind] / 8);
        if (kv->k_scale) kv->k_scale[cell] = ks, kv->v_scale[cell] = vs;
    }
}

void store_all(const KvView* kv, int64_t sequences, const int32_t* starts, const int32_t* lengths, const int32_t* table,
               int64_t table_width, const float* k, const float* v) {
    const int64_t width = kv->kv_heads * kv->head_dim, value_width = kv->kv_heads * kv->value_dim;
    for (int64_t s = 0; s < sequences; ++s)
        for_rows(starts[s + 1] - starts[s], [&](int64_t i) {
            const int64_t token = starts[s] + i;
            float* own = (float*)thread_scratch();  // the rotation works in place
            memcpy(own, k + token * width, sizeof(float) * (size_t)width);
            store_token(kv, table + s * table_width, lengths[s] - starts[s + 1] + token, own,
                        v + token * value_width);
        });
}

}  // namespace ks
