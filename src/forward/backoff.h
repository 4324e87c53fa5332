/* backoff.h - how long to wait before something is tried again. Thread: any (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_FORWARD_BACKOFF_H
#define INFERD_FORWARD_BACKOFF_H

#include <stdint.h>

#define INF_BACKOFF_MAX_MS 30000      /* longest pause that grows by itself */
#define INF_RETRY_AFTER_MAX_MS 600000 /* longest that the other side may ask for */

/* Milliseconds before attempt number `attempt` (1: the first one that is a repetition): first_ms,
 * doubled each time up to INF_BACKOFF_MAX_MS, of which a random part between a half and all, so
 * that many who failed together do not come back together. Never less than retry_after_ms, what
 * the other side asked for (0: nothing), up to INF_RETRY_AFTER_MAX_MS. random: any 32 bits. */
int64_t inf_backoff_ms(int attempt, int64_t first_ms, int64_t retry_after_ms, uint32_t random);

#endif
