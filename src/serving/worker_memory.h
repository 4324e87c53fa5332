/* worker_memory.h - the memory of a worker's process: measured, limited, watched.
 *
 * The kernel enforces the limit (with some room, because it counts what is asked for and not what
 * is used); the watch ends a process whose memory in use passes it.
 *
 * Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_WORKER_MEMORY_H
#define INFERD_SERVING_WORKER_MEMORY_H

#include "inferd/frame.h"
#include "measure.h"

struct inf_manager;
struct inf_worker;

enum inf_memory_occasion {
    INF_MEMORY_WATCH,  /* now and then */
    INF_MEMORY_LOADED, /* the model was loaded and waits for its first allocation */
    INF_MEMORY_WARMED  /* one more allocation is warm */
};

struct inf_worker_memory {
    struct inf_measured measured; /* the largest figures, those of earlier processes included */
    struct inf_measured recorded; /* what the store has of them */
    int64_t resident, own;        /* of the present process, as last seen; 0: not seen */
    int64_t limit;                /* for `own`; 0: no process */
    int64_t kernel_limit;         /* as the process has it */
    int recording;                /* records on their way to the store */
    bool watching;                /* a look of the watch has no answer yet */
};

/* What the store has of an earlier process of the model, by this engine and engine.encoder. */
struct inf_measured inf_worker_memory_recorded(const struct inf_manager *manager,
                                               const char *model_id);
/* A process is about to be asked for: takes what the store knows and fills the request's limits. */
void inf_worker_memory_begin(struct inf_worker *worker, struct inf_frame_spawn *request);
/* The limits of a process beside it that runs the model's own code with one allocation. */
void inf_worker_memory_of_module(const struct inf_worker *worker, struct inf_frame_spawn *request);
/* Does the node have memory for that, beside all that the plan gives away? */
bool inf_worker_memory_fits_module(const struct inf_worker *worker);
void inf_worker_memory_end(struct inf_worker *worker); /* the process is gone */
/* Brings the limit to what the deployments of the worker now need. */
void inf_worker_memory_adjust(struct inf_worker *worker);
/* Asks for the figures; inf_worker_memory_seen has the answer. */
void inf_worker_memory_ask(struct inf_worker *worker, enum inf_memory_occasion occasion);
/* Figures have come: kept, recorded when they grew, and the process is ended when it passed its
 * limit. */
void inf_worker_memory_seen(struct inf_worker *worker, const struct inf_frame_measured *seen);
/* Looks after all workers; for a timer. */
void inf_worker_memory_watch(struct inf_manager *manager);

#endif
