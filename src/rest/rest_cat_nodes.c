/* rest_cat_nodes.c - GET /_cat/nodes: this node's load, memory and disk in one line. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cat_reply.h"
#include "host_figures.h"
#include "node_view.h"
#include "reply.h"
#include "rest_handlers.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NODE_ID_SIZE 64

static const struct inf_cat_column columns[] = {
    {"id", "nodeId", INF_CAT_TEXT, true, "id of the node"},
    {"pid", "p", INF_CAT_NUMBER, true, "id of the process"},
    {"ip", "i", INF_CAT_TEXT, false, "address of HTTP"},
    {"port", "po", INF_CAT_NUMBER, true, "port of HTTP"},
    {"http_address", "http", INF_CAT_TEXT, true, "address and port of HTTP"},
    {"version", "v", INF_CAT_TEXT, true, "version of the API"},
    {"heap.percent", "hp,heapPercent", INF_CAT_NUMBER, false, "none: there is no Java heap"},
    {"ram.current", "rc,ramCurrent", INF_CAT_BYTES, true, "memory in use on the machine"},
    {"ram.percent", "rp,ramPercent", INF_CAT_NUMBER, false, "share of the memory in use"},
    {"ram.max", "rm,ramMax", INF_CAT_BYTES, true, "memory of the machine"},
    {"file_desc.current", "fdc,fileDescriptorCurrent", INF_CAT_NUMBER, true, "open descriptors"},
    {"file_desc.max", "fdm,fileDescriptorMax", INF_CAT_NUMBER, true, "most open descriptors"},
    {"disk.total", "dt,diskTotal", INF_CAT_BYTES, true, "size of the disk of path.data"},
    {"disk.avail", "d,da,disk,diskAvail", INF_CAT_BYTES, true, "room on that disk"},
    {"load_1m", "l", INF_CAT_NUMBER, false, "load average of 1 minute"},
    {"load_5m", "l5", INF_CAT_NUMBER, false, "load average of 5 minutes"},
    {"load_15m", "l15", INF_CAT_NUMBER, false, "load average of 15 minutes"},
    {"node.role", "r,role,nodeRole", INF_CAT_TEXT, false, "first letters of the roles"},
    {"master", "m", INF_CAT_TEXT, false, "*: the elected master"},
    {"name", "n", INF_CAT_TEXT, false, "name of the node"},
    {.name = NULL},
};

static void add_roles(struct inf_cat_table *table)
{
    char letters[32];
    size_t used = 0;

    for (const char *const *role = inf_node_roles; *role != NULL; role++)
        letters[used++] = strcmp(*role, "ml") == 0 ? 'l' : (*role)[0]; /* m is the master */
    letters[used] = '\0';
    inf_cat_table_text(table, letters);
}

static int fill_nodes(struct inf_call *call, struct inf_cat_table *table, struct inf_error *err)
{
    const struct inf_app *app = rest_app(call);
    char host[INF_NODE_HOST_SIZE], id[NODE_ID_SIZE];
    struct inf_host_figures figures;
    struct inf_node_info node;
    int64_t used;

    (void)err;
    inf_manager_node(app->manager, &node);
    inf_host_figures_read(inf_config_string(app->config, "path.data"), &figures);
    used = figures.memory_total_bytes - figures.memory_free_bytes;
    snprintf(id, sizeof id, inf_call_bool(call, "full_id") ? "%s" : "%.4s", node.node_id);
    inf_cat_table_text(table, id);
    inf_cat_table_int(table, getpid());
    inf_cat_table_text(table, inf_node_host(app, host));
    inf_cat_table_text(table, strrchr(app->publish_address, ':') + 1);
    inf_cat_table_text(table, app->publish_address);
    inf_cat_table_text(table, INF_ES_VERSION);
    inf_cat_table_text(table, NULL);
    inf_cat_table_int(table, used);
    inf_cat_table_int(table, used * 100 / figures.memory_total_bytes);
    inf_cat_table_int(table, figures.memory_total_bytes);
    inf_cat_table_int(table, figures.open_descriptors);
    inf_cat_table_int(table, figures.max_descriptors);
    inf_cat_table_int(table, figures.disk_total_bytes);
    inf_cat_table_int(table, figures.disk_available_bytes);
    for (size_t i = 0; i < 3; i++)
        inf_cat_table_decimal(table, figures.load[i], 2);
    add_roles(table);
    inf_cat_table_text(table, "*");
    inf_cat_table_text(table, node.node_name);
    return 0;
}

enum inf_outcome rest_cat_nodes(struct inf_call *call, struct inf_error *err)
{
    return rest_cat_reply(call, columns, fill_nodes, err);
}
