/* A small program on the real src/http with routes of its own, for the raw-socket tests and for
 * measuring the front end alone.
 *
 * Usage: tool_http [name=value ...], names as in `settings` below. Prints "port N" when it listens.
 * On SIGTERM it drains for drain_ms, stops, and exits with 0. Lines on standard output tell what
 * happened to calls: "gone ID" when a waiting client left, "freed ID" when a call's state was
 * freed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/http.h"
#include "inferd/units.h"
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct tool {
    uv_loop_t loop;
    uv_signal_t terminate;
    struct inf_server *server;
    int64_t drain_ms;
};

static struct {
    const char *name;
    int64_t value;
} settings[] = {
    {"port", 0},
    {"max_content_length", 1024 * 1024},
    {"max_header_size", 16 * 1024},
    {"max_connections", 1000},
    {"per_address", 0},
    {"header_ms", 30000},
    {"body_ms", 30000},
    {"idle_ms", 600000},
    {"drain_ms", 200},
};

static int64_t setting(const char *name)
{
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        if (strcmp(settings[i].name, name) == 0)
            return settings[i].value;
    abort();
}

static int read_setting(const char *argument)
{
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        size_t length = strlen(settings[i].name);
        if (strncmp(argument, settings[i].name, length) == 0 && argument[length] == '=')
            return inf_int_parse(argument + length + 1, &settings[i].value);
    }
    return -1;
}

/* ---- routes ---- */

static enum inf_outcome ping(struct inf_call *call, struct inf_error *err)
{
    (void)err;
    struct inf_buf body;
    inf_buf_init(&body, 256);
    inf_buf_puts(&body, "{\"ok\":true}");
    inf_call_reply(call, 200, &body);
    return INF_REPLIED;
}

static enum inf_outcome text(struct inf_call *call, struct inf_error *err)
{
    (void)err;
    struct inf_buf body;
    inf_buf_init(&body, 256);
    inf_buf_puts(&body, "plain\n");
    inf_call_reply_text(call, 200, &body);
    return INF_REPLIED;
}

/* A list for people, unless JSON is asked for. */
static enum inf_outcome list(struct inf_call *call, struct inf_error *err)
{
    return inf_call_wants_text(call) ? text(call, err) : ping(call, err);
}

/* Sends back the id of the path and the member "text" of the body. */
static enum inf_outcome echo(struct inf_call *call, struct inf_error *err)
{
    (void)err;
    struct inf_buf body;
    struct inf_jsonw w;
    inf_buf_init(&body, SIZE_MAX / 2);
    inf_jsonw_init(&w, &body);
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_string(&w, "id", inf_call_str(call, "id"));
    if (inf_call_str(call, "text") != NULL)
        inf_jsonw_kv_string(&w, "text", inf_call_str(call, "text"));
    inf_jsonw_kv_bool(&w, "body", inf_call_body(call) != NULL);
    inf_jsonw_kv_string(&w, "path", inf_call_path(call));
    inf_jsonw_end_object(&w);
    inf_call_reply(call, 200, &body);
    return INF_REPLIED;
}

/* Answered by a timer. */
struct sleeper {
    uv_timer_t timer;
    struct inf_call *call;
    uint64_t id;
    bool freed;
};

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void free_sleeper(void *state)
{
    struct sleeper *sleeper = state;
    printf("freed %" PRIu64 "\n", sleeper->id);
    uv_close((uv_handle_t *)&sleeper->timer, on_timer_closed);
}

static void on_sleep_over(uv_timer_t *timer)
{
    struct sleeper *sleeper = timer->data;
    struct inf_error err;
    ping(sleeper->call, &err);
}

static void sleeper_gone(struct inf_call *call)
{
    struct sleeper *sleeper = inf_call_state(call);
    printf("gone %" PRIu64 "\n", sleeper->id);
    uv_timer_stop(&sleeper->timer);
}

