/* allocation.h - one thread that answers the inferences of one channel, one after the other.
 *
 * Thread: started by the worker's first thread. Owns: its channel and buffer.
 * Bound:  INF_ALLOCATIONS_MAX threads at a time in a worker, INF_ALLOCATION_TEAM_MAX threads in a
 * team. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENGINE_ALLOCATION_H
#define INFERD_ENGINE_ALLOCATION_H

#include "inferd/engine.h"
#include "inferd/frame.h"

#define INF_ALLOCATIONS_MAX 512
#define INF_ALLOCATION_TEAM_MAX 256

/* Serves INFER frames of the channel until it closes. 0: the channel now belongs to the thread. -1:
 * too many threads, ill values, or the system has no thread to give; the channel is still the
 * caller's. */
int inf_allocation_start(struct inf_engine_model *model, int channel,
                         const struct inf_frame_allocate *wanted);

#endif
