/* rest_xpack.c - GET /_xpack and /_xpack/usage: which of Elasticsearch's features are here.
 *
 * They are machine learning and security; the others are listed because typed clients expect their
 * names. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "comma_list.h"
#include "gather.h"
#include "license.h"
#include "node_view.h"
#include "reply.h"
#include "rest_handlers.h"
#include <string.h>
#include <strings.h>

#define XPACK_MAX ((size_t)64 << 10)

/* The features that are here. */
#define ML "ml"
#define SECURITY "security"

/* Of the usage, what is added up over the nodes; see write_counted. */
#define COUNTED ML ".inference.deployments.counted"
#define INFERENCE_BYTES "pytorch_inference_memory_bytes"
#define USED_BYTES "total_used_memory_bytes"

static const char *const features[] = {"aggregate_metric",
                                       "analytics",
                                       "archive",
                                       "ccr",
                                       "data_streams",
                                       "data_tiers",
                                       "enrich",
                                       "enterprise_search",
                                       "eql",
                                       "esql",
                                       "graph",
                                       "ilm",
                                       "logsdb",
                                       "logstash",
                                       ML,
                                       "monitoring",
                                       "rollup",
                                       "searchable_snapshots",
                                       SECURITY,
                                       "slm",
                                       "spatial",
                                       "sql",
                                       "transform",
                                       "universal_profiling",
                                       "voting_only",
                                       "watcher"};

enum { FEATURES = sizeof features / sizeof features[0] };

static void write_feature(struct inf_jsonw *w, const char *name, bool available, bool enabled)
{
    inf_jsonw_key(w, name);
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_bool(w, "available", available);
    inf_jsonw_kv_bool(w, "enabled", enabled);
    inf_jsonw_end_object(w);
}

/* ---- info ---- */

static void write_build(const struct inf_app *app, struct inf_jsonw *w)
{
    (void)app;
    inf_jsonw_kv_string(w, "hash", INF_ES_BUILD_HASH);
    inf_jsonw_kv_string(w, "date", "2025-10-21T10:06:21.288851013Z");
}

static void write_license(const struct inf_app *app, struct inf_jsonw *w)
{
    char uid[INF_LICENSE_UID_SIZE];

    inf_jsonw_kv_string(w, "uid", inf_license_uid(app->store, uid));
    inf_jsonw_kv_string(w, "type", INF_LICENSE_TYPE);
    inf_jsonw_kv_string(w, "mode", INF_LICENSE_TYPE);
    inf_jsonw_kv_string(w, "status", "active");
    inf_jsonw_kv_int(w, "expiry_date_in_millis", INF_LICENSE_EXPIRY_MS);
}

static void write_features(const struct inf_app *app, struct inf_jsonw *w)
{
    for (size_t i = 0; i < FEATURES; i++) {
        bool is_ml = strcmp(features[i], ML) == 0, is_security = strcmp(features[i], SECURITY) == 0;

        write_feature(w, features[i], is_ml || is_security,
                      is_ml || (is_security && app->security != NULL));
    }
}

static const struct {
    const char *name;
    void (*write)(const struct inf_app *app, struct inf_jsonw *w);
} categories[] = {{"build", write_build}, {"license", write_license}, {"features", write_features}};

enum { CATEGORIES = sizeof categories / sizeof categories[0] };

/* "_all", "build", and "-license" which leaves one out. Nothing is all. */
static int read_categories(const struct inf_comma_list *names, bool shown[CATEGORIES],
                           struct inf_error *err)
{
    for (size_t i = 0; i < CATEGORIES; i++)
        shown[i] = names->count == 0;
    for (size_t n = 0; n < names->count; n++) {
        bool with = names->items[n][0] != '-', known = false;
        const char *name = names->items[n] + (with ? 0 : 1);

        for (size_t i = 0; i < CATEGORIES; i++)
            if (strcasecmp(name, "_all") == 0 || strcasecmp(name, categories[i].name) == 0) {
                shown[i] = with;
                known = true;
            }
        if (!known)
            return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                                 "Failed to parse value [%s] of [categories], allowed are "
                                 "[_all, build, license, features]",
                                 names->items[n]);
    }
    return 0;
}

enum inf_outcome rest_xpack_get(struct inf_call *call, struct inf_error *err)
{
    const struct inf_app *app = rest_app(call);
    struct inf_comma_list names;
    bool shown[CATEGORIES];
    struct inf_jsonw w;
    struct inf_buf body;
    int rc;

    inf_comma_list_init(&names, inf_call_str(call, "categories"));
    rc = read_categories(&names, shown, err);
    inf_comma_list_free(&names);
    if (rc != 0)
        return INF_FAILED;
    inf_buf_init(&body, XPACK_MAX);
    inf_jsonw_init(&w, &body);
    inf_jsonw_begin_object(&w);
    for (size_t i = 0; i < CATEGORIES; i++)
        if (shown[i]) {
            inf_jsonw_key(&w, categories[i].name);
            inf_jsonw_begin_object(&w);
            categories[i].write(app, &w);
            inf_jsonw_end_object(&w);
        }
    inf_jsonw_kv_string(&w, "tagline", "You know, for X");
    inf_jsonw_end_object(&w);
    return rest_reply(call, &body, err);
}

/* ---- usage ---- */

static void begin(struct inf_jsonw *w, const char *key)
{
    inf_jsonw_key(w, key);
    inf_jsonw_begin_object(w);
}

/* {"_all":{"count":0}} of what is not here. */
static void write_no(struct inf_jsonw *w, const char *key)
{
    begin(w, key);
    begin(w, "_all");
    inf_jsonw_kv_int(w, "count", 0);
    inf_jsonw_end_object(w);
    inf_jsonw_end_object(w);
}

