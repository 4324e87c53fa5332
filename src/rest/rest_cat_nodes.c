/* rest_cat_nodes.c - GET /_cat/nodes: a line a node, with its load, memory and disk. */
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

enum { LOADS = 3 };

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

static void add_id(const struct inf_call *call, const char *node_id, struct inf_cat_table *table)
{
    char id[NODE_ID_SIZE];

    snprintf(id, sizeof id, inf_call_bool(call, "full_id") ? "%s" : "%.4s", node_id);
    inf_cat_table_text(table, id);
}

static void add_this(const struct inf_call *call, const struct inf_node_seen *node,
                     struct inf_cat_table *table)
{
    const struct inf_app *app = rest_app(call);
    struct inf_host_figures figures;
    int64_t used;

    inf_host_figures_read(inf_config_string(app->config, "path.data"), &figures);
    used = figures.memory_total_bytes - figures.memory_free_bytes;
    add_id(call, node->id, table);
    inf_cat_table_int(table, getpid());
    inf_cat_table_text(table, node->host);
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
    for (size_t i = 0; i < LOADS; i++)
        inf_cat_table_decimal(table, figures.load[i], 2);
}

/* One of the figures that the node itself was asked for; nothing without its answer. */
static const struct cJSON *figure(const struct cJSON *figures, const char *dotted)
{
    return figures != NULL ? inf_json_get_path(figures, dotted) : NULL;
}

static bool read_number(const struct cJSON *value, int64_t *ret)
{
    struct inf_error ignored;

    return inf_json_int64(value, ret, &ignored) == 0;
}

static void add_number(const struct cJSON *value, struct inf_cat_table *table)
{
    int64_t number;

    if (read_number(value, &number))
        inf_cat_table_int(table, number);
    else
        inf_cat_table_text(table, NULL);
}

static void add_share(const struct cJSON *part, const struct cJSON *whole,
                      struct inf_cat_table *table)
{
    int64_t used, total;

    if (read_number(part, &used) && read_number(whole, &total) && total > 0)
        inf_cat_table_int(table, (int64_t)((double)used * 100 / (double)total));
    else
        inf_cat_table_text(table, NULL);
}

/* What its record says, and what it answered. */
static void add_other(const struct inf_call *call, const struct inf_node_seen *node,
                      const struct cJSON *figures, struct inf_cat_table *table)
{
    static const char *const loads[LOADS] = {"1m", "5m", "15m"};
    const char *address = inf_json_string(inf_json_get_path(node->record, "http.publish_address"));
    const char *port = address != NULL ? strrchr(address, ':') : NULL;
    const struct cJSON *used = figure(figures, "os.mem.used_in_bytes");
    const struct cJSON *memory =
        inf_json_get(inf_json_get(node->record, "attributes"), "ml.machine_memory");

    add_id(call, node->id, table);
    add_number(inf_json_get_path(node->record, "process.id"), table);
    inf_cat_table_text(table, node->host);
    inf_cat_table_text(table, port != NULL ? port + 1 : NULL);
    inf_cat_table_text(table, address);
    inf_cat_table_text(table, inf_json_string(inf_json_get(node->record, "version")));
    inf_cat_table_text(table, NULL);
    add_number(used, table);
    add_share(used, figure(figures, "os.mem.total_in_bytes"), table);
    add_number(memory, table);
    add_number(figure(figures, "process.open_file_descriptors"), table);
    add_number(figure(figures, "process.max_file_descriptors"), table);
    add_number(figure(figures, "fs.total.total_in_bytes"), table);
    add_number(figure(figures, "fs.total.available_in_bytes"), table);
    for (size_t i = 0; i < LOADS; i++) {
        const struct cJSON *load = inf_json_get(figure(figures, "os.cpu.load_average"), loads[i]);

        if (inf_json_is_number(load))
            inf_cat_table_decimal(table, inf_json_double(load), 2);
        else
            inf_cat_table_text(table, NULL);
    }
}

static int fill_nodes(struct inf_call *call, const struct inf_gathered *others,
                      struct inf_cat_table *table, struct inf_error *err)
{
    const struct inf_app *app = rest_app(call);
    char host[INF_NODE_HOST_SIZE];
    struct inf_node_seen node;

    (void)err;
    for (size_t i = 0; i < inf_nodes_count(app); i++) {
        const struct inf_gathered_node *other;

        inf_node_see(app, i, host, &node);
        other = rest_gathered_find(others, node.id);
        if (node.record == NULL)
            add_this(call, &node, table);
        else
            add_other(call, &node, other != NULL ? inf_nodes_figures(other) : NULL, table);
        add_roles(table);
        inf_cat_table_text(table, node.is_master ? "*" : "-");
        inf_cat_table_text(table, node.name);
    }
    return 0;
}

static enum inf_outcome answer(struct inf_call *call, const struct inf_gathered *others,
                               struct inf_error *err)
{
    return rest_cat_reply(call, columns, fill_nodes, others, err);
}

static void print_target(struct inf_call *call, struct inf_buf *out)
{
    (void)call;
    inf_buf_puts(out, "/_nodes/_local/stats/os,process,fs");
}

enum inf_outcome rest_cat_nodes(struct inf_call *call, struct inf_error *err)
{
    const struct inf_gathering gathering = {.timeout_ms = inf_call_int(call, "timeout"),
                                            .print_target = print_target,
                                            .answer = answer};

    return rest_cat_gather(call, &gathering, err);
}
