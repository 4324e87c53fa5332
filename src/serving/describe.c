/* How a deployment looks from outside: the assignment of _start's answer and the entry of _stats,
 * field by field in Elasticsearch's order (compatibility 7.1, 7.2, 8.1). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "deployment.h"
#include "describe_queue.h"
#include "inferd/units.h"
#include "inferd/version.h"
#include "inferd/wall_clock.h"
#include "progress.h"
#include <stdio.h>
#include <string.h>

const char *inf_deployment_id(const struct inf_deployment *deployment)
{
    return deployment->id;
}

const char *inf_deployment_model_id(const struct inf_deployment *deployment)
{
    return deployment->model_id;
}

int inf_deployment_number_of_allocations(const struct inf_deployment *deployment)
{
    return deployment->number_of_allocations;
}

int inf_deployment_current_allocations(const struct inf_deployment *deployment)
{
    return deployment->current + inf_routing_current(&deployment->routing, NULL);
}

int64_t inf_deployment_inference_count(const struct inf_deployment *deployment)
{
    return deployment->counters.inference_count;
}

static const char *priority(const struct inf_deployment *deployment)
{
    return deployment->low_priority ? "low" : "normal";
}

void inf_describe_task_parameters(const struct inf_deployment *deployment, struct inf_jsonw *w)
{
    inf_jsonw_key(w, "task_parameters");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "model_id", deployment->model_id);
    inf_jsonw_kv_string(w, "deployment_id", deployment->id);
    inf_jsonw_kv_int(w, "model_bytes", deployment->model_bytes);
    inf_jsonw_kv_int(w, "threads_per_allocation", deployment->threads_per_allocation);
    inf_jsonw_kv_int(w, "number_of_allocations", deployment->number_of_allocations);
    inf_jsonw_kv_int(w, "queue_capacity", (int64_t)deployment->queue.capacity);
    inf_jsonw_kv_string(w, "cache_size", deployment->cache_size);
    inf_jsonw_kv_string(w, "priority", priority(deployment));
    inf_jsonw_kv_int(w, "per_deployment_memory_bytes", deployment->per_deployment_bytes);
    inf_jsonw_kv_int(w, "per_allocation_memory_bytes", deployment->per_allocation_bytes);
    inf_precision_write(&deployment->precision, w);
    inf_jsonw_end_object(w);
}

static void write_bound(struct inf_jsonw *w, const char *key, int bound)
{
    if (bound >= 0)
        inf_jsonw_kv_int(w, key, bound);
}

static void write_adaptive(const struct inf_adaptive *adaptive, struct inf_jsonw *w)
{
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_bool(w, "enabled", adaptive->enabled);
    write_bound(w, "min_number_of_allocations", adaptive->minimum);
    write_bound(w, "max_number_of_allocations", adaptive->maximum);
    inf_jsonw_end_object(w);
}

/* Is there a route to this node? Without anything assigned there is none, once all has ended. */
static bool is_routed(const struct inf_deployment *deployment)
{
    return deployment->assigned > 0 || deployment->allocations != NULL ||
           deployment->state == INF_DEPLOYMENT_FAILED;
}

static void write_route(const char *node_id, int current, int target, const char *state,
                        const char *reason, struct inf_jsonw *w)
{
    inf_jsonw_key(w, node_id);
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_int(w, "current_allocations", current);
    inf_jsonw_kv_int(w, "target_allocations", target);
    inf_jsonw_kv_string(w, "routing_state", state);
    inf_jsonw_kv_string(w, "reason", reason);
    inf_jsonw_end_object(w);
}

static const char *state_of(const struct inf_routing_entry *entry)
{
    if (entry->failed)
        return inf_deployment_state_name(INF_DEPLOYMENT_FAILED);
    return inf_deployment_state_name(entry->current > 0 ? INF_DEPLOYMENT_STARTED
                                                        : INF_DEPLOYMENT_STARTING);
}

static void write_routing_table(const struct inf_deployment *deployment, struct inf_jsonw *w)
{
    const char *own = inf_store_node_id(deployment->manager->store);

    inf_jsonw_begin_object(w);
    if (is_routed(deployment))
        write_route(own, deployment->current, deployment->assigned,
                    inf_deployment_routing_state(deployment), deployment->reason, w);
    for (size_t i = 0; i < deployment->routing.count; i++) {
        const struct inf_routing_entry *entry = &deployment->routing.entries[i];

        if (strcmp(entry->node_id, own) != 0)
            write_route(entry->node_id, entry->current, entry->target, state_of(entry),
                        entry->reason, w);
    }
    inf_jsonw_end_object(w);
}

