/* stats_merge.h - the statistics of models as each node of a cluster has them, as one list.
 *
 * Thread: any (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_STATS_MERGE_H
#define INFERD_REST_STATS_MERGE_H

#include "inferd/json.h"
#include <stddef.h>

/* Writes the array `trained_model_stats` of these arrays, one of each node, in any order; they need
 * not be well-formed, as they come from elsewhere. What is counted on each node is added up,
 * `nodes` stand side by side, by the nodes' ids, and the state is that of the nodes which have a
 * part of the deployment. A model is without deployment only if it is on all nodes. */
void inf_stats_merge(const struct cJSON *const *lists, size_t count, struct inf_jsonw *w);

#endif
