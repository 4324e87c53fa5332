/* rest_node_stats.c - GET /_nodes/stats: load, memory, disk and connections of each node. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "comma_list.h"
#include "hedge.h"
#include "host_figures.h"
#include "inferd/alloc.h"
#include "inferd/similarity.h"
#include "inferd/wall_clock.h"
#include "node_view.h"
#include "reply.h"
#include "rest_handlers.h"
#include <stdlib.h>
#include <string.h>

#define STATS_MAX ((size_t)1 << 20)

struct view {
    const struct inf_call *call;
    const struct inf_app *app;
    struct inf_host_figures host;
    bool human;
    struct inf_jsonw *w;
};

/* ---- the parts ---- */

static void begin(const struct view *view, const char *key)
{
    if (key != NULL)
        inf_jsonw_key(view->w, key);
    inf_jsonw_begin_object(view->w);
}

static void write_amounts(const struct view *view, const char *key, int64_t total, int64_t unused)
{
    begin(view, key);
    inf_write_bytes(view->w, "total", total, view->human);
    inf_write_bytes(view->w, "free", unused, view->human);
    inf_write_bytes(view->w, "used", total - unused, view->human);
    inf_jsonw_end_object(view->w);
}

static void write_os(const struct view *view)
{
    const struct inf_host_figures *host = &view->host;

    begin(view, NULL);
    inf_jsonw_kv_int(view->w, "timestamp", inf_wall_ms());
    begin(view, "cpu");
    begin(view, "load_average");
    inf_jsonw_kv_double(view->w, "1m", host->load[0]);
    inf_jsonw_kv_double(view->w, "5m", host->load[1]);
    inf_jsonw_kv_double(view->w, "15m", host->load[2]);
    inf_jsonw_end_object(view->w);
    inf_jsonw_end_object(view->w);
    write_amounts(view, "mem", host->memory_total_bytes, host->memory_free_bytes);
    write_amounts(view, "swap", host->swap_total_bytes, host->swap_free_bytes);
    inf_jsonw_end_object(view->w);
}

static void write_process(const struct view *view)
{
    begin(view, NULL);
    inf_jsonw_kv_int(view->w, "timestamp", inf_wall_ms());
    inf_jsonw_kv_int(view->w, "open_file_descriptors", view->host.open_descriptors);
    inf_jsonw_kv_int(view->w, "max_file_descriptors", view->host.max_descriptors);
    begin(view, "cpu");
    inf_jsonw_kv_int(view->w, "total_in_millis", view->host.process_cpu_ms);
    inf_jsonw_end_object(view->w);
    begin(view, "mem");
    inf_write_bytes(view->w, "total_virtual", view->host.process_virtual_bytes, view->human);
    inf_jsonw_end_object(view->w);
    inf_jsonw_end_object(view->w);
}

static void write_fs(const struct view *view)
{
    begin(view, NULL);
    inf_jsonw_kv_int(view->w, "timestamp", inf_wall_ms());
    begin(view, "total");
    inf_write_bytes(view->w, "total", view->host.disk_total_bytes, view->human);
    inf_write_bytes(view->w, "free", view->host.disk_free_bytes, view->human);
    inf_write_bytes(view->w, "available", view->host.disk_available_bytes, view->human);
    inf_jsonw_end_object(view->w);
    inf_jsonw_end_object(view->w);
}

static void write_http(const struct view *view)
{
    int open;
    uint64_t accepted;

    inf_call_connections(view->call, &open, &accepted);
    begin(view, NULL);
    inf_jsonw_kv_int(view->w, "current_open", open);
    inf_jsonw_kv_int(view->w, "total_opened", (int64_t)accepted);
    if (view->app->membership != NULL) {
        inf_jsonw_key(view->w, "hedges");
        inf_hedges_write(&view->app->hedges, view->w);
    }
    inf_jsonw_end_object(view->w);
}

static void write_ingest(const struct view *view)
{
    inf_ingest_write_counts(view->app->ingest, NULL, view->w);
}

/* Parts without a function are Elasticsearch's: accepted, and nothing here has such a part. */
static const struct {
    const char *name;
    void (*write)(const struct view *view);
} metrics[] = {
    {"os", write_os},
    {"process", write_process},
    {"fs", write_fs},
    {"http", write_http},
    {"ingest", write_ingest},
    {"_all", NULL},
    {"adaptive_selection", NULL},
    {"allocations", NULL},
    {"breaker", NULL},
    {"discovery", NULL},
    {"indexing_pressure", NULL},
    {"indices", NULL},
    {"jvm", NULL},
    {"repositories", NULL},
    {"script", NULL},
    {"script_cache", NULL},
    {"thread_pool", NULL},
    {"transport", NULL},
};