void inf_deployment_write_assignment(const struct inf_deployment *deployment, struct inf_jsonw *w)
{
    char text[INF_UNITS_TEXT];

    inf_jsonw_begin_object(w);
    inf_describe_task_parameters(deployment, w);
    inf_jsonw_key(w, "routing_table");
    write_routing_table(deployment, w);
    inf_jsonw_kv_string(w, "assignment_state",
                        inf_deployment_state_name(inf_deployment_state(deployment)));
    if (deployment->reason[0] != '\0')
        inf_jsonw_kv_string(w, "reason", deployment->reason);
    inf_jsonw_kv_string(w, "start_time", inf_iso8601_print(deployment->start_time_ms, text));
    inf_jsonw_kv_int(w, "max_assigned_allocations", deployment->max_assigned);
    inf_jsonw_key(w, "adaptive_allocations");
    if (deployment->adaptive.set)
        write_adaptive(&deployment->adaptive, w);
    else
        inf_jsonw_null(w);
    if (deployment->worker != NULL && deployment->worker->encoder.precision != INF_PRECISION_FP32) {
        inf_jsonw_key(w, "precision");
        inf_worker_encoder_write_precision(&deployment->worker->encoder, w);
    }
    inf_jsonw_end_object(w);
}

static void write_time(struct inf_jsonw *w, const char *key, int64_t epoch_ms, bool human)
{
    char name[64], text[INF_UNITS_TEXT];

    inf_jsonw_kv_int(w, key, epoch_ms);
    if (human) {
        snprintf(name, sizeof name, "%s_string", key);
        inf_jsonw_kv_string(w, name, inf_iso8601_print(epoch_ms, text));
    }
}

static void write_positive(struct inf_jsonw *w, const char *key, int64_t value)
{
    if (value > 0)
        inf_jsonw_kv_int(w, key, value);
}

void inf_node_write_routed(const struct inf_node_info *node, const char *version,
                           struct inf_jsonw *w)
{
    inf_jsonw_key(w, "node");
    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, node->node_id);
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "name", node->node_name);
    inf_jsonw_kv_string(w, "ephemeral_id", node->ephemeral_id);
    inf_jsonw_kv_string(w, "transport_address", node->publish_address);
    inf_jsonw_kv_string(w, "external_id", node->node_name);
    inf_jsonw_key(w, "attributes");
    inf_jsonw_begin_object(w);
    inf_jsonw_end_object(w);
    inf_jsonw_key(w, "roles");
    inf_jsonw_begin_array(w);
    inf_jsonw_string(w, "ml");
    inf_jsonw_end_array(w);
    inf_jsonw_kv_string(w, "version", version);
    inf_jsonw_kv_int(w, "min_index_version", INF_ES_MIN_INDEX_VERSION);
    inf_jsonw_kv_int(w, "max_index_version", INF_ES_MAX_INDEX_VERSION);
    inf_jsonw_end_object(w);
    inf_jsonw_end_object(w);
}

/* In flight and queued: what was admitted and is not answered. */
static int64_t pending(const struct inf_deployment *deployment)
{
    int64_t running = deployment->decoding;

    for (const struct inf_allocation *each = deployment->allocations; each != NULL;
         each = each->next)
        running += each->phase == INF_ALLOCATION_BUSY;
    return running + (int64_t)(deployment->queue.size + deployment->queue.reserved);
}

static void write_averages(const struct inf_counters *counters, struct inf_jsonw *w)
{
    int64_t computed = inf_counters_computed(counters);

    if (counters->inference_count == 0)
        return;
    inf_jsonw_kv_double(w, "average_inference_time_ms",
                        counters->time_ms / (double)counters->inference_count);
    inf_jsonw_kv_double(w, "average_inference_time_ms_excluding_cache_hits",
                        computed > 0 ? counters->time_ms / (double)computed : 0);
}

static void write_started_node(const struct inf_deployment *deployment, bool human,
                               struct inf_jsonw *w)
{
    const struct inf_counters *counters = &deployment->counters;
    int64_t rss = deployment->worker != NULL ? deployment->worker->memory.resident : 0;

    inf_jsonw_kv_int(w, "inference_count", counters->inference_count);
    write_averages(counters, w);
    inf_jsonw_kv_int(w, "inference_cache_hit_count", counters->cache_hits);
    if (counters->last_access_ms > 0)
        write_time(w, "last_access", counters->last_access_ms, human);
    inf_jsonw_kv_int(w, "number_of_pending_requests", pending(deployment));
    write_positive(w, "error_count", counters->errors);
    write_positive(w, "rejected_execution_count", counters->rejections);
    write_positive(w, "timeout_count", counters->timeouts);
    write_time(w, "start_time", deployment->start_time_ms, human);
    inf_jsonw_kv_int(w, "threads_per_allocation", deployment->threads_per_allocation);
    inf_jsonw_kv_int(w, "number_of_allocations", deployment->current);
    inf_jsonw_kv_int(w, "peak_throughput_per_minute", counters->peak_per_minute);
    inf_jsonw_kv_int(w, "throughput_last_minute", counters->last.results);
    if (counters->last.results > 0)
        inf_jsonw_kv_double(w, "average_inference_time_ms_last_minute",
                            counters->last.time_ms / (double)counters->last.results);
    inf_jsonw_kv_int(w, "inference_cache_hit_count_last_minute", counters->last.cache_hits);
    if (rss > 0)
        inf_jsonw_kv_int(w, "average_inference_process_memory_rss_bytes", rss);
}

