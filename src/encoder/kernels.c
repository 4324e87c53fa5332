/* Which kernels this processor runs. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels.h"

#include <string.h>

#define MOST 4

/* The best first. */
static size_t find(const struct inf_kernels *ret[MOST])
{
    size_t count = 0;

#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
        ret[count++] = &inf_kernels_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        ret[count++] = &inf_kernels_avx2;
#endif
    ret[count++] = &inf_kernels_base;
    return count;
}

const struct inf_kernels *inf_kernels(void)
{
    const struct inf_kernels *best = NULL;

    inf_kernels_all(&best, 1);
    return best;
}

size_t inf_kernels_all(const struct inf_kernels **ret, size_t capacity)
{
    const struct inf_kernels *found[MOST];
    size_t count = find(found);

    count = count < capacity ? count : capacity;
    memcpy(ret, found, count * sizeof(const struct inf_kernels *));
    return count;
}
