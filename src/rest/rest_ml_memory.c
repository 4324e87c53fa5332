/* rest_ml_memory.c - GET /_ml/memory/_stats: what models may take of each node, and take.
 *
 * There is no Java heap. What Elasticsearch keeps for it is here what models may not take, and no
 * model runs in it; clients expect the three figures. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node_view.h"
#include "reply.h"
#include "rest_handlers.h"

#define MEMORY_MAX ((size_t)64 << 10)

static void write_memory(const struct inf_node_info *node, bool human, struct inf_jsonw *w)
{
    inf_jsonw_key(w, "mem");
    inf_jsonw_begin_object(w);
    inf_write_bytes(w, "total", node->memory_total_bytes, human);
    inf_write_bytes(w, "adjusted_total", node->memory_total_bytes, human);
    inf_jsonw_key(w, "ml");
    inf_jsonw_begin_object(w);
    inf_write_bytes(w, "max", node->memory_ml_bytes, human);
    inf_write_bytes(w, "native_code_overhead", node->memory_overhead_bytes, human);
    inf_write_bytes(w, "anomaly_detectors", 0, human);
    inf_write_bytes(w, "data_frame_analytics", 0, human);
    inf_write_bytes(w, "native_inference", node->memory_inference_bytes, human);
    inf_jsonw_end_object(w);
    inf_jsonw_end_object(w);
}

static void write_heap(const struct inf_node_info *node, bool human, struct inf_jsonw *w)
{
    int64_t rest = node->memory_total_bytes - node->memory_ml_bytes;

    rest = rest > 0 ? rest : 0;
    inf_jsonw_key(w, "jvm");
    inf_jsonw_begin_object(w);
    inf_write_bytes(w, "heap_max", rest, human);
    inf_write_bytes(w, "java_inference_max", rest, human);
    inf_write_bytes(w, "java_inference", 0, human);
    inf_jsonw_end_object(w);
}

static enum inf_outcome answer(struct inf_call *call, const struct inf_gathered *others,
                               struct inf_error *err)
{
    const struct inf_app *app = rest_app(call);
    bool meant = inf_node_is_meant(app, inf_call_path_value(call, "node_id"));
    bool human = inf_call_human(call);
    struct inf_node_info node;
    struct inf_jsonw w;
    struct inf_buf body;

    inf_manager_node(app->manager, &node);
    inf_buf_init(&body, MEMORY_MAX * (others->count + 1));
    inf_jsonw_init(&w, &body);
    inf_nodes_begin(app, meant, others, &w);
    if (meant) {
        inf_jsonw_kv_string(&w, "name", node.node_name);
        inf_jsonw_kv_string(&w, "ephemeral_id", node.ephemeral_id);
        inf_jsonw_kv_string(&w, "transport_address", app->publish_address);
        inf_node_write_attributes(app, &w);
        inf_node_write_roles(&w);
        write_memory(&node, human, &w);
        write_heap(&node, human, &w);
    }
    inf_nodes_end(meant, others, &w);
    return rest_reply(call, &body, err);
}

static void print_target(struct inf_call *call, struct inf_buf *out)
{
    inf_buf_printf(out, "/_ml/memory/_local/_stats?human=%s",
                   inf_call_human(call) ? "true" : "false");
}

enum inf_outcome rest_ml_memory_get(struct inf_call *call, struct inf_error *err)
{
    const struct inf_gathering gathering = {.node_filter = inf_call_path_value(call, "node_id"),
                                            .timeout_ms = inf_call_int(call, "timeout"),
                                            .print_target = print_target,
                                            .answer = answer};

    return rest_gather(call, &gathering, err);
}
