/* describe_queue.h - the "queue_stats" of _stats: what became of documents that were not answered.
 *
 * Elasticsearch has two sums, rejected_execution_count and timeout_count; this is what they are
 * made of. Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_DESCRIBE_QUEUE_H
#define INFERD_SERVING_DESCRIBE_QUEUE_H

#include "deployment.h"

/* The member with its key. */
void inf_describe_queue(const struct inf_deployment *deployment, struct inf_jsonw *w);

#endif
