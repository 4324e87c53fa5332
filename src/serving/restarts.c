/* A ring of the latest deaths, looked through backwards. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "restarts.h"
#include "inferd/units.h"
#include <stdio.h>

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

bool inf_restarts_over(const struct inf_restarts *restarts, const struct inf_restart_limits *limits,
                       const char *how, char reason[INF_REASON_MAX])
{
    const uint64_t latest_ms = restarts->at_ms[(restarts->count - 1) % INF_RESTARTS_MAX];
    int within = inf_restarts_within(restarts, latest_ms, (uint64_t)limits->window_ms);
    char window[INF_UNITS_TEXT];

    if (restarts->in_a_row > limits->in_a_row)
        snprintf(reason, INF_REASON_MAX,
                 "inference process crashed due to reason [%s, [%d] times without an answer]", how,
                 restarts->in_a_row);
    else if (within > limits->within)
        snprintf(reason, INF_REASON_MAX,
                 "inference process crashed due to reason [%s, [%d] times within [%s]]", how,
                 within, inf_time_print(limits->window_ms, window));
    else
        return false;
    return true;
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
