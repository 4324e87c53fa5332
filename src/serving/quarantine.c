/* A small table, looked through from end to end: it is empty for every model that behaves. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "quarantine.h"
#include "hash.h"
#include <stddef.h>

void inf_quarantine_init(struct inf_quarantine *quarantine, uint64_t seed)
{
    *quarantine = (struct inf_quarantine){.seed = seed};
}

static uint64_t hash_of(const struct inf_quarantine *quarantine,
                        const struct inf_encoding *encoding)
{
    const int shape[3] = {encoding->tensors, encoding->rows, encoding->cols};
    size_t count = (size_t)encoding->tensors * (size_t)encoding->rows * (size_t)encoding->cols;

    return inf_hash(inf_hash(quarantine->seed, shape, sizeof shape), encoding->data,
                    count * sizeof *encoding->data);
}

void inf_quarantine_add(struct inf_quarantine *quarantine, const struct inf_encoding *encoding,
                        int64_t now_ms)
{
    size_t oldest = 0;

    for (size_t i = 1; i < INF_QUARANTINE_SLOTS; i++)
        if (quarantine->slots[i].until_ms < quarantine->slots[oldest].until_ms)
            oldest = i;
    quarantine->slots[oldest].hash = hash_of(quarantine, encoding);
    quarantine->slots[oldest].until_ms = now_ms + INF_QUARANTINE_MS;
}

bool inf_quarantine_has(const struct inf_quarantine *quarantine,
                        const struct inf_encoding *encoding, int64_t now_ms)
{
    uint64_t hash = 0;
    bool hashed = false;

    for (size_t i = 0; i < INF_QUARANTINE_SLOTS; i++) {
        if (quarantine->slots[i].until_ms <= now_ms)
            continue;
        if (!hashed) {
            hash = hash_of(quarantine, encoding);
            hashed = true;
        }
        if (quarantine->slots[i].hash == hash)
            return true;
    }
    return false;
}
