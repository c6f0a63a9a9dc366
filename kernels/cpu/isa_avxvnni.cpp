// The kernels for AVX2 with AVX-VNNI (Alder Lake, N100 and later). Nothing, where the compiler is older than that.
#include "common.h"

#include <math.h>
#if defined(__AVXVNNI__) || defined(KS_EMULATE_VNNI)
#define KS_VNNI
#include <immintrin.h>
namespace ks {
namespace avxvnni {
#include "simd_avx2.h"
#include "unpack_impl.h"
#include "linear_impl.h"
#include "math_impl.h"
#include "glue_impl.h"
#include "delta_impl.h"
#include "attention_impl.h"
#include "attention_latents_impl.h"
}  // namespace avxvnni
static const Ops OPS = KS_OPS("avxvnni", avxvnni);
const Ops* ops_avxvnni() { return &OPS; }
}  // namespace ks
#else
namespace ks {
const Ops* ops_avxvnni() { return nullptr; }
}  // namespace ks
#endif
