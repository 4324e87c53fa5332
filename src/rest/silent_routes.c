/* silent_routes.c - a route without figures, as Elasticsearch shows one that has not started. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "silent_routes.h"

#include "inferd/rest.h"

static void write_text(struct inf_jsonw *w, const char *key, const struct cJSON *record)
{
    const char *text = inf_json_string(inf_json_get(record, key));

    inf_jsonw_kv_string(w, key, text != NULL ? text : "");
}

/* As the node itself would write it (src/serving/describe.c). */
static void write_node(const struct inf_gathered_node *node, struct inf_jsonw *w)
{
    const char *name = inf_json_string(inf_json_get(node->record, "name"));

    inf_jsonw_key(w, "node");
    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, node->node_id);
    inf_jsonw_begin_object(w);
    write_text(w, "name", node->record);
    write_text(w, "ephemeral_id", node->record);
    write_text(w, "transport_address", node->record);
    inf_jsonw_kv_string(w, "external_id", name != NULL ? name : "");
    inf_jsonw_key(w, "attributes");
    inf_jsonw_begin_object(w);
    inf_jsonw_end_object(w);
    inf_jsonw_key(w, "roles");
    inf_jsonw_begin_array(w);
    inf_jsonw_string(w, "ml");
    inf_jsonw_end_array(w);
    write_text(w, "version", node->record);
    inf_jsonw_kv_int(w, "min_index_version", INF_ES_MIN_INDEX_VERSION);
    inf_jsonw_kv_int(w, "max_index_version", INF_ES_MAX_INDEX_VERSION);
    inf_jsonw_end_object(w);
    inf_jsonw_end_object(w);
}

static void write_route(const struct inf_gathered_node *node, struct inf_jsonw *w)
{
    inf_jsonw_begin_object(w);
    write_node(node, w);
    inf_jsonw_key(w, "routing_state");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "routing_state", "failed");
    inf_jsonw_kv_string(w, "reason", node->problem);
    inf_jsonw_end_object(w);
    inf_jsonw_kv_int(w, "peak_throughput_per_minute", 0);
    inf_jsonw_kv_int(w, "throughput_last_minute", 0);
    inf_jsonw_end_object(w);
}

static void write_entry(const struct inf_gathered_node *node, const char *model_id,
                        const char *deployment_id, struct inf_jsonw *w)
{
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "model_id", model_id);
    inf_jsonw_key(w, "deployment_stats");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "deployment_id", deployment_id);
    inf_jsonw_kv_string(w, "model_id", model_id);
    inf_jsonw_key(w, "nodes");
    inf_jsonw_begin_array(w);
    write_route(node, w);
    inf_jsonw_end_array(w);
    inf_jsonw_end_object(w);
    inf_jsonw_end_object(w);
}

void inf_silent_routes_write(const struct inf_gathered *others, const char *model_id,
                             const char *deployment_id, struct inf_jsonw *w)
{
    for (size_t i = 0; i < others->count; i++) {
        const struct inf_gathered_node *node = &others->nodes[i];
        const struct cJSON *routes = inf_json_get(node->record, INF_MEMBER_ROUTES);

        if (node->problem != NULL && inf_json_get(routes, deployment_id) != NULL)
            write_entry(node, model_id, deployment_id, w);
    }
}
