/* Eight bytes a step: multiply and fold, so that every bit of a word reaches the low bits. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "hash.h"
#include <string.h>
#include <sys/random.h>
#include <sys/types.h>

#define ODD UINT64_C(0x9e3779b97f4a7c15)

static uint64_t step(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * ODD;
    return hash ^ hash >> 32;
}

uint64_t inf_hash(uint64_t seed, const void *data, size_t length)
{
    const unsigned char *bytes = data;
    uint64_t hash = step(seed, length), word = 0;
    size_t i = 0;

    for (; i + sizeof word <= length; i += sizeof word) {
        memcpy(&word, bytes + i, sizeof word);
        hash = step(hash, word);
    }
    if (i < length) {
        word = 0;
        memcpy(&word, bytes + i, length - i);
        hash = step(hash, word);
    }
    return step(hash, ODD);
}

uint64_t inf_hash_seed(void)
{
    uint64_t seed = 0;

    while (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        ;
    return seed;
}