enum { METRICS = sizeof metrics / sizeof metrics[0] };

/* ---- the node ---- */

static bool is_metric(const char *name)
{
    for (size_t i = 0; i < METRICS; i++)
        if (strcmp(metrics[i].name, name) == 0)
            return true;
    return false;
}

static int check_metrics(const struct inf_call *call, const struct inf_comma_list *names,
                         struct inf_error *err)
{
    const char *known[METRICS];
    struct inf_buf unknown;
    size_t count = 0;
    int rc = 0;

    for (size_t i = 0; i < METRICS; i++)
        known[i] = metrics[i].name;
    inf_buf_init(&unknown, STATS_MAX);
    for (size_t i = 0; i < names->count; i++) {
        if (is_metric(names->items[i]))
            continue;
        inf_buf_printf(&unknown, "%s[%s]", count++ > 0 ? ", " : "", names->items[i]);
        inf_suggest(&unknown, " -> ", names->items[i], known, METRICS);
    }
    if (count > 0)
        rc = inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                           "request [%s] contains unrecognized metric%s: %s", inf_call_path(call),
                           count > 1 ? "s" : "", unknown.data);
    inf_buf_free(&unknown);
    return rc;
}

static void write_identity(const struct view *view)
{
    char host[INF_NODE_HOST_SIZE];
    struct inf_node_info node;

    inf_manager_node(view->app->manager, &node);
    inf_jsonw_kv_int(view->w, "timestamp", inf_wall_ms());
    inf_jsonw_kv_string(view->w, "name", node.node_name);
    inf_jsonw_kv_string(view->w, "transport_address", view->app->publish_address);
    inf_jsonw_kv_string(view->w, "host", inf_node_host(view->app, host));
    inf_jsonw_kv_string(view->w, "ip", view->app->publish_address);
    inf_node_write_roles(view->w);
    inf_node_write_attributes(view->app, view->w);
}

static void write_this(const struct view *view, const struct inf_comma_list *names)
{
    bool all = names->count == 0 || inf_comma_list_has(names, "_all");

    write_identity(view);
    for (size_t i = 0; i < METRICS; i++)
        if (metrics[i].write != NULL && (all || inf_comma_list_has(names, metrics[i].name))) {
            inf_jsonw_key(view->w, metrics[i].name);
            metrics[i].write(view);
        }
}

static enum inf_outcome answer(struct inf_call *call, const struct inf_gathered *others,
                               struct inf_error *err)
{
    struct inf_jsonw w;
    struct inf_buf body;
    struct view view = {
        .call = call, .app = rest_app(call), .human = inf_call_human(call), .w = &w};
    bool meant = inf_node_is_meant(view.app, inf_call_path_value(call, "node_id"));
    struct inf_comma_list names;

    inf_comma_list_init(&names, inf_call_path_value(call, "metric"));
    inf_host_figures_read(inf_config_string(view.app->config, "path.data"), &view.host);
    inf_buf_init(&body, STATS_MAX * (others->count + 1));
    inf_jsonw_init(&w, &body);
    inf_nodes_begin(view.app, meant, others, &w);
    if (meant)
        write_this(&view, &names);
    inf_nodes_end(meant, others, &w);
    inf_comma_list_free(&names);
    return rest_reply(call, &body, err);
}

/* The metrics were checked, so nothing in their names has a meaning in a path. */
static void print_target(struct inf_call *call, struct inf_buf *out)
{
    const char *metric = inf_call_path_value(call, "metric");

    inf_buf_printf(out, "/_nodes/_local/stats/%s?human=%s", metric != NULL ? metric : "_all",
                   inf_call_human(call) ? "true" : "false");
}

enum inf_outcome rest_node_stats_get(struct inf_call *call, struct inf_error *err)
{
    const struct inf_gathering gathering = {.node_filter = inf_call_path_value(call, "node_id"),
                                            .timeout_ms = inf_call_int(call, "timeout"),
                                            .print_target = print_target,
                                            .answer = answer};
    struct inf_comma_list names;
    int rc;

    inf_comma_list_init(&names, inf_call_path_value(call, "metric"));
    rc = check_metrics(call, &names, err);
    inf_comma_list_free(&names);
    return rc == 0 ? rest_gather(call, &gathering, err) : INF_FAILED;
}
