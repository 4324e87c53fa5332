/* node_view.c - the nodes there are, the frame of answers about them, and this one's
 * roles and attributes.
 *
 * One node has every role: clients look for `ml`, wait for a `data` node, and leave nodes alone
 * that are nothing but `master`. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node_view.h"

#include "inferd/store_shared.h"
#include "inferd/units.h"
#include "node_filter.h"
#include <stdio.h>
#include <string.h>

#define ATTRIBUTES_MAX ((size_t)64 * 1024)

const char *const inf_node_roles[] = {"data", "ingest", "master", "ml", NULL};

const char *inf_node_host(const struct inf_app *app, char host[INF_NODE_HOST_SIZE])
{
    const char *address = app->publish_address;
    bool bracketed = address[0] == '[';
    size_t length = (size_t)(strrchr(address, ':') - address) - (bracketed ? 2 : 0);

    snprintf(host, INF_NODE_HOST_SIZE, "%.*s", (int)length, address + (bracketed ? 1 : 0));
    return host;
}

/* ---- the nodes ---- */

size_t inf_nodes_count(const struct inf_app *app)
{
    return app->membership != NULL ? inf_membership_count(app->membership) : 1;
}

static void see_this(const struct inf_app *app, char host[INF_NODE_HOST_SIZE],
                     struct inf_node_seen *ret)
{
    struct inf_node_info node;

    inf_manager_node(app->manager, &node);
    *ret = (struct inf_node_seen){
        .id = node.node_id, .name = node.node_name, .host = inf_node_host(app, host)};
}

static const char *text_of(const struct cJSON *record, const char *name)
{
    const char *text = inf_json_string(inf_json_get(record, name));

    return text != NULL ? text : "";
}

void inf_node_see(const struct inf_app *app, size_t i, char host[INF_NODE_HOST_SIZE],
                  struct inf_node_seen *ret)
{
    see_this(app, host, ret);
    if (app->membership != NULL) {
        const struct inf_member *member = inf_membership_at(app->membership, i);

        if (strcmp(member->node_id, ret->id) != 0)
            *ret = (struct inf_node_seen){.id = member->node_id,
                                          .name = text_of(member->record, "name"),
                                          .host = text_of(member->record, "host"),
                                          .record = member->record};
    }
    ret->is_master = i == 0;
}

/* This node's attributes as the others see them. */
static void read_attributes(const struct inf_app *app, struct inf_json *ret)
{
    struct inf_error ignored;
    struct inf_jsonw w;
    struct inf_buf text;

    inf_buf_init(&text, ATTRIBUTES_MAX);
    inf_jsonw_init(&w, &text);
    inf_jsonw_begin_object(&w);
    inf_node_write_attributes(app, &w);
    inf_jsonw_end_object(&w);
    (void)inf_json_parse_own(text.data, text.length, NULL, ret, &ignored);
    inf_buf_free(&text);
}

bool inf_node_seen_is_meant(const struct inf_app *app, const struct inf_node_seen *node,
                            const char *node_id)
{
    struct inf_node_facts facts = {.id = node->id,
                                   .name = node->name,
                                   .host = node->host,
                                   .roles = inf_node_roles,
                                   .is_local = node->record == NULL,
                                   .is_master = node->is_master};
    struct inf_json own = {0};
    bool meant;

    if (node->record == NULL && node_id != NULL && strchr(node_id, ':') != NULL)
        read_attributes(app, &own);
    facts.attributes = inf_json_get(node->record != NULL ? node->record : own.root, "attributes");
    meant = inf_node_filter_matches(node_id, &facts);
    inf_json_free(&own);
    return meant;
}

bool inf_node_is_meant(const struct inf_app *app, const char *node_id)
{
    char host[INF_NODE_HOST_SIZE];
    struct inf_node_seen node;
    size_t i = 0;

    do
        inf_node_see(app, i, host, &node);
    while (node.record != NULL && ++i < inf_nodes_count(app));
    return inf_node_seen_is_meant(app, &node, node_id);
}

/* ---- the frame ---- */