static enum inf_outcome sleep_route(struct inf_call *call, struct inf_error *err)
{
    struct tool *tool = inf_call_context(call);
    struct sleeper *sleeper = calloc(1, sizeof *sleeper);
    if (sleeper == NULL) {
        inf_error_set(err, INF_ERR_INTERNAL, "no memory");
        return INF_FAILED;
    }
    sleeper->call = call;
    sleeper->id = inf_call_id(call);
    sleeper->timer.data = sleeper;
    uv_timer_init(&tool->loop, &sleeper->timer);
    uv_timer_start(&sleeper->timer, on_sleep_over, (uint64_t)inf_call_int(call, "ms"), 0);
    inf_call_set_state(call, sleeper, free_sleeper);
    inf_call_on_gone(call, sleeper_gone);
    printf("waiting %" PRIu64 "\n", sleeper->id);
    return INF_LATER;
}

/* Counts the bytes of its body; refuses at the byte that ?fail_at= names. */
struct counter {
    int64_t bytes, pieces;
};

static int stream_open(struct inf_call *call, struct inf_error *err)
{
    if (inf_call_int(call, "fail_at") == 0)
        return inf_error_set(err, INF_ERR_NOT_FOUND, "No known stream [%s]", inf_call_path(call));
    struct counter *counter = calloc(1, sizeof *counter);
    if (counter == NULL)
        return inf_error_set(err, INF_ERR_INTERNAL, "no memory");
    inf_call_set_state(call, counter, free);
    return 0;
}

static int stream_data(struct inf_call *call, const char *data, size_t length,
                       struct inf_error *err)
{
    (void)data;
    struct counter *counter = inf_call_state(call);
    counter->bytes += (int64_t)length;
    counter->pieces++;
    int64_t fail_at = inf_call_int(call, "fail_at");
    if (fail_at >= 0 && counter->bytes >= fail_at)
        return inf_error_set(err, INF_ERR_CONFLICT, "byte [%" PRId64 "] is not wanted", fail_at);
    return 0;
}

static enum inf_outcome stream_end(struct inf_call *call, struct inf_error *err)
{
    (void)err;
    struct counter *counter = inf_call_state(call);
    struct inf_buf body;
    inf_buf_init(&body, 256);
    inf_buf_printf(&body, "{\"bytes\":%" PRId64 "}", counter->bytes);
    inf_call_reply(call, 200, &body);
    return INF_REPLIED;
}

/* An answer of any length, to see what happens to a client that does not read it. */
static enum inf_outcome big(struct inf_call *call, struct inf_error *err)
{
    (void)err;
    struct inf_buf body;
    inf_buf_init(&body, SIZE_MAX / 2);
    inf_buf_puts(&body, "\"");
    for (int64_t i = inf_call_int(call, "kb"); i > 0; i--) {
        char kilobyte[1024];
        memset(kilobyte, 'x', sizeof kilobyte);
        inf_buf_append(&body, kilobyte, sizeof kilobyte);
    }
    inf_buf_puts(&body, "\"");
    inf_call_reply(call, 200, &body);
    return INF_REPLIED;
}

static enum inf_outcome fail(struct inf_call *call, struct inf_error *err)
{
    (void)call;
    inf_error_set(err, INF_ERR_QUEUE_FULL, "inference process queue is full");
    err->retry_after_s = 3;
    return INF_FAILED;
}

static enum inf_outcome params(struct inf_call *call, struct inf_error *err)
{
    (void)err;
    struct inf_buf body;
    struct inf_jsonw w;
    inf_buf_init(&body, SIZE_MAX / 2);
    inf_jsonw_init(&w, &body);
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_int(&w, "allocations", inf_call_int(call, "number_of_allocations"));
    inf_jsonw_kv_int(&w, "threads", inf_call_int(call, "threads_per_allocation"));
    inf_jsonw_kv_int(&w, "timeout", inf_call_int(call, "timeout"));
    inf_jsonw_kv_int(&w, "cache_size", inf_call_int(call, "cache_size"));
    inf_jsonw_kv_bool(&w, "cache_given", inf_call_has(call, "cache_size"));
    inf_jsonw_kv_string(&w, "priority", inf_call_str(call, "priority"));
    inf_jsonw_kv_bool(&w, "force", inf_call_bool(call, "force"));
    inf_jsonw_kv_bool(&w, "human", inf_call_human(call));
    if (inf_call_json(call, "tags") != NULL) {
        inf_jsonw_key(&w, "tags");
        inf_jsonw_value(&w, inf_call_json(call, "tags"));
    }
    inf_jsonw_end_object(&w);
    inf_call_reply(call, 200, &body);
    return INF_REPLIED;
}

