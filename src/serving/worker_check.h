/* worker_check.h - packed weights go on being checked while they serve: one answer in
 * engine.check_every is compared with what the model's own code answers (checker.h). Where it is
 * another, that code serves from then on, also after a restart.
 *
 * In float32 one answer is enough, by the measure of the proof (1e-5 of inf_packed_size). In fewer
 * bits answers differ by nature, and some texts more than the samples did: there it takes several
 * that lose more than four times what the worst sample lost or might lose, and not only few of all.
 *
 * Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_WORKER_CHECK_H
#define INFERD_SERVING_WORKER_CHECK_H

#include "inferd/frame.h"
#include "inferd/json.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct inf_checker;
struct inf_encoding;
struct inf_worker;

/* Of a worker's life, over all its processes. */
struct inf_worker_check {
    struct inf_checker *checker; /* it has samples; NULL: there is none */
    int64_t answers;             /* since the last that became a sample */
    bool has_begun;
    uint64_t begun_ms; /* of the loop, then: when a process was last begun */
    int64_t compared, differed, skipped, failed;
    double difference;         /* the largest, unless in fewer bits */
    double loss;               /* 1 - the least cosine, then */
    bool is_disproven;         /* the module has to serve */
    char why[INF_FRAME_WORDS]; /* then */
};

/* An answer of the worker's present process went out: the payload of a RESULT. */
void inf_worker_check_answer(struct inf_worker *worker, const struct inf_encoding *input,
                             const void *answer, size_t length);
/* Nobody uses the worker any more. */
void inf_worker_check_end(struct inf_worker *worker);
/* The member "self_check" of _stats, where there was anything to be checked. */
void inf_worker_check_write(const struct inf_worker *worker, struct inf_jsonw *w);

/* ---- what the checker says ---- */

/* May a process be begun now, for so many samples? Otherwise they are skipped. */
bool inf_worker_check_begins(struct inf_worker *worker, size_t samples);
/* The module answered `expected`, the packed weights `found`: payloads of RESULTs. The checker may
 * be abandoned then. */
void inf_worker_check_compared(struct inf_worker *worker, const void *expected, const void *found);
/* The module has no answer to so many samples. */
void inf_worker_check_failed(struct inf_worker *worker, size_t samples, const char *why);

/* By how much an answer in fewer bits may lose (1 - its cosine), where the samples' worst had this
 * cosine, and the floor was that (-1: there was none). */
double inf_worker_check_loss_most(double worst_cosine, double min_cosine);

#endif
