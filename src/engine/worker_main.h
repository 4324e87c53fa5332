/* worker_main.h - a forked worker: cages itself, loads one model, serves its allocations.
 *
 * Thread: inf_worker_main is the process's first thread; allocations are further ones. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENGINE_WORKER_MAIN_H
#define INFERD_ENGINE_WORKER_MAIN_H

#include "inferd/frame.h"
#include <sys/types.h>

/* The whole life of a worker, from the fork to its exit. parent is the zygote's pid, held the
 * INF_SANDBOX_* bits that it made hold already. */
_Noreturn void inf_worker_main(int control, int definition, const struct inf_frame_spawn *wanted,
                               pid_t parent, uint32_t held);

#endif
