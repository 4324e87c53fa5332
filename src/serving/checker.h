/* checker.h - a process for a moment, which runs a model's own code on inputs that packed weights
 * have answered, and what it answers is held against that.
 *
 * It gathers samples first, and is then a caged process as a worker is, with one niced thread. It
 * ends when it has answered all; so what a model's own code takes is not kept beside the packed
 * weights. Where the node has no memory for it, the samples are let go.
 *
 * Thread: loop only. Owns: its samples, its channels; it frees itself. Bound: INF_CHECKER_SAMPLES
 * samples of INF_CHECKER_SAMPLE bytes each for input and answer. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_CHECKER_H
#define INFERD_SERVING_CHECKER_H

#include "manager.h"

struct inf_encoding;
struct inf_worker;
struct inf_checker;

#define INF_CHECKER_SAMPLES 16
#define INF_CHECKER_SAMPLE ((size_t)256 << 10)

/* One without samples, whose process is begun no sooner than in delay_ms. worker->check hears what
 * comes of it (worker_check.h). */
struct inf_checker *inf_checker_new(struct inf_worker *worker, uint64_t delay_ms);
/* Copies both: an input, and the payload of the RESULT that it got. false: it takes no more. Both
 * have at most INF_CHECKER_SAMPLE bytes. */
bool inf_checker_add(struct inf_checker *checker, const struct inf_encoding *input,
                     const void *answer, size_t length);
/* Nobody wants to hear of it any more: its process is ended. */
void inf_checker_abandon(struct inf_checker *checker);

/* ---- the zygote's events ---- */

void inf_checker_spawned(struct inf_manager *manager, uint64_t number,
                         const struct inf_frame_spawned *spawned);
void inf_checker_exited(struct inf_manager *manager, uint64_t number,
                        const struct inf_frame_exited *exited);
/* All processes are gone, for good or not. */
void inf_checker_zygote_died(struct inf_manager *manager);

#endif
