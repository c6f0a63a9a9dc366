// The kernels in plain C++, for processors without AVX2.
#include "common.h"

#include <math.h>
#include <string.h>
namespace ks {
namespace portable {
#include "simd_portable.h"
#include "unpack.inl"
#include "linear.inl"
#include "math.inl"
#include "glue.inl"
#include "attention.inl"
}  // namespace portable
const Ops OPS_PORTABLE = KS_OPS("portable", portable);
}  // namespace ks
