/* A small table, looked through from end to end: it is empty for every model that behaves. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "quarantine.h"
#include "hash.h"
#include <stddef.h>
#include <stdio.h>

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

const struct inf_quarantined *inf_quarantine_find(const struct inf_quarantine *quarantine,
                                                  const struct inf_encoding *encoding,
                                                  int64_t now_ms)
{
    uint64_t hash = 0;

    if (quarantine->latest_ms <= now_ms)
        return NULL;
    hash = hash_of(quarantine, encoding);
    for (size_t i = 0; i < INF_QUARANTINE_SLOTS; i++)
        if (quarantine->slots[i].until_ms > now_ms && quarantine->slots[i].hash == hash)
            return &quarantine->slots[i];
    return NULL;
}

/* Which of two gives way first. */
static bool is_less_worth(const struct inf_quarantined *one, const struct inf_quarantined *other,
                          int64_t now_ms)
{
    bool keeps_one = one->refused && one->until_ms > now_ms;
    bool keeps_other = other->refused && other->until_ms > now_ms;

    return keeps_one != keeps_other ? keeps_other : one->until_ms < other->until_ms;
}

/* The input's slot, which stands for another INF_QUARANTINE_MS. */
static struct inf_quarantined *note(struct inf_quarantine *quarantine,
                                    const struct inf_encoding *encoding, const char *how,
                                    int64_t now_ms)
{
    const struct inf_quarantined *known = inf_quarantine_find(quarantine, encoding, now_ms);
    struct inf_quarantined *slot = &quarantine->slots[0];

    if (known != NULL) {
        slot = &quarantine->slots[known - quarantine->slots];
    } else {
        for (size_t i = 1; i < INF_QUARANTINE_SLOTS; i++)
            if (is_less_worth(&quarantine->slots[i], slot, now_ms))
                slot = &quarantine->slots[i];
        *slot = (struct inf_quarantined){.hash = hash_of(quarantine, encoding)};
    }
    slot->until_ms = now_ms + INF_QUARANTINE_MS;
    if (slot->until_ms > quarantine->latest_ms)
        quarantine->latest_ms = slot->until_ms;
    snprintf(slot->how, sizeof slot->how, "%s", how);
    return slot;
}

bool inf_quarantine_died(struct inf_quarantine *quarantine, const struct inf_encoding *encoding,
                         const struct inf_death *death, int64_t now_ms)
{
    struct inf_quarantined *slot = NULL;

    if (!death->explained && !death->alone)
        return false;
    slot = note(quarantine, encoding, death->how, now_ms);
    if (!death->explained)
        slot->unexplained++;
    else if (death->alone || slot->explained == 0)
        slot->explained++;
    if (slot->explained >= INF_QUARANTINE_EXPLAINED ||
        slot->unexplained >= INF_QUARANTINE_UNEXPLAINED)
        slot->refused = true;
    return slot->refused;
}

void inf_quarantine_refuse(struct inf_quarantine *quarantine, const struct inf_encoding *encoding,
                           const char *how, int64_t now_ms)
{
    struct inf_quarantined *slot = note(quarantine, encoding, how, now_ms);

    slot->explained++;
    slot->refused = true;
}

void inf_quarantine_answered(struct inf_quarantine *quarantine, const struct inf_encoding *encoding,
                             int64_t now_ms)
{
    const struct inf_quarantined *known = inf_quarantine_find(quarantine, encoding, now_ms);

    if (known != NULL && !known->refused)
        quarantine->slots[known - quarantine->slots] = (struct inf_quarantined){0};
}
