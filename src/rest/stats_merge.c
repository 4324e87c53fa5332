/* stats_merge.c - entries of several nodes about one deployment become one.
 *
 * What becomes of a field is in tables, in the order in which the fields are written. Every rule
 * gets the same object of each node; those of nodes that run a part of the deployment come first,
 * so what cannot be added up is told by one of these. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "stats_merge.h"

#include "inferd/alloc.h"
#include "sum_tree.h"
#include <stdlib.h>
#include <string.h>

/* The same object of several nodes. */
struct objects {
    const struct cJSON **items;
    size_t count;
};

struct rule {
    const char *key;
    void (*write)(const struct objects *objects, const struct rule *rule, struct inf_jsonw *w);
    const struct rule *rules; /* of a nested object */
};

static void write_rows(const struct rule *rules, const struct objects *objects, struct inf_jsonw *w)
{
    for (; rules->key != NULL; rules++)
        rules->write(objects, rules, w);
}

/* The members of that name; the caller frees items. */
static struct objects members(const struct objects *objects, const char *key)
{
    struct objects found = {.items = inf_alloc(objects->count + 1, sizeof *found.items)};

    for (size_t i = 0; i < objects->count; i++) {
        const struct cJSON *value = inf_json_get(objects->items[i], key);

        if (value != NULL)
            found.items[found.count++] = value;
    }
    return found;
}

/* ---- rules ---- */

static void write_value(const struct rule *rule, const struct cJSON *value, struct inf_jsonw *w)
{
    if (value == NULL)
        return;
    inf_jsonw_key(w, rule->key);
    inf_jsonw_value(w, value);
}

/* Of the first node, even if it is nothing. */
static void own(const struct objects *objects, const struct rule *rule, struct inf_jsonw *w)
{
    if (objects->count > 0)
        write_value(rule, inf_json_get(objects->items[0], rule->key), w);
}

static void first(const struct objects *objects, const struct rule *rule, struct inf_jsonw *w)
{
    struct objects values = members(objects, rule->key);

    if (values.count > 0)
        write_value(rule, values.items[0], w);
    free(values.items);
}

static void sum(const struct objects *objects, const struct rule *rule, struct inf_jsonw *w)
{
    struct objects values = members(objects, rule->key);

    if (values.count > 0) {
        inf_jsonw_key(w, rule->key);
        inf_sum_tree(values.items, values.count, w);
    }
    free(values.items);
}

static const struct cJSON *extreme(const struct objects *objects, const char *key, int sign)
{
    const struct cJSON *best = NULL;

    for (size_t i = 0; i < objects->count; i++) {
        const struct cJSON *value = inf_json_get(objects->items[i], key);

        if (inf_json_is_number(value) &&
            (best == NULL || (inf_json_double(value) - inf_json_double(best)) * sign > 0))
            best = value;
    }
    return best;
}

static void most(const struct objects *objects, const struct rule *rule, struct inf_jsonw *w)
{
    write_value(rule, extreme(objects, rule->key, 1), w);
}

static void least(const struct objects *objects, const struct rule *rule, struct inf_jsonw *w)
{
    write_value(rule, extreme(objects, rule->key, -1), w);
}

static void nested(const struct objects *objects, const struct rule *rule, struct inf_jsonw *w)
{
    struct objects values = members(objects, rule->key);

    if (values.count > 0) {
        inf_jsonw_key(w, rule->key);
        inf_jsonw_begin_object(w);
        write_rows(rule->rules, &values, w);
        inf_jsonw_end_object(w);
    }
    free(values.items);
}

/* ---- the state of a deployment ---- */

static bool has_route(const struct cJSON *deployment)
{
    return inf_json_first(inf_json_get(deployment, "nodes")) != NULL &&
           inf_json_is_string(inf_json_get(deployment, "state"));
}

/* Those who have a part of it say how it is; if there are none, all. Elasticsearch's order: one
 * node that has started is enough. */
static const struct cJSON *telling(const struct objects *objects)
{
    static const char *const states[] = {"stopping", "started", "starting", "failed"};
    bool routed = objects->count > 0 && has_route(objects->items[0]);

    for (size_t s = 0; s < sizeof states / sizeof states[0]; s++)
        for (size_t i = 0; i < objects->count; i++) {
            const char *state = inf_json_string(inf_json_get(objects->items[i], "state"));

            if (state != NULL && strcmp(state, states[s]) == 0 &&
                has_route(objects->items[i]) == routed)
                return objects->items[i];
        }
    return NULL;
}

static const char *state_of(const struct objects *objects)
{
    const char *state = inf_json_string(inf_json_get(telling(objects), "state"));

    return state != NULL ? state : "failed"; /* nobody knows: its node does not answer */
}

static void write_state(const struct objects *objects, const struct rule *rule, struct inf_jsonw *w)
{
    const struct cJSON *reason = inf_json_get(telling(objects), "reason");

    inf_jsonw_kv_string(w, rule->key, state_of(objects));
    if (reason != NULL) {
        inf_jsonw_key(w, "reason");
        inf_jsonw_value(w, reason);
    }
}

