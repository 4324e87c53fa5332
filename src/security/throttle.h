/* throttle.h - how often a client may still guess.
 *
 * Each client has a purse of `burst` tries, which fills up again at that many a minute. A try is
 * taken before a secret is checked and given back when it was the right one, so tries on their way
 * count, too. Clients whose secret is remembered (auth_cache.h) are not asked for any.
 *
 * Thread: loop only. Bound: INF_THROTTLE_SLOTS clients; the one that was there longest without a
 * try makes room. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SECURITY_THROTTLE_H
#define INFERD_SECURITY_THROTTLE_H

#include "inferd/client.h"
#include <stdbool.h>
#include <stdint.h>

enum { INF_THROTTLE_SLOTS = 512 };

struct inf_throttle {
    int64_t burst; /* 0: no limit */
    struct inf_throttle_slot {
        struct inf_client client;
        int64_t milli_tries; /* left, in thousandths */
        uint64_t at_ms;      /* when that was so; 0: the slot is free */
    } slots[INF_THROTTLE_SLOTS];
};

/* False when there is none left; *ret_wait_s is when there will be one. */
bool inf_throttle_take(struct inf_throttle *throttle, const struct inf_client *client,
                       uint64_t now_ms, int *ret_wait_s);
void inf_throttle_give_back(struct inf_throttle *throttle, const struct inf_client *client);

#endif