static void write_models(const struct inf_app *app, struct inf_jsonw *w)
{
    int64_t count = (int64_t)inf_store_model_count(app->store);

    begin(w, "trained_models");
    begin(w, "_all");
    inf_jsonw_kv_int(w, "count", count);
    inf_jsonw_end_object(w);
    begin(w, "count");
    inf_jsonw_kv_int(w, "total", count);
    inf_jsonw_kv_int(w, "prepackaged", 0);
    inf_jsonw_kv_int(w, "other", count);
    inf_jsonw_end_object(w);
    inf_jsonw_end_object(w);
}

/* Of another node's answer. */
static int64_t figure(const struct inf_gathered_node *node, const char *object, const char *key)
{
    int64_t value = 0;
    struct inf_error ignored;

    (void)inf_json_int64(inf_json_get(rest_gathered_get(node, object), key), &value, &ignored);
    return value > 0 ? value : 0;
}

static int64_t inferences_of(const struct inf_deployment *deployment,
                             const struct inf_gathered *others)
{
    int64_t inferences = inf_deployment_inference_count(deployment);

    for (size_t i = 0; i < others->count; i++)
        inferences += figure(&others->nodes[i], COUNTED, inf_deployment_id(deployment));
    return inferences;
}

/* For another node, which adds them up. */
static void write_counted(const struct inf_app *app, struct inf_jsonw *w)
{
    inf_jsonw_key(w, "counted");
    inf_jsonw_begin_object(w);
    for (size_t i = 0; i < inf_manager_deployment_count(app->manager); i++) {
        const struct inf_deployment *deployment = inf_manager_deployment_at(app->manager, i);

        inf_jsonw_kv_int(w, inf_deployment_id(deployment),
                         inf_deployment_inference_count(deployment));
    }
    inf_jsonw_end_object(w);
}

static void write_deployments(struct inf_call *call, const struct inf_gathered *others,
                              struct inf_jsonw *w)
{
    const struct inf_app *app = rest_app(call);
    size_t count = inf_manager_deployment_count(app->manager);
    int64_t total = 0, least = 0, most = 0;

    for (size_t i = 0; i < count; i++) {
        int64_t inferences = inferences_of(inf_manager_deployment_at(app->manager, i), others);

        total += inferences;
        least = i == 0 || inferences < least ? inferences : least;
        most = inferences > most ? inferences : most;
    }
    begin(w, "deployments");
    inf_jsonw_kv_int(w, "count", (int64_t)count);
    begin(w, "inference_counts");
    inf_jsonw_kv_double(w, "total", (double)total);
    inf_jsonw_kv_double(w, "min", (double)least);
    inf_jsonw_kv_double(w, "max", (double)most);
    inf_jsonw_kv_double(w, "avg", count > 0 ? (double)total / (double)count : 0);
    inf_jsonw_end_object(w);
    if (inf_call_is_relayed(call))
        write_counted(app, w);
    inf_jsonw_end_object(w);
}

static void write_ml(struct inf_call *call, const struct inf_gathered *others, struct inf_jsonw *w)
{
    const struct inf_app *app = rest_app(call);
    int64_t inference, used;
    struct inf_node_info node;

    inf_manager_node(app->manager, &node);
    inference = node.memory_inference_bytes;
    used = node.memory_inference_bytes + node.memory_overhead_bytes;
    for (size_t i = 0; i < others->count; i++) {
        inference += figure(&others->nodes[i], ML ".memory", INFERENCE_BYTES);
        used += figure(&others->nodes[i], ML ".memory", USED_BYTES);
    }
    begin(w, ML);
    inf_jsonw_kv_bool(w, "available", true);
    inf_jsonw_kv_bool(w, "enabled", true);
    write_no(w, "jobs");
    write_no(w, "datafeeds");
    write_no(w, "data_frame_analytics_jobs");
    begin(w, "inference");
    write_models(app, w);
    write_deployments(call, others, w);
    inf_jsonw_end_object(w);
    inf_jsonw_kv_int(w, "node_count", (int64_t)inf_nodes_count(app));
    begin(w, "memory");
    inf_jsonw_kv_int(w, "anomaly_detectors_memory_bytes", 0);
    inf_jsonw_kv_int(w, "data_frame_analytics_memory_bytes", 0);
    inf_jsonw_kv_int(w, INFERENCE_BYTES, inference);
    inf_jsonw_kv_int(w, USED_BYTES, used);
    inf_jsonw_end_object(w);
    inf_jsonw_end_object(w);
}

static enum inf_outcome answer_usage(struct inf_call *call, const struct inf_gathered *others,
                                     struct inf_error *err)
{
    struct inf_jsonw w;
    struct inf_buf body;

    inf_buf_init(&body, INF_RESPONSE_MAX);
    inf_jsonw_init(&w, &body);
    inf_jsonw_begin_object(&w);
    for (size_t i = 0; i < FEATURES; i++)
        if (strcmp(features[i], ML) == 0)
            write_ml(call, others, &w);
        else if (strcmp(features[i], SECURITY) == 0)
            write_feature(&w, features[i], true, rest_app(call)->security != NULL);
        else
            write_feature(&w, features[i], false, false);
    inf_jsonw_end_object(&w);
    return rest_reply(call, &body, err);
}

static void print_usage_target(struct inf_call *call, struct inf_buf *out)
{
    (void)call;
    inf_buf_puts(out, "/_xpack/usage");
}

enum inf_outcome rest_xpack_usage_get(struct inf_call *call, struct inf_error *err)
{
    const struct inf_gathering gathering = {
        .timeout_ms = INF_GATHER_MS, .print_target = print_usage_target, .answer = answer_usage};

    return rest_gather(call, &gathering, err);
}
