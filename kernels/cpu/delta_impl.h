// The inner loops of delta.cpp.

// out = silu(sum of weights[j] · rows[j]), n a multiple of 16; a row that is null is zeros.
static void conv_row(const float* const* rows, const float* weights, int64_t taps, int64_t n, float* out) {
    for (int64_t i = 0; i < n; i += 16) {
        F sum = fzero();
        for (int64_t j = 0; j < taps; ++j)
            if (rows[j]) sum = fma(fload(weights + j * n + i), fload(rows[j] + i), sum);
        fstore(out + i, fsilu(sum));
    }
}

// W · 16 columns of one head, all tokens of a sequence. Two sums each, for a sum must wait for itself.
template <int W> static void delta_block(const DeltaColumns* c) {
    alignas(64) float s[MAX_HEAD_DIM * W * 16];
    const int64_t rows = c->key_dim;
    for (int64_t k = 0; k < rows; ++k)
        for (int j = 0; j < W; ++j)
            fstore(s + (k * W + j) * 16, c->read ? fload(c->read + k * c->value_dim + j * 16) : fzero());
    int64_t written = 0;
    for (int64_t t = 0; t < c->count; ++t) {
        const float *q = c->q + t * c->token, *key = c->k + t * c->token, *v = c->v + t * c->token;
        const F fade = fset(c->fade[t * c->heads]), learn = fset(c->learn[t * c->heads]);
        F sum[2][W];
        for (int j = 0; j < W; ++j) sum[0][j] = sum[1][j] = fzero();
        for (int64_t k = 0; k < rows; k += 2)
            for (int p = 0; p < 2; ++p)
                for (int j = 0; j < W; ++j) {
                    float* at = s + ((k + p) * W + j) * 16;
                    const F left = fmul(fload(at), fade);
                    fstore(at, left);
                    sum[p][j] = fma(fset(key[k + p]), left, sum[p][j]);
                }
        F change[W];
        for (int j = 0; j < W; ++j) {
            change[j] = fmul(learn, fsub(fload(v + j * 16), fadd(sum[0][j], sum[1][j])));
            sum[0][j] = sum[1][j] = fzero();
        }
        for (int64_t k = 0; k < rows; k += 2)
            for (int p = 0; p < 2; ++p)
                for (int j = 0; j < W; ++j) {
                    float* at = s + ((k + p) * W + j) * 16;
                    const F now = fma(fset(key[k + p]), change[j], fload(at));
                    fstore(at, now);
                    sum[p][j] = fma(fset(q[k + p]), now, sum[p][j]);
                }
        for (int j = 0; j < W; ++j) fstore(c->out + t * c->out_token + j * 16, fadd(sum[0][j], sum[1][j]));
        for (; written < c->writes && c->after[written] == t + 1; ++written)
            for (int64_t k = 0; k < rows; ++k)
                for (int j = 0; j < W; ++j)
                    fstore(c->target[written] + k * c->value_dim + j * 16, fload(s + (k * W + j) * 16));
    }
}

static void delta_columns(const DeltaColumns* c) { c->columns == 32 ? delta_block<2>(c) : delta_block<1>(c); }
