// Memory for repacked weights, cut from large pieces that begin where a huge page may: decode streams all of it every
// token, and a matrix of a few hundred kilobytes would get no huge page of its own. Reads through pages of 4 KB reach
// two thirds of what 2 MB pages reach (benchmarks/NOTES.md).
#include "memory.h"

#include <sys/mman.h>

#include <mutex>
#include <vector>

namespace ks {
namespace {

constexpr int64_t HUGE_PAGE = 2 << 20, PIECE = 64 << 20;

struct Piece {
    char *mapping, *begin, *next, *end;
    int64_t held;  // allocations that live in it
};

std::mutex gate;
std::vector<Piece>& pieces() {
    static std::vector<Piece>& all = *new std::vector<Piece>;  // outlives whoever owns the memory at exit
    return all;
}

bool map_piece(int64_t bytes) {
    const int64_t mapped = (bytes > PIECE ? bytes : PIECE) + HUGE_PAGE;
    void* p = mmap(nullptr, (size_t)mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return false;
    char* begin = (char*)(((uintptr_t)p + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
    char* end = (char*)p + mapped;
#ifdef MADV_HUGEPAGE
    madvise(begin, (size_t)(end - begin), MADV_HUGEPAGE);
#endif
    pieces().push_back({(char*)p, begin, begin, end, 0});
    return true;
}

}  // namespace

void* allocate(int64_t bytes) {
    std::lock_guard<std::mutex> hold(gate);
    bytes = (bytes + 63) / 64 * 64;
    if (pieces().empty() || pieces().back().end - pieces().back().next < bytes)
        if (!map_piece(bytes)) return nullptr;
    Piece& piece = pieces().back();
    void* p = piece.next;
    piece.next += bytes;
    ++piece.held;
    return p;
}

void release(void* p) {
    std::lock_guard<std::mutex> hold(gate);
    for (size_t i = 0; i < pieces().size(); ++i) {
        Piece& piece = pieces()[i];
        if ((char*)p < piece.begin || (char*)p >= piece.end) continue;
        if (--piece.held == 0) {
            munmap(piece.mapping, (size_t)(piece.end - piece.mapping));
            pieces().erase(pieces().begin() + (long)i);
        }
        return;
    }
}

}  // namespace ks
