// The kernels for any 64-bit ARM.
#include "common.h"

#include <math.h>
#if defined(__aarch64__)
#include <arm_neon.h>
namespace ks {
namespace neon {
#include "simd_neon.h"
#include "unpack_impl.h"
#include "linear_impl.h"
#include "math_impl.h"
#include "glue_impl.h"
#include "delta_impl.h"
#include "attention_impl.h"
#include "attention_latents_impl.h"
}  // namespace neon
const Ops OPS_NEON = KS_OPS("neon", neon);
}  // namespace ks
#endif
