/* probe.h - loads a model for a moment, to see whether it can be and what it takes.
 *
 * The model's worker is used as by a deployment: prepared, caged, warmed up, measured, and ended
 * when nobody else uses it. One model at a time, however many ask.
 *
 * Thread: loop only. Owns: a use of the worker, one channel. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_PROBE_H
#define INFERD_SERVING_PROBE_H

#include "inferd/frame.h"
#include <stdint.h>

struct inf_manager;
struct inf_worker;
struct inf_probe;

enum inf_probe_outcome {
    INF_PROBE_FINE,
    INF_PROBE_FAILED,  /* as a _start would: text says why */
    INF_PROBE_TIMEOUT, /* it goes on no longer */
    INF_PROBE_BUSY,    /* another model is being tried */
    INF_PROBE_NO_FILE, /* the definition is not on this node: text says why */
    INF_PROBE_STOPPED  /* the server is stopping */
};

/* Runs once, maybe before inf_probe_model returns. */
typedef void (*inf_probe_done)(void *arg, enum inf_probe_outcome outcome, const char *text);
void inf_probe_model(struct inf_manager *manager, const char *model_id, int threads,
                     int64_t timeout_ms, inf_probe_done done, void *arg);

/* Events of the worker that a probe uses. */
void inf_probe_ready(struct inf_probe *probe);
void inf_probe_measured(struct inf_probe *probe, const struct inf_frame_measured *seen);
void inf_probe_recorded(struct inf_probe *probe); /* the figures are in the store */
void inf_probe_fail(struct inf_probe *probe, enum inf_probe_outcome outcome, const char *text);
/* Threads of its allocation in the worker; 0 before there is one. */
int inf_probe_threads(const struct inf_probe *probe);

#endif
