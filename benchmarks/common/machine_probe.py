"""What this machine can do at best: int8 multiply-adds and memory reads, on as many threads, in the same run.

Seconds are processor time, so that what else runs on the machine does not lower the peak.
"""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

SOURCE = r"""
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <algorithm>
#include <thread>
#include <vector>
#if defined(__AVX512VNNI__)
#include <immintrin.h>
static double work(long n) {  // 12 independent chains of 64 multiply-adds
    __m512i a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(5), c[12];
    for (int i = 0; i < 12; ++i) c[i] = _mm512_setzero_si512();
    for (long k = 0; k < n; ++k)
        for (int i = 0; i < 12; ++i) { c[i] = _mm512_dpbusd_epi32(c[i], a, b); asm volatile("" : "+v"(c[i])); }
    int s = 0;
    for (int i = 0; i < 12; ++i) s += _mm512_reduce_add_epi32(c[i]);
    volatile int keep = s; (void)keep;
    return 12.0 * 64 * 2 * n;
}
static constexpr double (*WORK[])(long) = {work};
#elif defined(__AVX2__)
#include <immintrin.h>
// AVX2 has no multiply-add of bytes: products are widened before they are added, or added in 16 bits while they fit.
// Which is the peak depends on the processor's ports, so both are run.
static constexpr int CHAINS = 8;
template <class Step> static double chains(long n, Step step) {
    __m256i c[CHAINS];
    for (int i = 0; i < CHAINS; ++i) c[i] = _mm256_setzero_si256();
    for (long k = 0; k < n; ++k) {
#pragma GCC unroll 8
        for (int i = 0; i < CHAINS; ++i) c[i] = step(c[i]);
    }
    int s = 0;
    for (int i = 0; i < CHAINS; ++i) s += _mm256_extract_epi32(c[i], 0);
    volatile int keep = s; (void)keep;
    return CHAINS * 32.0 * 2 * n;
}
static double widened(long n) {
    const __m256i a = _mm256_set1_epi8(3), b = _mm256_set1_epi8(5), one = _mm256_set1_epi16(1);
    return chains(n, [&](__m256i sum) {
        __m256i product;
        asm volatile("vpmaddubsw %3, %2, %1\n\tvpmaddwd %4, %1, %1\n\tvpaddd %1, %0, %0"
                     : "+x"(sum), "=&x"(product) : "x"(a), "x"(b), "x"(one));
        return sum;
    });
}
static double words(long n) {
    const __m256i a = _mm256_set1_epi8(3), b = _mm256_set1_epi8(5);
    return chains(n, [&](__m256i sum) {
        __m256i product;
        asm volatile("vpmaddubsw %3, %2, %1\n\tvpaddw %1, %0, %0" : "+x"(sum), "=&x"(product) : "x"(a), "x"(b));
        return sum;
    });
}
static constexpr double (*WORK[])(long) = {widened, words};
#else
static double work(long n) { (void)n; return 0; }
static constexpr double (*WORK[])(long) = {work};
#endif
static double spent() {
    timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}
// Seconds of processor time that f took in the thread it took most in: work beside ours must not lower the peak.
template <class F> static double timed(int threads, F f) {
    std::vector<double> each(threads);
    std::vector<std::thread> all;
    for (int i = 0; i < threads; ++i)
        all.emplace_back([&, i] { double from = spent(); f(i); each[i] = spent() - from; });
    for (auto& one : all) one.join();
    return *std::max_element(each.begin(), each.end());
}
extern "C" double probe_int8(int threads) {
    double best = 0;
    for (auto work : WORK)
        for (int r = 0; r < 300; ++r) {  // bursts of half a millisecond: some find the other half of the core idle
            double ops = 0;
            double s = timed(threads, [&](int i) { double o = work(250000); if (i == 0) ops = o; });
            if (ops * threads / s > best) best = ops * threads / s;
        }
    return best;
}
extern "C" double probe_memory(int threads) {
    const size_t bytes = (size_t)512 << 20, share = bytes / threads / 64 * 64;
    char* data = (char*)aligned_alloc(64, bytes);
    memset(data, 1, bytes);
    double best = 0;
    for (int r = 0; r < 7; ++r) {
        double s = timed(threads, [&](int i) {
            const uint64_t* p = (const uint64_t*)(data + share * i);
            uint64_t a[8] = {0};
            for (size_t k = 0; k + 64 <= share / 8; k += 64)
                for (int j = 0; j < 64; ++j) a[j & 7] += p[k + j];
            volatile uint64_t keep = a[0] + a[1] + a[2] + a[3] + a[4] + a[5] + a[6] + a[7]; (void)keep;
        });
        if ((double)share * threads / s > best) best = (double)share * threads / s;
    }
    free(data);
    return best;
}
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """Operations (a multiply-add is two) and bytes per second."""

    int8_ops: float
    memory_bytes: float


def probe(threads: int) -> Machine:
    """Compile and run the probe with the machine's own compiler. Raises CalledProcessError without one."""
    with tempfile.TemporaryDirectory() as folder:
        source, library = Path(folder) / "probe.cpp", Path(folder) / "probe.so"
        source.write_text(SOURCE, "ascii")
        command = ["g++", "-O3", "-march=native", "-std=c++17", "-shared", "-fPIC", "-pthread"]
        subprocess.run([*command, str(source), "-o", str(library)], check=True)
        loaded = ctypes.CDLL(str(library))
        for name in ("probe_int8", "probe_memory"):
            getattr(loaded, name).restype = ctypes.c_double
        return Machine(loaded.probe_int8(threads), loaded.probe_memory(threads))


if __name__ == "__main__":
    import os

    found = probe(os.cpu_count() or 1)
    print(f"int8 {found.int8_ops / 1e12:.2f} TOPS, memory {found.memory_bytes / 1e9:.1f} GB/s")
