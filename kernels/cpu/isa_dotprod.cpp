// The kernels for ARMv8.2 with the dot product (Apple M1, Graviton 2, Cortex-A76 and later).
#include "common.h"

#include <math.h>
#if defined(__aarch64__)
#include <arm_neon.h>
namespace ks {
namespace dotprod {
#include "simd_neon.h"
#include "unpack_impl.h"
#include "linear_impl.h"
#include "math_impl.h"
#include "glue_impl.h"
#include "delta_impl.h"
#include "attention_impl.h"
#include "attention_latents_impl.h"
}  // namespace dotprod
const Ops OPS_DOTPROD = KS_OPS("dotprod", dotprod);
}  // namespace ks
#endif
