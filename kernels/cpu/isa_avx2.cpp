// The kernels for AVX2 with FMA and F16C (Haswell, Zen and later).
#include "common.h"

#include <math.h>
#if defined(__x86_64__)
#include <immintrin.h>
namespace ks {
namespace avx2 {
#include "simd_avx2.h"
#include "unpack_impl.h"
#include "linear_impl.h"
#include "math_impl.h"
#include "glue_impl.h"
#include "delta_impl.h"
#include "attention_impl.h"
#include "attention_latents_impl.h"
}  // namespace avx2
const Ops OPS_AVX2 = KS_OPS("avx2", avx2);
}  // namespace ks
#endif