/* Of this node, if it runs some of it: what a cluster's others have comes from them. */
static void write_nodes(const struct inf_deployment *deployment, bool human, struct inf_jsonw *w)
{
    struct inf_node_info node;

    inf_jsonw_key(w, "nodes");
    inf_jsonw_begin_array(w);
    if (!is_routed(deployment) && inf_routing_targets(&deployment->routing) > 0) {
        inf_jsonw_end_array(w);
        return;
    }
    inf_jsonw_begin_object(w);
    inf_manager_node(deployment->manager, &node);
    inf_node_write_routed(&node, INF_ES_VERSION, w);
    inf_jsonw_key(w, "routing_state");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "routing_state", inf_deployment_routing_state(deployment));
    if (deployment->reason[0] != '\0')
        inf_jsonw_kv_string(w, "reason", deployment->reason);
    inf_jsonw_end_object(w);
    if (deployment->state == INF_DEPLOYMENT_STARTED) {
        write_started_node(deployment, human, w);
    } else {
        inf_jsonw_kv_int(w, "peak_throughput_per_minute", 0);
        inf_jsonw_kv_int(w, "throughput_last_minute", 0);
    }
    inf_jsonw_end_object(w);
    inf_jsonw_end_array(w);
}

static void write_allocation_status(const struct inf_deployment *deployment, struct inf_jsonw *w)
{
    static const char *const states[] = {"starting", "started", "fully_allocated"};

    if (deployment->state == INF_DEPLOYMENT_STOPPING)
        return;
    inf_jsonw_key(w, "allocation_status");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_int(w, "allocation_count", inf_deployment_current_allocations(deployment));
    inf_jsonw_kv_int(w, "target_allocation_count", deployment->number_of_allocations);
    inf_jsonw_kv_string(w, "state", states[inf_deployment_allocation_state(deployment)]);
    inf_jsonw_end_object(w);
}

void inf_deployment_write_stats(const struct inf_deployment *deployment, bool human,
                                struct inf_jsonw *w)
{
    /* Rolling closes windows whose minute is over; it changes nothing that anybody else relies on.
     */
    struct inf_counters *counters = &((struct inf_deployment *)deployment)->counters;

    inf_counters_roll(counters, inf_wall_ms());
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "deployment_id", deployment->id);
    inf_jsonw_kv_string(w, "model_id", deployment->model_id);
    inf_jsonw_kv_int(w, "threads_per_allocation", deployment->threads_per_allocation);
    inf_jsonw_kv_int(w, "number_of_allocations", deployment->number_of_allocations);
    if (deployment->adaptive.set) {
        inf_jsonw_key(w, "adaptive_allocations");
        write_adaptive(&deployment->adaptive, w);
    }
    inf_jsonw_kv_int(w, "queue_capacity", (int64_t)deployment->queue.capacity);
    inf_jsonw_kv_string(w, "state", inf_deployment_state_name(inf_deployment_state(deployment)));
    if (deployment->reason[0] != '\0')
        inf_jsonw_kv_string(w, "reason", deployment->reason);
    write_allocation_status(deployment, w);
    inf_progress_write(deployment, w);
    inf_jsonw_kv_string(w, "cache_size", deployment->cache_size);
    inf_jsonw_kv_string(w, "priority", priority(deployment));
    write_time(w, "start_time", deployment->start_time_ms, human);
    write_positive(w, "error_count", counters->errors);
    write_positive(w, "rejected_execution_count", counters->rejections);
    write_positive(w, "timeout_count", counters->timeouts);
    write_positive(w, "inference_count", counters->inference_count);
    inf_jsonw_kv_int(w, "peak_throughput_per_minute", counters->peak_per_minute);
    inf_describe_queue(deployment, w);
    inf_describe_batching(deployment, w);
    if (deployment->worker != NULL && deployment->worker->loaded)
        inf_worker_encoder_write(&deployment->worker->encoder, w);
    if (deployment->worker != NULL)
        inf_worker_check_write(deployment->worker, w);
    write_nodes(deployment, human, w);
    inf_jsonw_end_object(w);
}

void inf_deployment_write_inference_stats(const struct inf_deployment *deployment,
                                          struct inf_jsonw *w)
{
    const struct inf_counters *counters = &deployment->counters;

    inf_jsonw_begin_object(w);
    inf_jsonw_kv_int(w, "failure_count",
                     counters->errors + counters->timeouts + counters->rejections);
    inf_jsonw_kv_int(w, "inference_count", counters->inference_count);
    inf_jsonw_kv_int(w, "cache_miss_count", 0);
    inf_jsonw_kv_int(w, "missing_all_fields_count", 0);
    inf_jsonw_kv_int(w, "timestamp", inf_wall_ms());
    inf_jsonw_end_object(w);
}
