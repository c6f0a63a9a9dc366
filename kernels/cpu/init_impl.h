// What a format needs of the sums: -offset · sum to start the integer sums from, or the sums as floats for its mins.
static void prepare_init(const Acts* a, int32_t type, int64_t begin, int64_t end) {
    const int offset = offset_of(type);
    const bool floats = type == Q4_1 || type == Q5_1;
    const int per = BLOCK / group_of(type);
    for (int64_t b = 0; b < a->blocks; ++b) {
        const int64_t from = (b * a->m + begin) * per, to = (b * a->m + end) * per;
        const int16_t* sums = per == 8 ? a->sum32 : a->sum16;
        if (floats) {
            float* out = (float*)a->init;
            for (int64_t i = from; i < to; ++i) out[i] = a->scale32[i] * (float)sums[i];
        } else if (offset) {
            for (int64_t i = from; i < to; ++i) a->init[i] = -offset * (int32_t)sums[i];
        }
    }
}

#ifdef KS_SIGNED_CODES
constexpr bool SIGNED_CODES = true;
#else
constexpr bool SIGNED_CODES = false;
#endif

// Codes as the products take them: those of eight bits less 128 where both factors are signed.
template <class Fmt> VEC void centred_codes(const uint8_t* tile, int c, I* w) {
    Fmt::codes(tile, c, w);
    if constexpr (SIGNED_CODES && Fmt::WIDE)
        for (int j = 0; j < 8; ++j) w[j] = ixor(w[j], iset8(128));
}

// What an integer sum starts from.
template <class Fmt> VEC I start(const int32_t* init) {
    return Fmt::MIN || (SIGNED_CODES && Fmt::WIDE) ? izero() : iset(*init);
}
