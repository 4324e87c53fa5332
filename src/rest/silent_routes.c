/* silent_routes.c - a route without figures, as Elasticsearch shows one that has not started. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "silent_routes.h"

#include "inferd/rest.h"

static const char *text_of(const struct cJSON *record, const char *key)
{
    const char *text = inf_json_string(inf_json_get(record, key));

    return text != NULL ? text : "";
}

static void write_node(const struct inf_gathered_node *node, struct inf_jsonw *w)
{
    const struct inf_node_info info = {.node_id = node->node_id,
                                       .node_name = text_of(node->record, "name"),
                                       .ephemeral_id = text_of(node->record, "ephemeral_id"),
                                       .publish_address =
                                           text_of(node->record, "transport_address")};

    inf_node_write_routed(&info, text_of(node->record, "version"), w);
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
