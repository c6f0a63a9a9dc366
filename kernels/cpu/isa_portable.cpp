// The kernels in plain C++, for processors without AVX2.
#include "common.h"

#include <math.h>
#include <string.h>
namespace ks {
namespace portable {
#include "simd_portable.h"
#include "unpack_impl.h"
#include "linear_impl.h"
#include "math_impl.h"
#include "glue_impl.h"
#include "delta_impl.h"
#include "attention_impl.h"
#include "attention_latents_impl.h"
}  // namespace portable
const Ops OPS_PORTABLE = KS_OPS("portable", portable);
}  // namespace ks
