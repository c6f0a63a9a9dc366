// exp and what is made of it, sixteen lanes at a time.

// exp(x) within 2 ulp: x = n·ln2 + r, a polynomial for e^r (Cephes' expf), 2^n by the exponent. exp(0) is 1 exactly.
VEC F fexp(F x) {
    x = fmin(fmax(x, fset(-87.3f)), fset(88.f));
    const I n = toint(fmul(x, fset(1.44269504088896341f)));
    const F nf = tofloat(n);
    F r = fnma(nf, fset(0.693359375f), x);
    r = fnma(nf, fset(-2.12194440e-4f), r);
    F p = fset(1.9875691500e-4f);
    p = fma(p, r, fset(1.3981999507e-3f));
    p = fma(p, r, fset(8.3334519073e-3f));
    p = fma(p, r, fset(4.1665795894e-2f));
    p = fma(p, r, fset(1.6666665459e-1f));
    p = fma(p, r, fset(5.0000001201e-1f));
    p = fma(p, fmul(r, r), fadd(r, fset(1.f)));
    return fmul(p, pow2i(n));
}

VEC F fsilu(F x) { return fdiv(x, fadd(fset(1.f), fexp(fsub(fzero(), x)))); }

// x/2 · (1 + tanh(u)) = x / (1 + exp(-2u)), u = sqrt(2/pi)·(x + 0.044715 x³)
VEC F fgelu(F x) {
    const F cube = fmul(fmul(x, x), x);
    const F u2 = fmul(fma(cube, fset(0.044715f), x), fset(-2.f * 0.7978845608028654f));
    return fdiv(x, fadd(fset(1.f), fexp(u2)));
}
