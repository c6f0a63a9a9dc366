// The kernels for AVX-512 with VNNI (Ice Lake, Zen 4 and later). Compiled with those flags; called only where cpuid allows.
#include "common.h"

#include <math.h>
#if defined(__x86_64__)
#include <immintrin.h>
namespace ks {
namespace avx512 {
#include "simd_avx512.h"
#include "unpack.inl"
#include "linear.inl"
#include "math.inl"
#include "glue.inl"
#include "attention.inl"
}  // namespace avx512
const Ops OPS_AVX512 = KS_OPS("avx512vnni", avx512);
}  // namespace ks
#endif
