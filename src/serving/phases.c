/* A sum for each phase, and words for them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "phases.h"
#include "inferd/units.h"
#include <stdio.h>

#define NS_PER_MS 1000000
#define LEAST_SHARE 100 /* what is less than a hundredth of the whole is not worth a word */

static uint64_t between(uint64_t begin_ns, uint64_t end_ns)
{
    return end_ns > begin_ns ? end_ns - begin_ns : 0;
}

void inf_phases_begin(struct inf_phases *phases, uint64_t arrival_ns, enum inf_phase phase,
                      uint64_t now_ns)
{
    *phases = (struct inf_phases){.now = phase, .since_ns = now_ns};
    phases->spent_ns[INF_PHASE_READ] = between(arrival_ns, now_ns);
}

void inf_phases_enter(struct inf_phases *phases, enum inf_phase phase, uint64_t now_ns)
{
    if (phase == phases->now)
        return;
    phases->spent_ns[phases->now] += between(phases->since_ns, now_ns);
    phases->now = phase;
    phases->since_ns = now_ns;
}

static size_t longest(const uint64_t spent_ns[INF_PHASE_COUNT])
{
    size_t found = 0;

    for (size_t i = 1; i < INF_PHASE_COUNT; i++)
        if (spent_ns[i] > spent_ns[found])
            found = i;
    return found;
}

const char *inf_phases_print(const struct inf_phases *phases, uint64_t now_ns,
                             char text[INF_PHASES_TEXT])
{
    static const char *const words[] = {
        [INF_PHASE_READ] = "reading the request", [INF_PHASE_HELD] = "waiting for an allocation",
        [INF_PHASE_TOKENIZE] = "tokenizing",      [INF_PHASE_QUEUE] = "in the queue",
        [INF_PHASE_COMPUTE] = "computing",        [INF_PHASE_DECODE] = "decoding the result"};
    struct inf_phases left = *phases;
    uint64_t all_ns = 0, least_ns = 0;
    char time[INF_UNITS_TEXT];
    size_t length = 0, i = 0;

    left.spent_ns[left.now] += between(left.since_ns, now_ns);
    for (i = 0; i < INF_PHASE_COUNT; i++)
        all_ns += left.spent_ns[i];
    least_ns = all_ns / LEAST_SHARE > NS_PER_MS ? all_ns / LEAST_SHARE : NS_PER_MS;
    text[0] = '\0';
    while (left.spent_ns[i = longest(left.spent_ns)] >= least_ns && length < INF_PHASES_TEXT) {
        length += (size_t)snprintf(
            text + length, INF_PHASES_TEXT - length, "%s%s %s", length > 0 ? ", " : "",
            inf_time_print((int64_t)(left.spent_ns[i] / NS_PER_MS), time), words[i]);
        left.spent_ns[i] = 0;
    }
    return text;
}
