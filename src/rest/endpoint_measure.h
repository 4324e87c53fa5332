/* endpoint_measure.h - how long the embeddings of an endpoint are: one text is asked about.
 *
 * Thread: loop only. Owns: itself until done has run. Bound: one short text. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_ENDPOINT_MEASURE_H
#define INFERD_REST_ENDPOINT_MEASURE_H

#include "endpoint.h"

/* client, arrival_ns and timeout_ms are those of the request that wants to know. Asks the
 * deployment that serves the endpoint, which must have the task text_embedding. done runs
 * once, maybe before this returns: with the number of numbers in the answer, or with err. */
void inf_endpoint_measure(const struct inf_app *app, const struct inf_endpoint *endpoint,
                          struct inf_client client, uint64_t arrival_ns, int64_t timeout_ms,
                          void (*done)(void *arg, const struct inf_error *err, int dimensions),
                          void *arg);

#endif
