/* quarantine.h - inputs that have killed their model's process twice, refused for a while.
 *
 * Keyed by a seeded hash of the token ids. Thread: loop only (pure; the time comes as an argument).
 * Bound: INF_QUARANTINE_SLOTS inputs, the oldest gives way; INF_QUARANTINE_MS each. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_QUARANTINE_H
#define INFERD_SERVING_QUARANTINE_H

#include "inferd/tokenize.h"
#include <stdbool.h>
#include <stdint.h>

#define INF_QUARANTINE_SLOTS 128
#define INF_QUARANTINE_MS (10 * 60 * 1000)

struct inf_quarantine {
    uint64_t seed; /* secret, so that nobody can make another's text collide */
    struct {
        uint64_t hash;
        int64_t until_ms; /* 0: free */
    } slots[INF_QUARANTINE_SLOTS];
};

void inf_quarantine_init(struct inf_quarantine *quarantine, uint64_t seed);
void inf_quarantine_add(struct inf_quarantine *quarantine, const struct inf_encoding *encoding,
                        int64_t now_ms);
/* Is the input refused at present? Costs nothing while nothing is. */
bool inf_quarantine_has(const struct inf_quarantine *quarantine,
                        const struct inf_encoding *encoding, int64_t now_ms);

#endif