/* Of the node that has the longest way to go. */
static void write_progress(const struct objects *objects, const struct rule *rule,
                           struct inf_jsonw *w)
{
    struct objects values = members(objects, rule->key);
    const struct cJSON *fraction = extreme(&values, "fraction", -1);

    for (size_t i = 0; i < values.count && strcmp(state_of(objects), "starting") == 0; i++)
        if (fraction != NULL && inf_json_get(values.items[i], "fraction") == fraction) {
            write_value(rule, values.items[i], w);
            break;
        }
    free(values.items);
}

/* ---- the nodes ---- */

static const char *node_id(const struct cJSON *node)
{
    const struct cJSON *inner = inf_json_first(inf_json_get(node, "node"));

    return inner != NULL && inf_json_key(inner) != NULL ? inf_json_key(inner) : "";
}

static int compare_nodes(const void *a, const void *b)
{
    return strcmp(node_id(*(const struct cJSON *const *)a),
                  node_id(*(const struct cJSON *const *)b));
}

/* All of all nodes; the caller frees items. */
static struct objects all_nodes(const struct objects *objects)
{
    struct objects lists = members(objects, "nodes"), nodes = {0};
    size_t size = 0;

    for (size_t i = 0; i < lists.count; i++)
        size += inf_json_size(lists.items[i]);
    nodes.items = inf_alloc(size + 1, sizeof *nodes.items);
    for (size_t i = 0; i < lists.count; i++)
        for (const struct cJSON *node = inf_json_first(lists.items[i]); node != NULL;
             node = inf_json_next(node))
            nodes.items[nodes.count++] = node;
    qsort(nodes.items, nodes.count, sizeof *nodes.items, compare_nodes);
    free(lists.items);
    return nodes;
}

static void write_nodes(const struct objects *objects, const struct rule *rule, struct inf_jsonw *w)
{
    struct objects nodes = all_nodes(objects);

    inf_jsonw_key(w, rule->key);
    inf_jsonw_begin_array(w);
    for (size_t i = 0; i < nodes.count; i++)
        inf_jsonw_value(w, nodes.items[i]);
    inf_jsonw_end_array(w);
    free(nodes.items);
}

/* By what the nodes say of themselves, since that is the newest. */
static void write_status(const struct objects *objects, const struct rule *rule,
                         struct inf_jsonw *w)
{
    const struct cJSON *status = inf_json_get(telling(objects), rule->key);
    struct objects nodes = all_nodes(objects);
    int64_t count = 0, target = 0, value;

    for (size_t i = 0; i < nodes.count; i++)
        if (inf_sum_int(inf_json_get(nodes.items[i], "number_of_allocations"), &value))
            count += value > 0 && value < INT32_MAX ? value : 0;
    free(nodes.items);
    if (!inf_sum_int(inf_json_get(status, "target_allocation_count"), &target))
        return; /* there is none of what is about to end */
    inf_jsonw_key(w, rule->key);
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_int(w, "allocation_count", count);
    inf_jsonw_kv_int(w, "target_allocation_count", target);
    inf_jsonw_kv_string(w, "state",
                        count >= target ? "fully_allocated" : (count > 0 ? "started" : "starting"));
    inf_jsonw_end_object(w);
}

/* ---- the tables ---- */

#define END              \
    {                    \
        NULL, NULL, NULL \
    }

static const struct rule queue_rules[] = {
    {"waiting_documents", sum, NULL},
    {"waiting_clients", sum, NULL},
    {"estimated_wait_ms", most, NULL},
    {"rejected_for_timeout_count", sum, NULL},
    {"gave_way_count", sum, NULL},
    {"client_left_count", sum, NULL},
    {"dropped_before_inference_count", sum, NULL},
    {"inference_in_vain_count", sum, NULL},
    END,
};

static const struct rule batch_rules[] = {
    {"state", own, NULL},
    {"reason", own, NULL},
    {"largest_difference", most, NULL},
    {"trial", own, NULL},
    {"batch_count", sum, NULL},
    {"document_count", sum, NULL},
    END,
};

static const struct rule check_rules[] = {
    {"compared", sum, NULL},
    {"differed", sum, NULL},
    {"skipped", sum, NULL},
    {"failed", sum, NULL},
    {"worst_cosine", least, NULL},
    {"largest_difference", most, NULL},
    END,
};

static const struct rule deployment_rules[] = {
    {"deployment_id", first, NULL},
    {"model_id", first, NULL},
    {"threads_per_allocation", first, NULL},
    {"number_of_allocations", first, NULL},
    {"adaptive_allocations", first, NULL},
    {"queue_capacity", first, NULL},
    {"state", write_state, NULL},
    {"allocation_status", write_status, NULL},
    {"start_progress", write_progress, NULL},
    {"cache_size", first, NULL},
    {"priority", first, NULL},
    {"start_time", first, NULL},
    {"start_time_string", first, NULL},
    {"error_count", sum, NULL},
    {"rejected_execution_count", sum, NULL},
    {"timeout_count", sum, NULL},
    {"inference_count", sum, NULL},
    {"peak_throughput_per_minute", sum, NULL},
    {"queue_stats", nested, queue_rules},
    {"batch_stats", nested, batch_rules},
    {"encoder", first, NULL},
    {"self_check", nested, check_rules},
    {"nodes", write_nodes, NULL},
    END,
};

