/* cpu_watch.h - finds a process that computes more than was asked of it.
 *
 * A model is code, and can leave a thread behind that goes on after its answer. Whatever the
 * process uses of the processors beyond what its inferences may have used is somebody else's
 * business.
 *
 * Thread: any; pure. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_CPU_WATCH_H
#define INFERD_SERVING_CPU_WATCH_H

#include <stdbool.h>
#include <stdint.h>

/* Nothing is said of less time than this. */
#define INF_CPU_WINDOW_NS INT64_C(5000000000)
/* Of a window, what may be used in passing: tidying up, the daemon's and the kernel's clocks apart.
 */
#define INF_CPU_SLACK_PERCENT 20

/* All of it grows, in ns. */
struct inf_cpu_figures {
    int64_t now;     /* the clock's */
    int64_t used;    /* CPU time of the process */
    int64_t granted; /* threads x time of the inferences inside it */
};

struct inf_cpu_watch {
    bool begun;
    struct inf_cpu_figures first; /* of the present window */
};

/* Forgets what it saw: the process is new, or what it does now is not counted. */
void inf_cpu_watch_reset(struct inf_cpu_watch *watch);
/* Takes figures in. 0, or when a window ends in which too much was used: how much beyond what was
 * granted, in ns, with *ret_window the time that the window had. */
int64_t inf_cpu_watch_seen(struct inf_cpu_watch *watch, const struct inf_cpu_figures *figures,
                           int64_t *ret_window);

#endif
