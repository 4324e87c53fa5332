/* memory.h - the memory that a deployment is counted with before anything was measured.
 *
 * Thread: any; pure. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_MEMORY_H
#define INFERD_SERVING_MEMORY_H

#include "inferd/json.h"
#include <stdint.h>

/* compatibility 9.6 for a model's definition of size_bytes: bytes. */
int64_t inf_memory_estimate(const char *model_id, int64_t size_bytes, int64_t per_deployment_bytes,
                            int64_t per_allocation_bytes, int allocations);

/* So many bytes for each of the allocations, bounded where sums of it could overflow: a client may
 * ask for any number. */
int64_t inf_memory_of_allocations(int64_t bytes, int allocations);

/* The figures of a model's metadata that go into it; 0 when absent, cut at a bound that no sum of
 * them overflows. */
struct inf_memory_metadata {
    int64_t per_deployment_bytes, per_allocation_bytes;
};
struct inf_memory_metadata inf_memory_metadata(const char *config); /* the stored text */

#endif
