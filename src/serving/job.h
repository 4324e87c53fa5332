/* job.h - one document on its way: admitted, tokenized, queued, in a worker, answered.
 *
 * Thread: loop only. Owns: its encoding, kept until the answer so that a worker's death costs
 * nothing. `infer` is NULL once the request has ended (timeout, client gone): the job is then
 * dropped at the next step, and an answer that still comes is thrown away. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_JOB_H
#define INFERD_SERVING_JOB_H

#include "inferd/list.h"
#include "inferd/tokenize.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct inf_cache_key;
struct inf_infer;
struct inf_ticket;

enum inf_job_state { INF_JOB_TOKENIZING, INF_JOB_QUEUED, INF_JOB_RUNNING, INF_JOB_DECODING };

struct inf_job {
    struct inf_link link;      /* of its list */
    struct inf_list *list;     /* of the queue; NULL while it is in none */
    struct inf_ticket *ticket; /* its request's, valid while it is queued */
    struct inf_infer *infer;
    size_t index; /* document number in the request */
    uint64_t id;
    enum inf_job_state state;
    int deaths;   /* workers that died with this job, or another of its input, inside: above 0
                   * it is a suspect and runs alone */
    bool overdue; /* engine.forward_timeout is over */
    struct inf_text text; /* the document's; the request's, and gone with it */
    struct inf_encoding encoding;
    struct inf_cache_key *key; /* under which the answer will be kept, or NULL */
};

void inf_job_free(struct inf_job *job); /* NULL is fine; must not be queued or running */

#endif
