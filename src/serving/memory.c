/* The memory estimate of compatibility 9.6 and the figures of a model's metadata that go into it;
 * pure.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"
#include <string.h>

#define MB (INT64_C(1024) * 1024)

/* Bytes that a model's metadata may claim: far above any machine, far below an overflow of a sum.
 */
#define METADATA_MAX 1e15
#define TOTAL_MAX (INT64_C(1) << 60)

int64_t inf_memory_of_allocations(int64_t bytes, int allocations)
{
    int64_t total = 0;

    return __builtin_mul_overflow(bytes, allocations, &total) || total > TOTAL_MAX ? TOTAL_MAX
                                                                                   : total;
}

int64_t inf_memory_estimate(const char *model_id, int64_t size_bytes, int64_t per_deployment_bytes,
                            int64_t per_allocation_bytes, int allocations)
{
    int64_t base = 240 * MB + 2 * size_bytes;
    int64_t detailed = per_deployment_bytes + size_bytes +
                       inf_memory_of_allocations(per_allocation_bytes, allocations);

    if (allocations == 0)
        return 0;
    if (strncmp(model_id, ".elser_model_1", 14) == 0 ||
        strncmp(model_id, ".elser_model_2", 14) == 0)
        return 2004 * MB;
    if (per_deployment_bytes == 0 && per_allocation_bytes == 0)
        return base;
    return base > detailed ? base : detailed;
}

static int64_t figure(const struct cJSON *config, const char *key)
{
    double value = inf_json_double(inf_json_get(inf_json_get(config, "metadata"), key));

    if (!(value > 0))
        return 0;
    return value < METADATA_MAX ? (int64_t)value : (int64_t)METADATA_MAX;
}

struct inf_memory_metadata inf_memory_metadata(const char *config)
{
    struct inf_memory_metadata metadata = {0, 0};
    struct inf_json json = {0};
    struct inf_error ignored;

    if (inf_json_parse_own(config, strlen(config), NULL, &json, &ignored) != 0)
        return metadata;
    metadata.per_deployment_bytes = figure(json.root, "per_deployment_memory_bytes");
    metadata.per_allocation_bytes = figure(json.root, "per_allocation_memory_bytes");
    inf_json_free(&json);
    return metadata;
}
