// The small operations between matrix products. n may be any number: the last lanes go through a padded copy.

template <class Fn> VEC void each16(int64_t n, Fn&& fn) {
    for (int64_t i = 0; i < n; i += 16) fn(i, (int)(n - i < 16 ? n - i : 16));
}
VEC F load_part(const float* p, int lanes) {
    if (lanes == 16) return fload(p);
    alignas(64) float part[16] = {0};
    for (int i = 0; i < lanes; ++i) part[i] = p[i];
    return fload(part);
}
VEC void store_part(float* p, F v, int lanes) {
    if (lanes == 16) return fstore(p, v);
    alignas(64) float part[16];
    fstore(part, v);
    for (int i = 0; i < lanes; ++i) p[i] = part[i];
}

// y = x / sqrt(mean(x²) + eps) · weight; y may be x.
static void rms_norm_row(const float* x, const float* weight, float eps, int64_t n, float* y) {
    F sum = fzero();
    each16(n, [&](int64_t i, int lanes) __attribute__((always_inline)) {
        const F v = load_part(x + i, lanes);
        sum = fma(v, v, sum);
    });
    const F factor = fset(1.f / __builtin_sqrtf(hsum(sum) / (float)n + eps));
    each16(n, [&](int64_t i, int lanes) __attribute__((always_inline)) {
        store_part(y + i, fmul(fmul(load_part(x + i, lanes), factor), load_part(weight + i, lanes)), lanes);
    });
}

static void add_row(float* x, const float* y, int64_t n) {
    each16(n, [&](int64_t i, int lanes) __attribute__((always_inline)) {
        store_part(x + i, fadd(load_part(x + i, lanes), load_part(y + i, lanes)), lanes);
    });
}

VEC F act(F gate, F up, int activation) { return fmul(activation == SILU ? fsilu(gate) : fgelu(gate), up); }

// out = act(gate) · up; out may be gate.
static void gated_row(const float* gate, const float* up, int activation, int64_t n, float* out) {
    each16(n, [&](int64_t i, int lanes) __attribute__((always_inline)) {
        store_part(out + i, act(load_part(gate + i, lanes), load_part(up + i, lanes), activation), lanes);
    });
}

// What gemm left of gate and up, side by side in c [rows, C_WIDTH], to the columns of tiles [begin, end) of y [rows, n].
static void write_gated(const float* c, int64_t rows, int64_t begin, int64_t end, int activation, float* y, int64_t n) {
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t t = begin; t < end; ++t) {
            const float* at = c + r * C_WIDTH + (t - begin) * TILE;
            put(y + r * n, act(fload(at), fload(at + C_WIDTH / 2), activation), nullptr, t * TILE, n);
        }
}

// One head. cos, sin: [half] of this position. NEOX pairs i with i + half, otherwise 2i with 2i + 1.
static void rope_head(float* x, const float* cosine, const float* sine, int64_t half, int neox) {
    if (neox && half % 16 == 0) {
        for (int64_t i = 0; i < half; i += 16) {
            const F a = fload(x + i), b = fload(x + half + i), c = fload(cosine + i), s = fload(sine + i);
            fstore(x + i, fsub(fmul(a, c), fmul(b, s)));
            fstore(x + half + i, fadd(fmul(b, c), fmul(a, s)));
        }
        return;
    }
    for (int64_t i = 0; i < half; ++i) {
        float *pa = neox ? x + i : x + 2 * i, *pb = neox ? x + half + i : x + 2 * i + 1;
        const float a = *pa, b = *pb;
        *pa = a * cosine[i] - b * sine[i];
        *pb = b * cosine[i] + a * sine[i];
    }
}

// x[i] and x[i ^ S] become their sum and difference, within sixteen lanes: sign is -1 where i has the bit S.
template <int S> VEC F butterfly(F x) {
    alignas(64) float sign[16];
    for (int i = 0; i < 16; ++i) sign[i] = i & S ? -1.f : 1.f;
    return fma(x, fload(sign), swap_lanes<S>(x));
}

// The orthonormal Walsh-Hadamard transform, in blocks of the largest power of two that divides n (at least 16).
static void hadamard_head(float* x, int64_t n) {
    const int64_t size = n & -n;
    for (int64_t i = 0; i < n; i += 16)
        fstore(x + i, butterfly<8>(butterfly<4>(butterfly<2>(butterfly<1>(fload(x + i))))));
    for (int64_t step = 16; step < size; step *= 2)
        for (int64_t i = 0; i < n; i += 2 * step)
            for (int64_t j = i; j < i + step; j += 16) {
                const F a = fload(x + j), b = fload(x + j + step);
                fstore(x + j, fadd(a, b)), fstore(x + j + step, fsub(a, b));
            }
    const F factor = fset(1.f / __builtin_sqrtf((float)size));
    for (int64_t i = 0; i < n; i += 16) fstore(x + i, fmul(fload(x + i), factor));
}

// One row of one head into the cache: fp16, or codes with the scale max|x| / levels. Returns the scale.
static float store_row(const float* x, int kind, int64_t n, void* out) {
    if (kind == KV_FP16) {
        const F limit = fset(65504.f), low = fset(-65504.f);
        for (int64_t i = 0; i < n; i += 16) store_f16((uint16_t*)out + i, fmax(fmin(fload(x + i), limit), low));
        return 1.f;
    }
    F top = fzero();
    for (int64_t i = 0; i < n; i += 16) top = fmax(top, fabs_(fload(x + i)));
    const float amax = hmax(top), levels = kind == KV_INT8 ? 127.f : 7.f, scale = amax / levels;
    const F inverse = fset(scale > 0.f ? 1.f / scale : 0.f), high = fset(levels), low = fset(-levels);
    alignas(64) int8_t codes[16];
    for (int64_t i = 0; i < n; i += 16) {
        const I code = toint(fmax(fmin(fmul(fload(x + i), inverse), high), low));
        if (kind == KV_INT8) {
            store_s8((int8_t*)out + i, code);
        } else {
            store_s8(codes, code);
            for (int j = 0; j < 8; ++j)
                ((uint8_t*)out)[i / 2 + j] = (uint8_t)((codes[2 * j] + 8) | (codes[2 * j + 1] + 8) << 4);
        }
    }
    return scale;
}
