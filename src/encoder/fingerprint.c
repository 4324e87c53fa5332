/* Four sums side by side, of 8 bytes each, since weights are hundreds of megabytes and one sum
 * waits for its own multiplication. Multiplying by an odd number and turning both lose nothing, so
 * two pieces that differ in one place always differ in the end. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "fingerprint.h"

#include <string.h>

enum { LANES = 4, LANE = 8, BLOCK = LANES * LANE };

#define ODD 0x9e3779b97f4a7c15U /* 2^64 / golden ratio */

static uint64_t mix(uint64_t sum, uint64_t value)
{
    sum = (sum ^ value) * ODD;
    return sum << 29 | sum >> 35;
}

uint64_t inf_fingerprint(uint64_t before, const void *bytes, size_t length)
{
    const char *at = bytes;
    uint64_t sums[LANES] = {before, ODD, ~before, length}, value[LANES];
    size_t left = length;

    for (; left >= BLOCK; left -= BLOCK, at += BLOCK) {
        memcpy(value, at, BLOCK);
        for (int i = 0; i < LANES; i++)
            sums[i] = mix(sums[i], value[i]);
    }
    memset(value, 0, sizeof value);
    memcpy(value, at, left);
    for (int i = 0; i < LANES; i++)
        before = mix(before ^ mix(sums[i], value[i]), (uint64_t)i);
    return before ^ before >> 32;
}
