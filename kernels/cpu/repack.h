#pragma once
#include "common.h"
namespace ks {
// GGUF rows [n][row bytes] -> interleaved tiles; rows beyond n are zero.
void repack_tile(int32_t type, int64_t n, int64_t k, const uint8_t* rows, int64_t tile, uint8_t* out);
int64_t row_bytes(int32_t type, int64_t k);
}
