/* rest_health.c - GET /_cluster/health for a cluster without shards.
 *
 * The colours are of shards; there are none, so the status is green while this node answers. How
 * deployments are is not part of it. A client can wait for nodes to come and go; when its time is
 * over, it gets Elasticsearch's 408. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/units.h"
#include "node_view.h"
#include "reply.h"
#include "rest_handlers.h"
#include <string.h>
#include <time.h>

#define HEALTH_MAX 4096
#define LOOK_MS 100
#define WAIT_MAX_MS (3600 * INT64_C(1000))

/* wait_for_nodes: "3", ">=3", "<=3", ">3", "<3", or "ge(3)" and the like, against so many. */
static int nodes_hold(const char *text, int64_t count, bool *ret, struct inf_error *err)
{
    static const struct {
        const char *prefix, *suffix;
        int least, most; /* of the difference count - n */
    } forms[] = {
        {">=", "", 0, INT32_MAX},   {"<=", "", INT32_MIN, 0},    {">", "", 1, INT32_MAX},
        {"<", "", INT32_MIN, -1},   {"ge(", ")", 0, INT32_MAX},  {"le(", ")", INT32_MIN, 0},
        {"gt(", ")", 1, INT32_MAX}, {"lt(", ")", INT32_MIN, -1}, {"", "", 0, 0}};
    size_t i = 0, prefix, suffix, length = strlen(text);
    char digits[16];
    int64_t nodes;

    for (;; i++) {
        prefix = strlen(forms[i].prefix);
        suffix = strlen(forms[i].suffix);
        if (length >= prefix + suffix && strncmp(text, forms[i].prefix, prefix) == 0 &&
            strcmp(text + length - suffix, forms[i].suffix) == 0)
            break; /* the last form takes anything */
    }
    length -= prefix + suffix;
    if (length < sizeof digits) {
        memcpy(digits, text + prefix, length);
        digits[length] = '\0';
    }
    if (length >= sizeof digits || inf_int_parse(digits, &nodes) != 0 || nodes < 0 ||
        nodes > INT32_MAX)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "Failed to parse value [%.64s] of [wait_for_nodes]", text);
    *ret = count - nodes >= forms[i].least && count - nodes <= forms[i].most;
    return 0;
}

/* No shard exists, so "all" of them and at least zero of them are active. */
static int shards_hold(const char *text, bool *ret, struct inf_error *err)
{
    int64_t shards = 0;

    if (strcmp(text, "all") != 0 && (inf_int_parse(text, &shards) != 0 || shards < 0))
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "cannot parse ActiveShardCount[%.64s]",
                             text);
    *ret = shards == 0;
    return 0;
}

static void write_health(const struct inf_call *call, bool timed_out, struct inf_jsonw *w)
{
    static const char *const zeros[] = {
        "active_primary_shards",     "active_shards",
        "relocating_shards",         "initializing_shards",
        "unassigned_shards",         "unassigned_primary_shards",
        "delayed_unassigned_shards", "number_of_pending_tasks",
        "number_of_in_flight_fetch", "task_max_waiting_in_queue_millis"};
    int64_t nodes = (int64_t)inf_nodes_count(rest_app(call));

    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "cluster_name",
                        inf_config_string(rest_app(call)->config, "cluster.name"));
    inf_jsonw_kv_string(w, "status", "green");
    inf_jsonw_kv_bool(w, "timed_out", timed_out);
    inf_jsonw_kv_int(w, "number_of_nodes", nodes);
    inf_jsonw_kv_int(w, "number_of_data_nodes", nodes);
    for (size_t i = 0; i < sizeof zeros / sizeof zeros[0]; i++)
        inf_jsonw_kv_int(w, zeros[i], 0);
    inf_jsonw_kv_double(w, "active_shards_percent_as_number", 100.0);
    if (strcmp(inf_call_str(call, "level"), "cluster") != 0) {
        inf_jsonw_key(w, "indices");
        inf_jsonw_begin_object(w);
        inf_jsonw_end_object(w);
    }
    inf_jsonw_end_object(w);
}

static void reply(struct inf_call *call, int status, bool timed_out)
{
    struct inf_jsonw w;
    struct inf_buf body;

    inf_buf_init(&body, HEALTH_MAX);
    inf_jsonw_init(&w, &body);
    write_health(call, timed_out, &w);
    inf_call_reply(call, status, &body);
}

/* What the call waits for; the shards, of which there are none, never change. */
static int holds(const struct inf_call *call, bool *ret, struct inf_error *err)
{
    const char *nodes = inf_call_str(call, "wait_for_nodes");
    bool enough_nodes = true, enough_shards = true;

    if (nodes != NULL &&
        nodes_hold(nodes, (int64_t)inf_nodes_count(rest_app(call)), &enough_nodes, err) != 0)
        return -1;
    if (shards_hold(inf_call_str(call, "wait_for_active_shards"), &enough_shards, err) != 0)
        return -1;
    *ret = enough_nodes && enough_shards;
    return 0;
}

static int64_t left_ms(const struct inf_call *call)
{
    int64_t timeout_ms = inf_call_int(call, "timeout");
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (timeout_ms < 0 || timeout_ms > WAIT_MAX_MS)
        timeout_ms = WAIT_MAX_MS;
    return timeout_ms - ((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 -
                         (int64_t)(inf_call_arrival_ns(call) / 1000000));
}

static void wait_on(struct inf_call *call);

/* Nodes come and go without a word to the calls, which therefore look now and then. */
static void on_look(struct inf_call *call)
{
    struct inf_error ignored;
    bool held = false;

    if (holds(call, &held, &ignored) == 0 && held)
        reply(call, 200, false);
    else if (left_ms(call) <= 0)
        reply(call, inf_err_status(INF_ERR_TIMEOUT), true);
    else
        wait_on(call);
}

static void wait_on(struct inf_call *call)
{
    int64_t left = left_ms(call);

    inf_call_wait(call, left < LOOK_MS ? left : LOOK_MS, on_look);
}

enum inf_outcome rest_health_get(struct inf_call *call, struct inf_error *err)
{
    bool held;

    if (holds(call, &held, err) != 0)
        return INF_FAILED;
    if (held) {
        reply(call, 200, false);
        return INF_REPLIED;
    }
    wait_on(call);
    return INF_LATER;
}