static void validate_params(struct inf_call *call, struct inf_validation *validation)
{
    if (strcmp(inf_call_str(call, "priority"), "low") == 0 &&
        inf_call_int(call, "number_of_allocations") > 1)
        inf_validation_add(validation, 5,
                           "[number_of_allocations] must be 1 when [priority] is low");
}

static const struct inf_check positive[] = {
    {.min = 1, .max = INT64_MAX, .order = 1, .text = "must be a positive integer"},
    {.text = NULL},
};
static const struct inf_check threads[] = {
    {.min = 1, .max = INT64_MAX, .order = 2, .text = "must be a positive integer"},
    {.min = 1,
     .max = 32,
     .power_of_two = true,
     .order = 3,
     .text = "must be a power of 2 less than or equal to 32"},
    {.text = NULL},
};
static const struct inf_param id_params[] = {
    {.name = "id", .type = INF_P_STRING, .in = INF_IN_PATH, .doc = "Sent back."},
    {.name = "text", .type = INF_P_STRING, .in = INF_IN_BODY, .doc = "Sent back."},
    {.name = NULL},
};
static const struct inf_param sleep_params[] = {
    {.name = "ms", .type = INF_P_INT, .in = INF_IN_QUERY, .dflt = "50", .doc = "How long."},
    {.name = NULL},
};
static const struct inf_param big_params[] = {
    {.name = "kb", .type = INF_P_INT, .in = INF_IN_QUERY, .dflt = "1", .doc = "How much."},
    {.name = NULL},
};
static const struct inf_param stream_params[] = {
    {.name = "fail_at", .type = INF_P_INT, .in = INF_IN_QUERY, .dflt = "-1", .doc = "Refuse here."},
    {.name = NULL},
};

enum { ANYWHERE = INF_IN_QUERY | INF_IN_BODY };

static const struct inf_param all_params[] = {
    {.name = "id", .type = INF_P_STRING, .in = INF_IN_PATH | INF_IN_BODY},
    {.name = "number_of_allocations",
     .type = INF_P_INT,
     .in = ANYWHERE,
     .dflt = "1",
     .checks = positive},
    {.name = "threads_per_allocation",
     .type = INF_P_INT,
     .in = ANYWHERE,
     .dflt = "1",
     .checks = threads},
    {.name = "timeout", .type = INF_P_TIME, .in = ANYWHERE, .dflt = "20s"},
    {.name = "cache_size", .type = INF_P_BYTES, .in = ANYWHERE},
    {.name = "priority",
     .type = INF_P_ENUM,
     .in = ANYWHERE,
     .dflt = "normal",
     .choices = "normal|low",
     .enum_class = "org.example.Priority"},
    {.name = "force", .type = INF_P_BOOL, .in = ANYWHERE, .dflt = "false"},
    {.name = "tags", .type = INF_P_STRINGS, .in = INF_IN_BODY},
    {.name = "adaptive", .type = INF_P_OBJECT, .in = INF_IN_BODY},
    {.name = NULL},
};

