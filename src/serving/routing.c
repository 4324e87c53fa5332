/* routing.c - entries of nodes, from the plan's text and the nodes' words. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "routing.h"

#include "inferd/alloc.h"
#include <stdlib.h>
#include <string.h>

void inf_routing_free(struct inf_routing *routing)
{
    for (size_t i = 0; i < routing->count; i++) {
        free(routing->entries[i].node_id);
        free(routing->entries[i].reason);
    }
    free(routing->entries);
    free(routing->reason);
    *routing = (struct inf_routing){0};
}

struct inf_routing_entry *inf_routing_find(const struct inf_routing *routing, const char *node_id)
{
    for (size_t i = 0; i < routing->count; i++)
        if (strcmp(routing->entries[i].node_id, node_id) == 0)
            return &routing->entries[i];
    return NULL;
}

int inf_routing_target(const struct inf_routing *routing, const char *node_id)
{
    const struct inf_routing_entry *entry = inf_routing_find(routing, node_id);

    return entry != NULL ? entry->target : 0;
}

int inf_routing_targets(const struct inf_routing *routing)
{
    int sum = 0;

    for (size_t i = 0; i < routing->count; i++)
        sum += routing->entries[i].target;
    return sum;
}

int inf_routing_current(const struct inf_routing *routing, const char *but)
{
    int sum = 0;

    for (size_t i = 0; i < routing->count; i++)
        if (but == NULL || strcmp(routing->entries[i].node_id, but) != 0)
            sum += routing->entries[i].current;
    return sum;
}

/* ---- entries ---- */

static struct inf_routing_entry *find_or_add(struct inf_routing *routing, const char *node_id)
{
    struct inf_routing_entry *entry = inf_routing_find(routing, node_id);
    size_t i = routing->count;

    if (entry != NULL)
        return entry;
    routing->entries = inf_realloc(routing->entries, i + 1, sizeof *routing->entries);
    for (; i > 0 && strcmp(routing->entries[i - 1].node_id, node_id) > 0; i--)
        routing->entries[i] = routing->entries[i - 1];
    routing->entries[i] =
        (struct inf_routing_entry){.node_id = inf_strdup(node_id), .reason = inf_strdup("")};
    routing->count++;
    return &routing->entries[i];
}

/* Entries that say nothing any more. */
static void prune(struct inf_routing *routing)
{
    size_t kept = 0;

    for (size_t i = 0; i < routing->count; i++) {
        struct inf_routing_entry *entry = &routing->entries[i];

        if (entry->target == 0 && entry->current == 0 && !entry->failed && entry->sent == 0) {
            free(entry->node_id);
            free(entry->reason);
        } else {
            routing->entries[kept++] = *entry;
        }
    }
    routing->count = kept;
}

static int read_count(const struct cJSON *value)
{
    int64_t count = 0;
    struct inf_error ignored;

    if (inf_json_int64(value, &count, &ignored) != 0 || count < 0)
        return 0;
    return count < INT32_MAX ? (int)count : INT32_MAX;
}

/* ---- the plan ---- */

void inf_routing_take_plan(struct inf_routing *routing, const char *text)
{
    struct inf_json json = {0};
    struct inf_error ignored;
    const char *reason = NULL;

    for (size_t i = 0; i < routing->count; i++)
        routing->entries[i].target = 0;
    free(routing->reason);
    routing->reason = NULL;
    if (text != NULL && inf_json_parse_own(text, strlen(text), NULL, &json, &ignored) == 0) {
        const struct cJSON *routes = inf_json_get(json.root, "routes");

        for (const struct cJSON *one = inf_json_first(routes); one != NULL;
             one = inf_json_next(one))
            find_or_add(routing, inf_json_key(one))->target = read_count(one);
        reason = inf_json_string(inf_json_get(json.root, "reason"));
        if (reason != NULL)
            routing->reason = inf_strdup(reason);
        inf_json_free(&json);
    }
    prune(routing);
}

/* ---- the nodes' words ---- */

static int64_t read_sum(const struct cJSON *load, const char *key)
{
    int64_t sum = 0;
    struct inf_error ignored;

    return inf_json_int64(inf_json_get(load, key), &sum, &ignored) == 0 ? sum : 0;
}

bool inf_routing_take_report(struct inf_routing *routing, const char *node_id,
                             const struct cJSON *report)
{
    struct inf_routing_entry *entry =
        report != NULL ? find_or_add(routing, node_id) : inf_routing_find(routing, node_id);
    const struct cJSON *load = inf_json_get(report, "load");
    const char *reason = inf_json_string(inf_json_get(report, "reason"));
    bool failed = inf_json_true(inf_json_get(report, "failed")), differs;
    int current = read_count(inf_json_get(report, "current"));

    if (entry == NULL)
        return false;
    reason = reason != NULL ? reason : "";
    differs =
        entry->current != current || entry->failed != failed || strcmp(entry->reason, reason) != 0;
    entry->is_said = true;
    entry->current = current;
    entry->failed = failed;
    if (differs) {
        free(entry->reason);
        entry->reason = inf_strdup(reason);
    }
    entry->load = (struct inf_load){.answered = read_sum(load, "answered"),
                                    .failed = read_sum(load, "failed"),
                                    .pending = read_sum(load, "pending"),
                                    .time_ms = inf_json_double(inf_json_get(load, "time_ms"))};
    prune(routing);
    return differs;
}

void inf_routing_begin_reports(struct inf_routing *routing)
{
    for (size_t i = 0; i < routing->count; i++)
        routing->entries[i].is_said = false;
}

void inf_routing_end_reports(struct inf_routing *routing)
{
    for (size_t i = routing->count; i > 0; i--) /* backwards, since one that says nothing may go */
        if (!routing->entries[i - 1].is_said)
            inf_routing_take_report(routing, routing->entries[i - 1].node_id, NULL);
}

void inf_routing_write_report(int current, bool failed, const char *reason,
                              const struct inf_load *load, struct inf_jsonw *w)
{
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_int(w, "current", current);
    if (failed)
        inf_jsonw_kv_bool(w, "failed", true);
    if (reason[0] != '\0')
        inf_jsonw_kv_string(w, "reason", reason);
    if (load != NULL) {
        inf_jsonw_key(w, "load");
        inf_jsonw_begin_object(w);
        inf_jsonw_kv_int(w, "answered", load->answered);
        inf_jsonw_kv_int(w, "failed", load->failed);
        inf_jsonw_kv_int(w, "pending", load->pending);
        inf_jsonw_kv_double(w, "time_ms", load->time_ms);
        inf_jsonw_end_object(w);
    }
    inf_jsonw_end_object(w);
}

/* ---- requests ---- */

void inf_routing_sent(struct inf_routing *routing, const char *node_id)
{
    find_or_add(routing, node_id)->sent++;
}

void inf_routing_came_back(struct inf_routing *routing, const char *node_id)
{
    struct inf_routing_entry *entry = inf_routing_find(routing, node_id);

    if (entry == NULL)
        return;
    entry->sent--;
    prune(routing);
}
