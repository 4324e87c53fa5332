/* endpoint_answer.h - a model's results as an endpoint's answer. Thread: any (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_ENDPOINT_ANSWER_H
#define INFERD_REST_ENDPOINT_ANSWER_H

#include "endpoint.h"

/* What the answer depends on besides the results. */
struct inf_endpoint_question {
    const struct cJSON *input; /* a string or an array of them; borrowed */
    bool return_documents;     /* rerank */
    int64_t top_n;             /* rerank: results at most */
};

/* Writes the answer to out. results: joined objects, one for each input. INTERNAL when they are not
 * what the task has. */
int inf_endpoint_answer(enum inf_endpoint_task task, const struct inf_endpoint_question *question,
                        const struct inf_buf *results, struct inf_buf *out, struct inf_error *err);

/* How many numbers the one embedding in results has. INTERNAL when it is none. */
int inf_endpoint_answer_length(const struct inf_buf *results, size_t *ret, struct inf_error *err);

#endif
