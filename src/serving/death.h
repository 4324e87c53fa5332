/* death.h - how a worker process ended, and whether that speaks against the inputs inside it.
 *
 * A death is explained when the process did it itself (a fault, an exit, a forbidden call) or when
 * we ended it for what it did. SIGKILL without an order of ours comes from an operator or from the
 * kernel when memory ran out, and SIGNALLED tells of other signals from outside: neither shows that
 * an input did it. Whoever has the process in his hands can feign both, so unexplained deaths are
 * forgiven often, but not for ever (quarantine.h).
 *
 * Thread: any; pure. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_DEATH_H
#define INFERD_SERVING_DEATH_H

#include "inferd/frame.h"
#include <stdbool.h>

#define INF_DEATH_HOW 256

struct inf_death {
    char how[INF_DEATH_HOW]; /* for users */
    bool explained;
    bool alone; /* the one job that is asked about was inside, and no other */
};

/* What is known of a process that was reported to have ended. */
struct inf_death_signs {
    struct inf_frame_exited exited;
    const char *doom; /* why we ended it; "": we did not */
    bool hung_up;     /* it had closed a channel, so its end was ordered */
    int signalled;    /* of a signal that another process sent; 0: none that it told of */
};

/* Reads the signs into how and explained; alone is the caller's to set. */
void inf_death_read(const struct inf_death_signs *signs, struct inf_death *ret);

#endif
