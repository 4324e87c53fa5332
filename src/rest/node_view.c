/* node_view.c - the frame of answers about nodes, and this node's roles and attributes.
 *
 * One node has every role: clients look for `ml`, wait for a `data` node, and leave nodes alone
 * that are nothing but `master`. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node_view.h"

#include "inferd/units.h"
#include "node_filter.h"
#include <stdio.h>
#include <string.h>

const char *const inf_node_roles[] = {"data", "ingest", "master", "ml", NULL};

const char *inf_node_host(const struct inf_app *app, char host[INF_NODE_HOST_SIZE])
{
    const char *address = app->publish_address;
    bool bracketed = address[0] == '[';
    size_t length = (size_t)(strrchr(address, ':') - address) - (bracketed ? 2 : 0);

    snprintf(host, INF_NODE_HOST_SIZE, "%.*s", (int)length, address + (bracketed ? 1 : 0));
    return host;
}

bool inf_node_is_meant(const struct inf_app *app, const char *node_id)
{
    char host[INF_NODE_HOST_SIZE];
    struct inf_node_info node;
    struct inf_node_facts facts;

    inf_manager_node(app->manager, &node);
    facts = (struct inf_node_facts){.id = node.node_id,
                                    .name = node.node_name,
                                    .host = inf_node_host(app, host),
                                    .roles = inf_node_roles};
    return inf_node_filter_matches(node_id, &facts);
}

void inf_nodes_begin(const struct inf_app *app, bool meant, struct inf_jsonw *w)
{
    struct inf_node_info node;

    inf_manager_node(app->manager, &node);
    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, "_nodes");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_int(w, "total", meant ? 1 : 0);
    inf_jsonw_kv_int(w, "successful", meant ? 1 : 0);
    inf_jsonw_kv_int(w, "failed", 0);
    inf_jsonw_end_object(w);
    inf_jsonw_kv_string(w, "cluster_name", inf_config_string(app->config, "cluster.name"));
    inf_jsonw_key(w, "nodes");
    inf_jsonw_begin_object(w);
    if (meant) {
        inf_jsonw_key(w, node.node_id);
        inf_jsonw_begin_object(w);
    }
}

void inf_nodes_end(bool meant, struct inf_jsonw *w)
{
    if (meant)
        inf_jsonw_end_object(w);
    inf_jsonw_end_object(w);
    inf_jsonw_end_object(w);
}

void inf_node_write_roles(struct inf_jsonw *w)
{
    inf_jsonw_key(w, "roles");
    inf_jsonw_begin_array(w);
    for (const char *const *role = inf_node_roles; *role != NULL; role++)
        inf_jsonw_string(w, *role);
    inf_jsonw_end_array(w);
}

void inf_node_write_attributes(const struct inf_app *app, struct inf_jsonw *w)
{
    char text[INF_UNITS_TEXT];
    struct inf_node_info node;

    inf_manager_node(app->manager, &node);
    inf_jsonw_key(w, "attributes");
    inf_jsonw_begin_object(w);
    snprintf(text, sizeof text, "%lld", (long long)node.memory_total_bytes);
    inf_jsonw_kv_string(w, "ml.machine_memory", text);
    snprintf(text, sizeof text, "%d", node.processors);
    inf_jsonw_kv_string(w, "ml.allocated_processors", text);
    inf_jsonw_kv_string(w, "ml.config_version", "12.0.0");
    inf_jsonw_kv_string(w, "xpack.installed", "true");
    inf_jsonw_end_object(w);
}

void inf_write_bytes(struct inf_jsonw *w, const char *key, int64_t bytes, bool human)
{
    char name[64], text[INF_UNITS_TEXT];

    if (human)
        inf_jsonw_kv_string(w, key, inf_bytes_print(bytes, text));
    snprintf(name, sizeof name, "%s_in_bytes", key);
    inf_jsonw_kv_int(w, name, bytes);
}
