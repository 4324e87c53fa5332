/* worker_cpu.h - the processor time of a worker's process, held against what was asked of it.
 *
 * Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_WORKER_CPU_H
#define INFERD_SERVING_WORKER_CPU_H

#include "cpu_watch.h"
#include "inferd/frame.h"

struct inf_worker;

struct inf_worker_cpu {
    struct inf_cpu_watch watch;
    int64_t granted; /* ns, to frames that are not inside any more */
};

void inf_worker_cpu_begin(struct inf_worker *worker); /* a process is about to be asked for */
/* A frame for an allocation of so many threads was inside for `ns`, or may be for so long. */
void inf_worker_cpu_grant(struct inf_worker *worker, int64_t ns, int threads);
/* Figures of the watch have come: the process is ended when it computes by itself. */
void inf_worker_cpu_seen(struct inf_worker *worker, const struct inf_frame_measured *seen);

#endif
