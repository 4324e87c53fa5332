/* The memory estimate of compatibility 9.6 and the figures of a model's metadata that go into it;
 * pure.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/serving.h"
#include <string.h>

#define MB (INT64_C(1024) * 1024)

/* Bytes that a model's metadata may claim: far above any machine, far below an overflow of a sum.
 */
#define METADATA_MAX 1e15

int64_t inf_memory_estimate(const char *model_id, int64_t size_bytes, int64_t per_deployment_bytes,
                            int64_t per_allocation_bytes, int allocations)
{
    int64_t base = 240 * MB + 2 * size_bytes;
    int64_t detailed = per_deployment_bytes + per_allocation_bytes * allocations + size_bytes;

    if (allocations == 0)
        return 0;
    if (strncmp(model_id, ".elser_model_1", 14) == 0 ||
        strncmp(model_id, ".elser_model_2", 14) == 0)
        return 2004 * MB;
    if (per_deployment_bytes == 0 && per_allocation_bytes == 0)
        return base;
    return base > detailed ? base : detailed;
}

int64_t inf_metadata_bytes(const struct cJSON *config, const char *key)
{
    double value = inf_json_double(inf_json_get(inf_json_get(config, "metadata"), key));

    if (!(value > 0))
        return 0;
    return value < METADATA_MAX ? (int64_t)value : (int64_t)METADATA_MAX;
}
