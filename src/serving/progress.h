/* progress.h - how far a deployment that is starting has come.
 *
 * Thread: loop only; the share is pure. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_PROGRESS_H
#define INFERD_SERVING_PROGRESS_H

#include "inferd/json.h"

struct inf_deployment;

/* In the order in which they come. */
enum inf_progress_phase {
    INF_PROGRESS_CAPACITY,   /* no node has room for it */
    INF_PROGRESS_RECORDING,  /* what was asked for is being written down */
    INF_PROGRESS_VOCABULARY, /* vocabulary and settings are being read */
    INF_PROGRESS_ENGINE,     /* the engine's program starts, or a pause after a crash */
    INF_PROGRESS_LOADING,    /* the model is being loaded */
    INF_PROGRESS_WARMING     /* allocations compute their first texts */
};

/* The whole way's share that is done, 0 to 1, when `part` of the phase is (0 to 1). */
double inf_progress_share(enum inf_progress_phase phase, double part);

/* The member "start_progress": {"phase","fraction","detail"} of a deployment in state STARTING;
 * nothing for any other. */
void inf_progress_write(const struct inf_deployment *deployment, struct inf_jsonw *w);

#endif
