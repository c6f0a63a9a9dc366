// Workers spin for a while after each job, since the next one of the same token comes within microseconds, then
// sleep until woken. Items are dealt by one atomic counter, and a job ends when its items are done: a worker that the
// system has not let run by then missed it, and nobody waits for it.
#include "pool.h"

#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace ks {
namespace {

// A pause is some 40 cycles: a worker spins for about 20 µs, then gives way to whoever else wants the processor for a
// while longer, then sleeps. On a busy machine spinning longer only takes time from the thread that is waited for.
constexpr int SPINS = 2000, YIELDS = 200;

inline void relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");  // some 40 cycles, where yield is one
#endif
}

struct Pool {
    explicit Pool(int n) : owner(getpid()) {
        for (int i = 1; i < n; ++i) workers.emplace_back([this, i] { work(i); });
    }
    ~Pool() {
        {
            std::lock_guard<std::mutex> hold(mutex);
            stop = true;
            epoch.fetch_add(1);
        }
        wake.notify_all();
        for (auto& worker : workers) worker.join();
    }

    void run(int64_t count, Body fn, void* ctx) {
        body = fn, context = ctx, items = count;
        next.store(0, std::memory_order_relaxed);
        inside.store(0, std::memory_order_release);
        epoch.fetch_add(1, std::memory_order_seq_cst);
        if (sleeping.load(std::memory_order_seq_cst) > 0) {
            std::lock_guard<std::mutex> hold(mutex);
            wake.notify_all();
        }
        deal(0);
        inside.fetch_or(CLOSED, std::memory_order_acq_rel);
        for (int spins = 0; inside.load(std::memory_order_acquire) != CLOSED; ++spins)
            if (spins < SPINS) relax();
            else std::this_thread::yield();
    }

    void deal(int thread) {
        for (;;) {
            const int64_t item = next.fetch_add(1, std::memory_order_relaxed);
            if (item >= items) return;
            body(context, item, thread);
        }
    }

    // A worker that saw an earlier job late may enter the one that is open now: its items are as good.
    bool enter() {
        int count = inside.load(std::memory_order_relaxed);
        while (!(count & CLOSED))
            if (inside.compare_exchange_weak(count, count + 1, std::memory_order_acquire, std::memory_order_relaxed))
                return true;
        return false;
    }

    void work(int thread) {
        uint32_t seen = 0;
        for (;;) {
            int spins = 0;
            while (epoch.load(std::memory_order_acquire) == seen) {
                if (++spins < SPINS) {
                    relax();
                    continue;
                }
                if (spins < SPINS + YIELDS) {
                    std::this_thread::yield();
                    continue;
                }
                std::unique_lock<std::mutex> hold(mutex);
                sleeping.fetch_add(1, std::memory_order_seq_cst);
                wake.wait(hold, [&] { return epoch.load(std::memory_order_seq_cst) != seen; });
                sleeping.fetch_sub(1, std::memory_order_relaxed);
            }
            seen = epoch.load(std::memory_order_acquire);
            if (stop) return;
            if (!enter()) continue;
            deal(thread);
            inside.fetch_sub(1, std::memory_order_release);
        }
    }

    const pid_t owner;
    std::vector<std::thread> workers;
    std::mutex mutex;
    std::condition_variable wake;
    std::atomic<uint32_t> epoch{0};
    std::atomic<int> sleeping{0};
    bool stop = false;
    alignas(64) std::atomic<int64_t> next{0};
    static constexpr int CLOSED = 1 << 30;
    alignas(64) std::atomic<int> inside{CLOSED};  // workers in the job; CLOSED when no more may come
    Body body = nullptr;
    void* context = nullptr;
    int64_t items = 0;
};

std::mutex gate;  // one job at a time, whoever calls
Pool* pool = nullptr;
int wanted = 0;
int width = 1;  // of the pool that exists

int count() { return wanted > 0 ? wanted : (int)std::thread::hardware_concurrency(); }

}  // namespace

void pool_set_threads(int n) {
    std::lock_guard<std::mutex> hold(gate);
    wanted = n < 1 ? 1 : n;
}

int pool_threads() { return count(); }

void pool_run(int64_t items, Body body, void* context) {
    std::lock_guard<std::mutex> hold(gate);
    if (pool && pool->owner != getpid()) pool = nullptr;  // a forked child has no workers: leave the parent's alone
    if (pool && width != count()) {
        delete pool;
        pool = nullptr;
    }
    if (!pool) {
        width = count();
        pool = new Pool(width);
    }
    if (items == 1 || width == 1) {
        for (int64_t i = 0; i < items; ++i) body(context, i, 0);
        return;
    }
    pool->run(items, body, context);
}

}  // namespace ks
