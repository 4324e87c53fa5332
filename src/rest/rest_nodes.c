/* rest_nodes.c - GET /_nodes: who the nodes are and where they are reached; clients sniff
 * them here. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "comma_list.h"
#include "inferd/alloc.h"
#include "inferd/cpu_kind.h"
#include "inferd/serving_cluster.h"
#include "node_view.h"
#include "reply.h"
#include "rest_handlers.h"
#include "settings_tree.h"
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define NODES_MAX ((size_t)1 << 20)

struct view {
    const struct inf_app *app;
    bool flat_settings, human;
    struct inf_node_info node;
    struct inf_jsonw *w;
};

/* ---- the parts ---- */

static void write_settings(const struct view *view)
{
    inf_settings_tree_write_start(view->app->config, true, view->flat_settings, view->w);
}

static void write_os(const struct view *view)
{
    struct utsname name;

    uname(&name);
    inf_jsonw_begin_object(view->w);
    inf_jsonw_kv_string(view->w, "name", name.sysname);
    inf_jsonw_kv_string(view->w, "arch", name.machine);
    inf_jsonw_kv_string(view->w, "version", name.release);
    inf_jsonw_kv_int(view->w, "available_processors", sysconf(_SC_NPROCESSORS_ONLN));
    inf_jsonw_kv_int(view->w, "allocated_processors", view->node.processors);
    inf_jsonw_end_object(view->w);
}

static void write_process(const struct view *view)
{
    inf_jsonw_begin_object(view->w);
    inf_jsonw_kv_int(view->w, "id", getpid());
    inf_jsonw_kv_bool(view->w, "mlockall", false);
    inf_jsonw_end_object(view->w);
}

static void write_addresses(const struct view *view)
{
    inf_jsonw_key(view->w, "bound_address");
    inf_jsonw_begin_array(view->w);
    inf_jsonw_string(view->w, view->app->bound_address);
    inf_jsonw_end_array(view->w);
    inf_jsonw_kv_string(view->w, "publish_address", view->app->publish_address);
}

/* Nodes of a cluster talk over HTTP here; there is no second port. */
static void write_transport(const struct view *view)
{
    inf_jsonw_begin_object(view->w);
    write_addresses(view);
    inf_jsonw_key(view->w, "profiles");
    inf_jsonw_begin_object(view->w);
    inf_jsonw_end_object(view->w);
    inf_jsonw_end_object(view->w);
}

static void write_http(const struct view *view)
{
    inf_jsonw_begin_object(view->w);
    write_addresses(view);
    inf_write_bytes(view->w, "max_content_length",
                    inf_config_bytes(view->app->config, "http.max_content_length"), view->human);
    inf_jsonw_end_object(view->w);
}

static void write_none(const struct view *view)
{
    inf_jsonw_begin_array(view->w);
    inf_jsonw_end_array(view->w);
}

static const struct {
    const char *name;
    void (*write)(const struct view *view);
} metrics[] = {
    {"settings", write_settings},   {"os", write_os},     {"process", write_process},
    {"transport", write_transport}, {"http", write_http}, {"plugins", write_none},
    {"modules", write_none},
};

enum { METRICS = sizeof metrics / sizeof metrics[0] };

/* Elasticsearch's further ones: accepted, and nothing here has such a part. */
static const char *const absent_metrics[] = {
    "jvm", "thread_pool", "ingest", "aggregations", "indices", "remote_cluster_server"};

/* ---- the node ---- */

static void write_identity(const struct view *view)
{
    char host[INF_NODE_HOST_SIZE], processor[INF_CPU_KIND];

    inf_jsonw_kv_string(view->w, "name", view->node.node_name);
    inf_jsonw_kv_string(view->w, "ephemeral_id", view->node.ephemeral_id);
    inf_jsonw_kv_string(view->w, "transport_address", view->app->publish_address);
    inf_jsonw_kv_string(view->w, "host", inf_node_host(view->app, host));
    inf_jsonw_kv_string(view->w, "ip", host);
    inf_jsonw_kv_string(view->w, "version", INF_ES_VERSION);
    inf_jsonw_kv_string(view->w, "build_flavor", "default");
    inf_jsonw_kv_string(view->w, "build_type", "docker");
    inf_jsonw_kv_string(view->w, "build_hash", INF_ES_BUILD_HASH);
    inf_jsonw_key(view->w, "inferd");
    inf_jsonw_begin_object(view->w);
    inf_jsonw_kv_string(view->w, "version", INF_VERSION);
    inf_jsonw_kv_string(view->w, "engine", inf_manager_engine_version(view->app->manager));
    inf_jsonw_kv_string(view->w, "processor", inf_cpu_kind_print(processor));
    inf_jsonw_end_object(view->w);
    inf_node_write_roles(view->w);
    inf_node_write_attributes(view->app, view->w);
}

/* ---- other nodes ---- */

static int put_setting(void *arg, const char *name, const char *text, struct inf_error *err)
{
    (void)err;
    inf_strmap_put(arg, name, text != NULL ? inf_strdup(text) : NULL);
    return 0;
}

/* Of the record, which has them flat. */
static void write_settings_of(const struct cJSON *record, bool flat, struct inf_jsonw *w)
{
    struct inf_strmap *values = inf_strmap_new();
    struct inf_error ignored;

    inf_settings_tree_read(inf_json_get(record, "settings"), put_setting, values, &ignored);
    inf_settings_tree_write(values, flat, w);
    for (size_t i = 0; i < inf_strmap_size(values); i++)
        free(inf_strmap_at(values, i, NULL));
    inf_strmap_free(values);
}

