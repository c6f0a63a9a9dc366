// The kernels for AVX2 with FMA and F16C (Haswell, Zen and later).
#include "common.h"
#if defined(__x86_64__)
#include "simd_avx2.h"
namespace ks {
namespace avx2 {
#include "unpack.inl"
#include "linear.inl"
}  // namespace avx2
const Ops OPS_AVX2 = {"avx2", avx2::quantize_rows, avx2::prepare_init, avx2::any_gemv, avx2::any_gemm};
}  // namespace ks
#endif