static const struct inf_route routes[] = {
    {.methods = INF_GET, .path = "/", .handler = ping, .doc = "Answers."},
    {.methods = INF_HEAD, .path = "/", .handler = ping, .doc = "Answers without a body."},
    {.methods = INF_GET, .path = "/text", .handler = text, .doc = "Plain text."},
    {.methods = INF_GET, .path = "/list", .plain_text = true, .handler = list, .doc = "List."},
    {.methods = INF_GET,
     .path = "/old",
     .compatible_only = true,
     .warning = "[/old] is deprecated",
     .handler = ping,
     .doc = "Old path."},
    {.methods = INF_GET, .path = "/fail", .handler = fail, .doc = "Fails with 429."},
    {.methods = INF_GET,
     .path = "/echo/{id}",
     .params = id_params,
     .body = INF_BODY_OPTIONAL,
     .parser = "echo",
     .handler = echo,
     .doc = "Echo."},
    {.methods = INF_POST,
     .path = "/echo/{id}",
     .params = id_params,
     .body = INF_BODY_REQUIRED,
     .parser = "echo",
     .empty_body = "requires body",
     .handler = echo,
     .doc = "Echo.",
     .warning = "this \"echo\" is deprecated"},
    {.methods = INF_GET,
     .path = "/sleep",
     .params = sleep_params,
     .handler = sleep_route,
     .doc = "Answers later."},
    {.methods = INF_POST,
     .path = "/sleep",
     .params = sleep_params,
     .body = INF_BODY_OPTIONAL,
     .parser = "sleep",
     .handler = sleep_route,
     .doc = "Answers later."},
    {.methods = INF_GET,
     .path = "/big",
     .params = big_params,
     .handler = big,
     .doc = "Long answer."},
    {.methods = INF_PUT,
     .path = "/stream",
     .params = stream_params,
     .body = INF_BODY_STREAM,
     .on_open = stream_open,
     .on_data = stream_data,
     .handler = stream_end,
     .doc = "Counts."},
    {.methods = INF_POST,
     .path = "/params/{id}",
     .params = all_params,
     .body = INF_BODY_OPTIONAL,
     .parser = "params",
     .validate = validate_params,
     .handler = params,
     .doc = "Every kind."},
    {.methods = INF_POST,
     .path = "/stop/{id}",
     .params = all_params,
     .body = INF_BODY_OPTIONAL,
     .parser = "stop",
     .body_replaces_query = true,
     .handler = params,
     .doc = "Body or query."},
    {.path = NULL},
};

/* ---- the program ---- */

static void on_drained(void *arg)
{
    struct tool *tool = arg;
    inf_server_stop(tool->server);
    uv_close((uv_handle_t *)&tool->terminate, NULL);
}

static void on_terminate(uv_signal_t *signal, int number)
{
    struct tool *tool = signal->data;
    (void)number;
    uv_signal_stop(signal);
    inf_server_drain(tool->server, tool->drain_ms, on_drained, tool);
}

int main(int argc, char **argv)
{
    static struct tool tool;
    for (int i = 1; i < argc; i++) {
        if (read_setting(argv[i]) != 0) {
            fprintf(stderr, "tool_http: bad argument %s\n", argv[i]);
            return 2;
        }
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, SIG_IGN);
    uv_loop_init(&tool.loop);
    uv_signal_init(&tool.loop, &tool.terminate);
    tool.terminate.data = &tool;
    tool.drain_ms = setting("drain_ms");
    struct inf_server_options options = {
        .loop = &tool.loop,
        .host = "127.0.0.1",
        .port = (uint16_t)setting("port"),
        .routes = routes,
        .context = &tool,
        .version = "9.2.0",
        .build_hash = "abc",
        .max_content_length = setting("max_content_length"),
        .max_header_size = setting("max_header_size"),
        .max_connections = (int)setting("max_connections"),
        .max_connections_per_address = (int)setting("per_address"),
        .header_timeout_ms = setting("header_ms"),
        .body_timeout_ms = setting("body_ms"),
        .idle_timeout_ms = setting("idle_ms"),
    };
    struct inf_error err;
    if (inf_server_start(&options, &tool.server, &err) != 0) {
        fprintf(stderr, "tool_http: %s\n", err.reason);
        return 1;
    }
    uv_signal_start(&tool.terminate, on_terminate, SIGTERM);
    printf("port %u\n", inf_server_port(tool.server));
    uv_run(&tool.loop, UV_RUN_DEFAULT);
    return uv_loop_close(&tool.loop) == 0 ? 0 : 3;
}
