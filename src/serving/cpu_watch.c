/* Windows follow each other. A grant that one of them did not use is not carried over, or an idle
 * model could save up. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cpu_watch.h"

void inf_cpu_watch_reset(struct inf_cpu_watch *watch)
{
    watch->begun = false;
}

int64_t inf_cpu_watch_seen(struct inf_cpu_watch *watch, const struct inf_cpu_figures *figures,
                           int64_t *ret_window)
{
    const struct inf_cpu_figures first = watch->first;
    int64_t window = figures->now - first.now, excess = 0;

    if (watch->begun && window < INF_CPU_WINDOW_NS)
        return 0;
    watch->first = *figures;
    if (!watch->begun) {
        watch->begun = true;
        return 0;
    }
    excess = (figures->used - first.used) - (figures->granted - first.granted);
    *ret_window = window;
    return excess > window / 100 * INF_CPU_SLACK_PERCENT ? excess : 0;
}
