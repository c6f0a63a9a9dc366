// The kernels for AVX-512 with VNNI (Ice Lake, Zen 4 and later). Compiled with those flags; called only where cpuid allows.
#include "common.h"
#if defined(__x86_64__)
#include "simd_avx512.h"
namespace ks {
namespace avx512 {
#include "unpack.inl"
#include "linear.inl"
}  // namespace avx512
const Ops OPS_AVX512 = {"avx512vnni", avx512::quantize_rows, avx512::prepare_init, avx512::any_gemv, avx512::any_gemm};
}  // namespace ks
#endif
