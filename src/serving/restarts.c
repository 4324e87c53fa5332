/* A ring of the latest deaths, looked through backwards. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "restarts.h"

#define FIRST_PAUSE_MS 100
#define LAST_PAUSE_MS 30000
#define LAST_DOUBLING 10 /* is beyond LAST_PAUSE_MS */

void inf_restarts_died(struct inf_restarts *restarts, uint64_t now_ms)
{
    restarts->at_ms[restarts->count++ % INF_RESTARTS_MAX] = now_ms;
    restarts->in_a_row++;
}

void inf_restarts_answered(struct inf_restarts *restarts)
{
    restarts->in_a_row = 0;
}

int inf_restarts_within(const struct inf_restarts *restarts, uint64_t now_ms, uint64_t window_ms)
{
    size_t most = restarts->count < INF_RESTARTS_MAX ? restarts->count : INF_RESTARTS_MAX;
    size_t n = 0;

    while (n < most &&
           now_ms - restarts->at_ms[(restarts->count - 1 - n) % INF_RESTARTS_MAX] < window_ms)
        n++;
    return (int)n;
}

uint64_t inf_restarts_pause_ms(const struct inf_restarts *restarts)
{
    int doublings = restarts->in_a_row - 2;
    uint64_t pause = 0;

    if (doublings < 0)
        return 0;
    pause = (uint64_t)FIRST_PAUSE_MS << (doublings < LAST_DOUBLING ? doublings : LAST_DOUBLING);
    return pause < LAST_PAUSE_MS ? pause : LAST_PAUSE_MS;
}
