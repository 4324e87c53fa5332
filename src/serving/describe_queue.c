/* Counts of documents, and how long the queue is by number, clients and time. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "describe_queue.h"

void inf_describe_queue(const struct inf_deployment *deployment, struct inf_jsonw *w)
{
    const struct inf_counters *counters = &deployment->counters;
    const struct inf_queue *queue = &deployment->queue;

    inf_jsonw_key(w, "queue_stats");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_int(w, "waiting_documents", (int64_t)(queue->size + queue->reserved));
    inf_jsonw_kv_int(w, "waiting_clients", (int64_t)queue->lanes.clients);
    inf_jsonw_kv_int(w, "estimated_wait_ms",
                     (int64_t)inf_drain_ms(&deployment->drain, queue->size + queue->reserved,
                                           deployment->current));
    inf_jsonw_kv_int(w, "rejected_for_timeout_count", counters->hopeless);
    inf_jsonw_kv_int(w, "gave_way_count", counters->gave_way);
    inf_jsonw_kv_int(w, "client_left_count", counters->departures);
    inf_jsonw_kv_int(w, "dropped_before_inference_count", counters->dropped);
    inf_jsonw_kv_int(w, "inference_in_vain_count", counters->in_vain);
    inf_jsonw_end_object(w);
}

void inf_describe_batching(const struct inf_deployment *deployment, struct inf_jsonw *w)
{
    const struct inf_batching *batching = &deployment->batching;

    inf_jsonw_key(w, "batch_stats");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "state", inf_batching_state_name(batching->state));
    if (batching->why[0] != '\0')
        inf_jsonw_kv_string(w, "reason", batching->why);
    if (batching->state == INF_BATCHING_ON || batching->difference > 0)
        inf_jsonw_kv_double(w, "largest_difference", batching->difference);
    if (batching->state == INF_BATCHING_ON)
        inf_jsonw_kv_string(w, "trial", batching->is_kept ? "kept" : "made");
    inf_jsonw_kv_int(w, "batch_count", batching->forwards);
    inf_jsonw_kv_int(w, "document_count", batching->documents);
    inf_jsonw_end_object(w);
}
