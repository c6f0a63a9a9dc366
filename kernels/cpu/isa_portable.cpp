// The kernels in plain C++, for processors without AVX2.
#include "common.h"
#include "simd_portable.h"
namespace ks {
namespace portable {
#include "unpack.inl"
#include "linear.inl"
}  // namespace portable
const Ops OPS_PORTABLE = {"portable", portable::quantize_rows, portable::prepare_init, portable::any_gemv,
                          portable::any_gemm};
}  // namespace ks
