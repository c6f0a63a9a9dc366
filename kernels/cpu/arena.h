// Memory of one call: taken in order, given back together, kept for the next call.
#pragma once
#include <stdint.h>
#include <stdlib.h>

#include <vector>

namespace ks {

class Arena {
  public:
    Arena() : from(used()) {}
    ~Arena() {
        for (void* piece : pieces) free(piece);
        used() = from;
    }
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    template <class T> T* take(int64_t n) { return static_cast<T*>(bytes(n * (int64_t)sizeof(T))); }

  private:
    static constexpr int64_t KEPT = 64 << 20;  // what stays allocated; more is allocated for the call
    static int64_t& used() {
        static thread_local int64_t value = 0;
        return value;
    }
    static char* kept() {
        struct Kept {
            char* p = static_cast<char*>(aligned_alloc(4096, KEPT));
            ~Kept() { free(p); }
        };
        static thread_local Kept memory;
        return memory.p;
    }
    void* bytes(int64_t n) {
        n = (n + 63) / 64 * 64;
        if (used() + n <= KEPT) {
            void* p = kept() + used();
            used() += n;
            return p;
        }
        pieces.push_back(aligned_alloc(64, (size_t)n));
        return pieces.back();
    }
    int64_t from;
    std::vector<void*> pieces;
};

void* thread_scratch();  // 1 MB of the calling thread's own, for panels and partial sums

}  // namespace ks