static size_t find_metric(const char *name)
{
    size_t i = 0;

    while (i < METRICS && strcmp(metrics[i].name, name) != 0)
        i++;
    return i;
}

/* What it is, and of its metrics those that are wanted. */
static void write_record(const struct cJSON *record, const struct inf_comma_list *names, bool all,
                         bool flat, struct inf_jsonw *w)
{
    for (const struct cJSON *member = inf_json_first(record); member != NULL;
         member = inf_json_next(member)) {
        const char *key = inf_json_key(member);

        if (strcmp(key, INF_MEMBER_ROUTES) == 0 || strcmp(key, INF_MEMBER_LEAVING) == 0 ||
            (find_metric(key) < METRICS && !all && !inf_comma_list_has(names, key)))
            continue;
        inf_jsonw_key(w, key);
        if (strcmp(key, "settings") == 0)
            write_settings_of(record, flat, w);
        else
            inf_jsonw_value(w, member);
    }
}

/* ---- the answer ---- */

static void write_this(const struct view *view, const struct inf_comma_list *names, bool all)
{
    write_identity(view);
    for (size_t i = 0; i < METRICS; i++)
        if (all || inf_comma_list_has(names, metrics[i].name)) {
            inf_jsonw_key(view->w, metrics[i].name);
            metrics[i].write(view);
        }
}

void inf_rest_write_node(const struct inf_app *app, struct inf_buf *out)
{
    const struct inf_comma_list none = {0};
    struct inf_jsonw w;
    struct view view = {.app = app, .flat_settings = true, .w = &w};

    inf_manager_node(app->manager, &view.node);
    inf_jsonw_init(&w, out);
    inf_jsonw_begin_object(&w);
    write_this(&view, &none, true);
    inf_jsonw_key(&w, INF_MEMBER_ROUTES);
    inf_manager_write_routes(app->manager, &w);
    if (app->leaving)
        inf_jsonw_kv_bool(&w, INF_MEMBER_LEAVING, true);
    inf_jsonw_end_object(&w);
}

static size_t count_meant(const struct inf_app *app, const char *node_id)
{
    char host[INF_NODE_HOST_SIZE];
    struct inf_node_seen node;
    size_t count = 0;

    for (size_t i = 0; i < inf_nodes_count(app); i++) {
        inf_node_see(app, i, host, &node);
        count += inf_node_seen_is_meant(app, &node, node_id);
    }
    return count;
}

static void write_nodes(const struct view *view, const char *node_id,
                        const struct inf_comma_list *names, bool all)
{
    char host[INF_NODE_HOST_SIZE];
    struct inf_node_seen node;

    for (size_t i = 0; i < inf_nodes_count(view->app); i++) {
        inf_node_see(view->app, i, host, &node);
        if (!inf_node_seen_is_meant(view->app, &node, node_id))
            continue;
        inf_jsonw_key(view->w, node.id);
        inf_jsonw_begin_object(view->w);
        if (node.record == NULL)
            write_this(view, names, all);
        else
            write_record(node.record, names, all, view->flat_settings, view->w);
        inf_jsonw_end_object(view->w);
    }
}

static enum inf_outcome answer(struct inf_call *call, const char *node_id, const char *wanted,
                               struct inf_error *err)
{
    struct inf_comma_list names;
    struct inf_jsonw w;
    struct inf_buf body;
    struct view view = {.app = rest_app(call),
                        .flat_settings = inf_call_bool(call, "flat_settings"),
                        .human = inf_call_human(call),
                        .w = &w};

    inf_manager_node(view.app->manager, &view.node);
    inf_comma_list_init(&names, wanted);
    inf_buf_init(&body, NODES_MAX * inf_nodes_count(view.app));
    inf_jsonw_init(&w, &body);
    inf_nodes_open(view.app, count_meant(view.app, node_id), &w);
    write_nodes(&view, node_id, &names, names.count == 0 || inf_comma_list_has(&names, "_all"));
    inf_nodes_close(&w);
    inf_comma_list_free(&names);
    return rest_reply(call, &body, err);
}

static bool is_metric(const char *text)
{
    for (size_t i = 0; i < METRICS; i++)
        if (strcmp(metrics[i].name, text) == 0)
            return true;
    for (size_t i = 0; i < sizeof absent_metrics / sizeof absent_metrics[0]; i++)
        if (strcmp(absent_metrics[i], text) == 0)
            return true;
    return strcmp(text, "_all") == 0 || strcmp(text, "_none") == 0;
}

/* "/_nodes/http,os" names metrics, "/_nodes/n1" nodes; the two share one place in the path. */
static bool are_metrics(const char *text)
{
    struct inf_comma_list names;
    bool rc = true;

    inf_comma_list_init(&names, text);
    for (size_t i = 0; i < names.count; i++)
        rc = rc && is_metric(names.items[i]);
    inf_comma_list_free(&names);
    return rc;
}

enum inf_outcome rest_nodes_get_all(struct inf_call *call, struct inf_error *err)
{
    return answer(call, NULL, NULL, err);
}

enum inf_outcome rest_nodes_get_some(struct inf_call *call, struct inf_error *err)
{
    const char *text = inf_call_str(call, "node_id");
    bool metric = are_metrics(text);

    return answer(call, metric ? NULL : text, metric ? text : NULL, err);
}

enum inf_outcome rest_nodes_get(struct inf_call *call, struct inf_error *err)
{
    return answer(call, inf_call_str(call, "node_id"), inf_call_str(call, "metric"), err);
}
