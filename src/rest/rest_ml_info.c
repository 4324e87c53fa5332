/* rest_ml_info.c - GET /_ml/info: defaults and limits of machine learning here, and the upgrade
 * mode, in which nothing is started.
 *
 * Clients of Elasticsearch expect the defaults of features that inferd does not have; they are
 * constants of its version. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node_view.h"
#include "reply.h"
#include "rest_handlers.h"
#include <stdio.h>
#include <sys/utsname.h>

#define INFO_MAX 8192
#define MB (INT64_C(1) << 20)
#define CODE_OVERHEAD (30 * MB) /* compatibility 9.6: on a node that runs any model */
#define DEFAULT_JOB_MEMORY (1024 * MB)
#define MEMORY_MAX (INT64_C(1) << 50)
#define MB_TEXT 32

static const char *print_mb(int64_t bytes, char text[MB_TEXT])
{
    snprintf(text, MB_TEXT, "%lldmb", (long long)(bytes / MB));
    return text;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* What the nodes have for models. */
struct room {
    int64_t processors, most_processors;     /* of all nodes, and of the one that has most */
    int64_t memory_bytes, most_memory_bytes; /* likewise */
};

static void add(struct room *room, int64_t processors, int64_t memory_bytes)
{
    room->processors += processors;
    room->memory_bytes += memory_bytes;
    if (processors > room->most_processors)
        room->most_processors = processors;
    if (memory_bytes > room->most_memory_bytes)
        room->most_memory_bytes = memory_bytes;
}

/* A figure of another node's, which may be anything; what nobody has counts as none. */
static int64_t figure(const struct cJSON *value, int64_t most)
{
    struct inf_error ignored;
    int64_t number;

    return inf_json_int64(value, &number, &ignored) == 0 && number > 0 && number <= most ? number
                                                                                         : 0;
}

static void find_room(const struct inf_app *app, const struct inf_gathered *others,
                      struct room *room)
{
    struct inf_node_info node;

    inf_manager_node(app->manager, &node);
    add(room, node.processors, node.memory_ml_bytes);
    for (size_t i = 0; i < others->count; i++) {
        const struct cJSON *figures = inf_nodes_figures(&others->nodes[i]);
        const struct cJSON *attributes = inf_json_get(figures, "attributes");

        if (figures != NULL)
            add(room, figure(inf_json_get(attributes, "ml.allocated_processors"), INT32_MAX),
                figure(inf_json_get_path(figures, "mem.ml.max_in_bytes"), MEMORY_MAX));
    }
}

/* The most that one model may take: what a node has beside the code, or the setting. */
static int64_t effective_limit(int64_t memory_bytes, int64_t limit)
{
    int64_t room = memory_bytes > CODE_OVERHEAD ? memory_bytes - CODE_OVERHEAD : 0;

    return limit > 0 ? smaller(limit, room) : room;
}

static void write_platform(struct inf_jsonw *w)
{
    char text[sizeof((struct utsname *)0)->machine + 16];
    struct utsname name;

    uname(&name);
    snprintf(text, sizeof text, "linux-%s", name.machine);
    inf_jsonw_kv_string(w, "model_platform_variant", text);
}

static void write_defaults(int64_t limit, struct inf_jsonw *w)
{
    char text[MB_TEXT];

    inf_jsonw_key(w, "defaults");
    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, "anomaly_detectors");
    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, "categorization_analyzer");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "tokenizer", "ml_standard");
    inf_jsonw_key(w, "char_filter");
    inf_jsonw_begin_array(w);
    inf_jsonw_string(w, "first_line_with_letters");
    inf_jsonw_end_array(w);
    inf_jsonw_end_object(w);
    inf_jsonw_kv_string(w, "model_memory_limit",
                        limit > 0 && limit < DEFAULT_JOB_MEMORY ? print_mb(limit, text) : "1gb");
    inf_jsonw_kv_int(w, "categorization_examples_limit", 4);
    inf_jsonw_kv_int(w, "model_snapshot_retention_days", 10);
    inf_jsonw_kv_int(w, "daily_model_snapshot_retention_after_days", 1);
    inf_jsonw_end_object(w);
    inf_jsonw_key(w, "datafeeds");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_int(w, "scroll_size", 1000);
    inf_jsonw_end_object(w);
    write_platform(w);
    inf_jsonw_end_object(w);
}

static void write_limits(const struct room *room, int64_t limit, struct inf_jsonw *w)
{
    char text[MB_TEXT];

    inf_jsonw_key(w, "limits");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_int(w, "max_single_ml_node_processors", room->most_processors);
    inf_jsonw_kv_int(w, "total_ml_processors", room->processors);
    inf_jsonw_kv_string(w, "total_ml_memory", print_mb(room->memory_bytes, text));
    if (limit > 0)
        inf_jsonw_kv_string(w, "max_model_memory_limit", print_mb(limit, text));
    inf_jsonw_kv_string(w, "effective_max_model_memory_limit",
                        print_mb(effective_limit(room->most_memory_bytes, limit), text));
    inf_jsonw_end_object(w);
}

static enum inf_outcome answer(struct inf_call *call, const struct inf_gathered *others,
                               struct inf_error *err)
{
    const struct inf_app *app = rest_app(call);
    int64_t limit = inf_config_bytes(app->config, "xpack.ml.max_model_memory_limit");
    struct room room = {0};
    struct inf_jsonw w;
    struct inf_buf body;

    find_room(app, others, &room);
    inf_buf_init(&body, INFO_MAX);
    inf_jsonw_init(&w, &body);
    inf_jsonw_begin_object(&w);
    write_defaults(limit, &w);
    inf_jsonw_kv_bool(&w, "upgrade_mode", inf_manager_is_upgrading(app->manager));
    inf_jsonw_key(&w, "native_code");
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_string(&w, "version", INF_ES_VERSION);
    inf_jsonw_kv_string(&w, "build_hash", INF_ES_BUILD_HASH);
    inf_jsonw_end_object(&w);
    write_limits(&room, limit, &w);
    inf_jsonw_end_object(&w);
    return rest_reply(call, &body, err);
}

static void print_target(struct inf_call *call, struct inf_buf *out)
{
    (void)call;
    inf_buf_puts(out, "/_ml/memory/_local/_stats");
}

enum inf_outcome rest_ml_info_get(struct inf_call *call, struct inf_error *err)
{
    const struct inf_gathering gathering = {
        .timeout_ms = INF_GATHER_MS, .print_target = print_target, .answer = answer};

    return rest_gather(call, &gathering, err);
}
