#pragma once
#include <stdint.h>
namespace ks {
void* allocate(int64_t bytes);  // zeros, aligned to 64 bytes; null when the system has none
void release(void* p);          // what `allocate` gave; a piece goes back with the last allocation in it
}