const struct cJSON *inf_nodes_figures(const struct inf_gathered_node *other)
{
    const struct cJSON *nodes = rest_gathered_get(other, "nodes");
    const struct cJSON *figures = inf_json_get(nodes, other->node_id);

    return inf_json_is_object(figures) ? figures : NULL;
}

/* As Elasticsearch tells of a node that failed. */
static void write_failure(const struct inf_gathered_node *other, struct inf_jsonw *w)
{
    char reason[256];

    snprintf(reason, sizeof reason, "Failed node [%.200s]", other->node_id);
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "type", "failed_node_exception");
    inf_jsonw_kv_string(w, "reason", reason);
    inf_jsonw_kv_string(w, "node_id", other->node_id);
    inf_jsonw_key(w, "caused_by");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "type", "transport_exception");
    inf_jsonw_kv_string(w, "reason",
                        other->problem != NULL ? other->problem : "it says nothing of itself");
    inf_jsonw_end_object(w);
    inf_jsonw_end_object(w);
}

static void write_failures(const struct inf_gathered *others, struct inf_jsonw *w)
{
    inf_jsonw_key(w, "failures");
    inf_jsonw_begin_array(w);
    for (size_t i = 0; i < others->count; i++)
        if (inf_nodes_figures(&others->nodes[i]) == NULL)
            write_failure(&others->nodes[i], w);
    inf_jsonw_end_array(w);
}

/* others: NULL where no node was asked. */
static void open_frame(const struct inf_app *app, size_t total, const struct inf_gathered *others,
                       struct inf_jsonw *w)
{
    size_t failed = 0;

    for (size_t i = 0; others != NULL && i < others->count; i++)
        failed += inf_nodes_figures(&others->nodes[i]) == NULL;
    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, "_nodes");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_int(w, "total", (int64_t)total);
    inf_jsonw_kv_int(w, "successful", (int64_t)(total - failed));
    inf_jsonw_kv_int(w, "failed", (int64_t)failed);
    if (failed > 0)
        write_failures(others, w);
    inf_jsonw_end_object(w);
    inf_jsonw_kv_string(w, "cluster_name", inf_config_string(app->config, "cluster.name"));
    inf_jsonw_key(w, "nodes");
    inf_jsonw_begin_object(w);
}

void inf_nodes_open(const struct inf_app *app, size_t total, struct inf_jsonw *w)
{
    open_frame(app, total, NULL, w);
}

void inf_nodes_close(struct inf_jsonw *w)
{
    inf_jsonw_end_object(w);
    inf_jsonw_end_object(w);
}

void inf_nodes_begin(const struct inf_app *app, bool meant, const struct inf_gathered *others,
                     struct inf_jsonw *w)
{
    struct inf_node_info node;

    inf_manager_node(app->manager, &node);
    open_frame(app, others->count + (meant ? 1 : 0), others, w);
    if (meant) {
        inf_jsonw_key(w, node.node_id);
        inf_jsonw_begin_object(w);
    }
}

void inf_nodes_end(bool meant, const struct inf_gathered *others, struct inf_jsonw *w)
{
    if (meant)
        inf_jsonw_end_object(w);
    for (size_t i = 0; i < others->count; i++) {
        const struct cJSON *figures = inf_nodes_figures(&others->nodes[i]);

        if (figures == NULL)
            continue;
        inf_jsonw_key(w, others->nodes[i].node_id);
        inf_jsonw_value(w, figures);
    }
    inf_nodes_close(w);
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
    const char *zone = inf_config_string(app->config, "node.attr.availability_zone");
    char text[INF_UNITS_TEXT];
    struct inf_node_info node;

    inf_manager_node(app->manager, &node);
    inf_jsonw_key(w, "attributes");
    inf_jsonw_begin_object(w);
    if (zone[0] != '\0')
        inf_jsonw_kv_string(w, "availability_zone", zone);
    if (inf_store_is_shared(app->store))
        inf_jsonw_kv_string(
            w, "inferd.scheme",
            inf_config_bool(app->config, "xpack.security.http.ssl.enabled") ? "https" : "http");
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