static const struct rule inference_rules[] = {
    {"failure_count", sum, NULL},
    {"inference_count", sum, NULL},
    {"cache_miss_count", sum, NULL},
    {"missing_all_fields_count", sum, NULL},
    {"timestamp", most, NULL},
    {"timestamp_string", own, NULL},
    END,
};

static const struct rule size_rules[] = {
    {"model_size_stats", first, NULL}, {"pipeline_count", most, NULL}, END};
static const struct rule ingest_rules[] = {{"ingest", sum, NULL}, END};
static const struct rule own_rules[] = {{"inference_stats", nested, inference_rules},
                                        {"deployment_stats", nested, deployment_rules},
                                        END};

/* ---- the entries ---- */

struct part {
    const char *model_id, *deployment_id; /* "": the node knows of no deployment */
    bool routed;
    size_t list;
    const struct cJSON *entry;
};

static int compare_parts(const void *a, const void *b)
{
    const struct part *one = a, *other = b;
    int order = strcmp(one->model_id, other->model_id);

    if (order == 0)
        order = strcmp(one->deployment_id, other->deployment_id);
    if (order == 0)
        order = (int)other->routed - (int)one->routed;
    if (order == 0)
        order = one->list < other->list ? -1 : one->list > other->list;
    return order;
}

static struct part part_of(const struct cJSON *entry, size_t list)
{
    const struct cJSON *deployment = inf_json_get(entry, "deployment_stats");
    const char *deployment_id = inf_json_string(inf_json_get(deployment, "deployment_id"));

    return (struct part){.model_id = inf_json_string(inf_json_get(entry, "model_id")),
                         .deployment_id = deployment_id != NULL ? deployment_id : "",
                         .routed = has_route(deployment),
                         .list = list,
                         .entry = entry};
}

static struct part *collect(const struct cJSON *const *lists, size_t count, size_t *ret_count)
{
    struct part *parts;
    size_t size = 0, used = 0;

    for (size_t i = 0; i < count; i++)
        size += inf_json_size(lists[i]);
    parts = inf_alloc(size + 1, sizeof *parts);
    for (size_t i = 0; i < count; i++)
        for (const struct cJSON *entry = inf_json_first(lists[i]); entry != NULL;
             entry = inf_json_next(entry)) {
            parts[used] = part_of(entry, i);
            used += parts[used].model_id != NULL;
        }
    qsort(parts, used, sizeof *parts, compare_parts);
    *ret_count = used;
    return parts;
}

static void take(struct objects *objects, const struct part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        objects->items[objects->count++] = parts[i].entry;
}

/* Each entry of a node's repeats what is true of the model there: one of each node is enough. */
static void take_one_a_list(struct objects *objects, const struct part *parts, size_t count,
                            size_t lists)
{
    bool *seen = inf_alloc(lists + 1, sizeof *seen);

    for (size_t i = 0; i < count; i++) {
        if (!seen[parts[i].list])
            take(objects, &parts[i], 1);
        seen[parts[i].list] = true;
    }
    free(seen);
}

/* all: of the model; mine: of the deployment among them. */
static void write_entry(const struct part *all, size_t all_count, const struct part *mine,
                        size_t mine_count, size_t lists, struct inf_jsonw *w)
{
    struct objects objects = {.items = inf_alloc(all_count + mine_count, sizeof *objects.items)};

    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "model_id", mine->model_id);
    take(&objects, mine, mine_count);
    take(&objects, all, all_count);
    write_rows(size_rules, &objects, w);
    objects.count = 0;
    take_one_a_list(&objects, all, all_count, lists);
    write_rows(ingest_rules, &objects, w);
    objects.count = 0;
    take(&objects, mine, mine_count);
    write_rows(own_rules, &objects, w);
    inf_jsonw_end_object(w);
    free(objects.items);
}

static size_t count_same(const struct part *parts, size_t count, bool deployment)
{
    size_t same = 1;

    while (same < count && strcmp(parts[same].model_id, parts->model_id) == 0 &&
           (!deployment || strcmp(parts[same].deployment_id, parts->deployment_id) == 0))
        same++;
    return same;
}

void inf_stats_merge(const struct cJSON *const *lists, size_t count, struct inf_jsonw *w)
{
    size_t parts_count, of_model, of_deployment;
    struct part *parts = collect(lists, count, &parts_count);

    inf_jsonw_begin_array(w);
    for (size_t i = 0; i < parts_count; i += of_model) {
        of_model = count_same(parts + i, parts_count - i, false);
        for (size_t j = i; j < i + of_model; j += of_deployment) {
            of_deployment = count_same(parts + j, i + of_model - j, true);
            if (parts[j].deployment_id[0] != '\0' || of_deployment == of_model)
                write_entry(parts + i, of_model, parts + j, of_deployment, count, w);
        }
    }
    inf_jsonw_end_array(w);
    free(parts);
}
