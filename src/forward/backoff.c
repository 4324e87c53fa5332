/* backoff.c - exponential, with jitter. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "backoff.h"

int64_t inf_backoff_ms(int attempt, int64_t first_ms, int64_t retry_after_ms, uint32_t random)
{
    int64_t whole = first_ms < INF_BACKOFF_MAX_MS ? first_ms : INF_BACKOFF_MAX_MS;
    int64_t asked =
        retry_after_ms < INF_RETRY_AFTER_MAX_MS ? retry_after_ms : INF_RETRY_AFTER_MAX_MS;
    int64_t pause;

    for (int i = 1; i < attempt && whole < INF_BACKOFF_MAX_MS; i++)
        whole = whole * 2 < INF_BACKOFF_MAX_MS ? whole * 2 : INF_BACKOFF_MAX_MS;
    pause = whole / 2 + (int64_t)((uint64_t)(whole - whole / 2) * random >> 32);
    /* Those who were all told the same time shall not all come at it. */
    return asked > pause ? asked + pause / 4 : pause;
}
