/* worker_spawn.h - how a worker gets its process.
 *
 * Thread: loop only. Owns: nothing; the timer is the worker's. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_WORKER_SPAWN_H
#define INFERD_SERVING_WORKER_SPAWN_H

#include "worker.h"

/* Makes its tokenizer, then spawns. */
void inf_worker_prepare(struct inf_worker *worker);
/* Asks the zygote, if that is ready, for its process; LOADING then. What is lacking fails a start,
 * and is waited for by a deployment that has served. */
void inf_worker_spawn(struct inf_worker *worker);
/* One of the two, after a while. */
void inf_worker_try_again(struct inf_worker *worker, uint64_t ms);

/* ---- worker.c's, for this one ---- */
/* FAILED: its deployments are told. */
void inf_worker_fail(struct inf_worker *worker, const char *reason);
/* ENDING or FAILED, without a process or users: frees it. */
void inf_worker_end_if_possible(struct inf_worker *worker);

#endif
