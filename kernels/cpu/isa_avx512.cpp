// The kernels for AVX-512 with VNNI (Ice Lake, Zen 4 and later). Compiled with those flags; called only where cpuid allows.
#include "common.h"

#include <math.h>
#if defined(__x86_64__)
#include <immintrin.h>
namespace ks {
namespace avx512 {
#include "simd_avx512.h"
#include "unpack_impl.h"
#include "linear_impl.h"
#include "math_impl.h"
#include "glue_impl.h"
#include "delta_impl.h"
#include "attention_impl.h"
#include "attention_latents_impl.h"
}  // namespace avx512
const Ops OPS_AVX512 = KS_OPS("avx512vnni", avx512);
}  // namespace ks
#endif
