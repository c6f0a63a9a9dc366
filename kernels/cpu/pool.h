// The thread pool: a job is a function that deals itself items until there are none.
#pragma once
#include <stdint.h>

namespace ks {

using Body = void (*)(void* context, int64_t item, int thread);

void pool_set_threads(int n);
int pool_threads();
// body(context, 0 … items - 1, thread), each once, by whichever thread is free; returns when all are done.
void pool_run(int64_t items, Body body, void* context);

template <class Fn> void parallel(int64_t items, Fn&& fn) {
    pool_run(items, [](void* f, int64_t item, int thread) { (*static_cast<Fn*>(f))(item, thread); }, &fn);
}

// The same for rows that are cheap: few of them are not worth waking anyone.
template <class Fn> void for_rows(int64_t rows, Fn&& fn) {
    constexpr int64_t EACH = 8;
    if (rows <= EACH) {
        for (int64_t r = 0; r < rows; ++r) fn(r);
        return;
    }
    parallel((rows + EACH - 1) / EACH, [&](int64_t item, int) {
        for (int64_t r = item * EACH; r < rows && r < (item + 1) * EACH; ++r) fn(r);
    });
}

}  // namespace ks
