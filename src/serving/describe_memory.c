/* A model's size in _stats: the estimate that it is placed by (compatibility 9.6), and what its
 * worker was measured to take. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "describe_memory.h"
#include "deployment.h"
#include "inferd/units.h"
#include "memory.h"
#include <string.h>

/* The estimate for the model with the allocations of all its deployments. */
static int64_t estimate(const struct inf_manager *manager, const struct inf_model *model)
{
    struct inf_memory_metadata metadata;
    int64_t allocations = 0;

    if (model->total_length == 0)
        return 0;
    for (size_t i = 0; i < inf_strmap_size(manager->deployments); i++) {
        const struct inf_deployment *deployment = inf_strmap_at(manager->deployments, i, NULL);
        if (strcmp(deployment->model_id, model->model_id) == 0)
            allocations += deployment->number_of_allocations;
    }
    metadata = inf_memory_metadata(model->config);
    return inf_memory_estimate(model->model_id, model->total_length, metadata.per_deployment_bytes,
                               metadata.per_allocation_bytes,
                               allocations > 0 ? (int)allocations : 1);
}

static const struct inf_worker *worker_of(const struct inf_manager *manager, const char *model_id)
{
    for (const struct inf_worker *worker = manager->workers; worker != NULL; worker = worker->next)
        if (worker->memory.limit > 0 && worker->state != INF_WORKER_ENDING &&
            strcmp(worker->model_id, model_id) == 0)
            return worker;
    return NULL;
}

struct inf_measured inf_describe_measured_of(const struct inf_manager *manager,
                                             const char *model_id)
{
    const struct inf_worker *worker = worker_of(manager, model_id);

    if (worker != NULL)
        return worker->memory.measured;
    return inf_worker_memory_recorded(manager, model_id);
}

void inf_describe_measured(const struct inf_measured *measured, const struct inf_worker *worker,
                           struct inf_jsonw *w)
{
    if (!inf_measured_known(measured))
        return;
    inf_jsonw_key(w, "measured_memory_bytes");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_int(w, "base", measured->base);
    inf_jsonw_kv_int(w, "per_allocation", measured->per_allocation);
    inf_jsonw_kv_int(w, "peak", measured->peak);
    if (worker != NULL) {
        inf_jsonw_kv_int(w, "current", worker->memory.own);
        inf_jsonw_kv_int(w, "limit", worker->memory.limit);
    }
    inf_jsonw_end_object(w);
}

static void write_bytes(struct inf_jsonw *w, const char *key, const char *human_key, bool human,
                        int64_t bytes)
{
    char text[INF_UNITS_TEXT];

    if (human)
        inf_jsonw_kv_string(w, human_key, inf_bytes_print(bytes, text));
    inf_jsonw_kv_int(w, key, bytes);
}

void inf_manager_write_model_size(const struct inf_manager *manager, const struct inf_model *model,
                                  bool human, struct inf_jsonw *w)
{
    struct inf_measured measured = inf_describe_measured_of(manager, model->model_id);

    inf_jsonw_begin_object(w);
    write_bytes(w, "model_size_bytes", "model_size", human, model->total_length);
    write_bytes(w, "required_native_memory_bytes", "required_native_memory", human,
                estimate(manager, model));
    inf_describe_measured(&measured, worker_of(manager, model->model_id), w);
    inf_jsonw_end_object(w);
}
