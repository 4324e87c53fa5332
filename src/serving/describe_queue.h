/* describe_queue.h - the "queue_stats" and "batch_stats" of _stats: what became of documents that
 * were not answered, and whether those that are go together.
 *
 * Elasticsearch has two sums, rejected_execution_count and timeout_count; the former are what they
 * are made of. Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_DESCRIBE_QUEUE_H
#define INFERD_SERVING_DESCRIBE_QUEUE_H

#include "deployment.h"

/* The members with their keys. */
void inf_describe_queue(const struct inf_deployment *deployment, struct inf_jsonw *w);
void inf_describe_batching(const struct inf_deployment *deployment, struct inf_jsonw *w);

#endif
