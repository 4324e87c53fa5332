/* quarantine.h - inputs that were inside processes that died: who is tried alone, who is refused.
 *
 * Any input may be inside a process that another one kills, so a death in company makes suspects
 * and no more. What counts is a death alone: the second explained one is enough, that in company
 * counting as the first; of unexplained ones, which mostly come from outside, it takes
 * INF_QUARANTINE_UNEXPLAINED. An answer clears a suspect.
 *
 * Keyed by a seeded hash of the token ids, so that a client which does not wait for the second
 * death is found out, too. Thread: loop only (pure; the time comes as an argument). Bound:
 * INF_QUARANTINE_SLOTS inputs, the oldest suspect and then the oldest refused one gives way;
 * INF_QUARANTINE_MS each. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_QUARANTINE_H
#define INFERD_SERVING_QUARANTINE_H

#include "death.h"
#include "inferd/tokenize.h"
#include <stdbool.h>
#include <stdint.h>

#define INF_QUARANTINE_SLOTS 128
#define INF_QUARANTINE_MS (10 * 60 * 1000)
#define INF_QUARANTINE_EXPLAINED 2
#define INF_QUARANTINE_UNEXPLAINED 5

struct inf_quarantined {
    uint64_t hash;
    int64_t until_ms;           /* 0: free */
    int explained, unexplained; /* deaths that count */
    bool refused;
    char how[INF_DEATH_HOW]; /* the last of them */
};

struct inf_quarantine {
    uint64_t seed;     /* secret, so that nobody can make another's text collide */
    int64_t latest_ms; /* no slot is in force after it */
    struct inf_quarantined slots[INF_QUARANTINE_SLOTS];
};

void inf_quarantine_init(struct inf_quarantine *quarantine, uint64_t seed);
/* A process died with the input inside. Is it refused from now on? */
bool inf_quarantine_died(struct inf_quarantine *quarantine, const struct inf_encoding *encoding,
                         const struct inf_death *death, int64_t now_ms);
/* Refuses it from now on, whatever there was before. */
void inf_quarantine_refuse(struct inf_quarantine *quarantine, const struct inf_encoding *encoding,
                           const char *how, int64_t now_ms);
/* It was answered: no suspect any more. What is refused stays so. */
void inf_quarantine_answered(struct inf_quarantine *quarantine, const struct inf_encoding *encoding,
                             int64_t now_ms);
/* What is known against the input at present, borrowed, or NULL. Costs nothing while nothing is
 * known against any. */
const struct inf_quarantined *inf_quarantine_find(const struct inf_quarantine *quarantine,
                                                  const struct inf_encoding *encoding,
                                                  int64_t now_ms);

#endif
