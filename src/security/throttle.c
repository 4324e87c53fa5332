/* Token buckets in a small table. It is searched from end to end, which takes less than a
 * microsecond and happens only where a secret is checked anyway. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "throttle.h"

#include <stddef.h>

#define MILLI 1000
#define MINUTE_MS 60000

static struct inf_throttle_slot *find(struct inf_throttle *throttle,
                                      const struct inf_client *client)
{
    for (size_t i = 0; i < INF_THROTTLE_SLOTS; i++)
        if (throttle->slots[i].at_ms != 0 && inf_client_is(&throttle->slots[i].client, client))
            return &throttle->slots[i];
    return NULL;
}

static struct inf_throttle_slot *find_or_make(struct inf_throttle *throttle,
                                              const struct inf_client *client)
{
    struct inf_throttle_slot *slot = find(throttle, client);

    if (slot != NULL)
        return slot;
    slot = &throttle->slots[0];
    for (size_t i = 1; i < INF_THROTTLE_SLOTS && slot->at_ms != 0; i++)
        if (throttle->slots[i].at_ms < slot->at_ms)
            slot = &throttle->slots[i];
    slot->client = *client;
    slot->milli_tries = throttle->burst * MILLI;
    return slot;
}

static void refill(const struct inf_throttle *throttle, struct inf_throttle_slot *slot,
                   uint64_t now_ms)
{
    uint64_t elapsed_ms = slot->at_ms != 0 ? now_ms - slot->at_ms : 0;
    int64_t most = throttle->burst * MILLI;

    if (elapsed_ms > MINUTE_MS)
        elapsed_ms = MINUTE_MS;
    slot->milli_tries += (int64_t)elapsed_ms * most / MINUTE_MS;
    if (slot->milli_tries > most)
        slot->milli_tries = most;
    slot->at_ms = now_ms;
}

bool inf_throttle_take(struct inf_throttle *throttle, const struct inf_client *client,
                       uint64_t now_ms, int *ret_wait_s)
{
    struct inf_throttle_slot *slot;

    *ret_wait_s = 0;
    if (throttle->burst == 0)
        return true;
    slot = find_or_make(throttle, client);
    refill(throttle, slot, now_ms == 0 ? 1 : now_ms);
    if (slot->milli_tries >= MILLI) {
        slot->milli_tries -= MILLI;
        return true;
    }
    *ret_wait_s = (int)((MILLI - slot->milli_tries) * MINUTE_MS / (throttle->burst * MILLI) / 1000);
    *ret_wait_s += 1;
    return false;
}

void inf_throttle_give_back(struct inf_throttle *throttle, const struct inf_client *client)
{
    struct inf_throttle_slot *slot = find(throttle, client);

    if (slot != NULL && slot->milli_tries <= (throttle->burst - 1) * MILLI)
        slot->milli_tries += MILLI;
}
