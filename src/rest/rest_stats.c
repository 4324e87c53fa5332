/* rest_stats.c - GET _stats: one entry for each deployment, one for each model without any.
 *
 * In a cluster each node says what it has of them, and stats_merge.c makes one list of that.
 * An id may name a model, an alias or a deployment; a deployment is shown when its own id or its
 * model was asked for. The page and the count are of models, as in Elasticsearch. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "alias_list.h"
#include "gather.h"
#include "inferd/alloc.h"
#include "page.h"
#include "references.h"
#include "reply.h"
#include "rest_handlers.h"
#include "silent_routes.h"
#include "stats_merge.h"
#include <stdlib.h>
#include <string.h>

struct stats {
    const struct inf_app *app;
    struct inf_comma_list ids;
    struct inf_alias_list aliases;
    struct inf_page page;
    bool human;
    /* By model, as the store has its models, and by id; `next` is the first of the models to come.
     */
    const struct inf_deployment **deployments;
    size_t count, next;
    const struct inf_gathered *others;
    struct inf_jsonw w, silent; /* entries; and those of routes to nodes that did not answer */
};

/* ---- the deployments ---- */

static int compare(const void *a, const void *b)
{
    const struct inf_deployment *one = *(const struct inf_deployment *const *)a;
    const struct inf_deployment *other = *(const struct inf_deployment *const *)b;
    int order = strcmp(inf_deployment_model_id(one), inf_deployment_model_id(other));

    return order != 0 ? order : strcmp(inf_deployment_id(one), inf_deployment_id(other));
}

static void collect(struct stats *stats)
{
    const struct inf_manager *manager = stats->app->manager;

    stats->count = inf_manager_deployment_count(manager);
    stats->deployments = inf_alloc(stats->count + 1, sizeof *stats->deployments);
    for (size_t i = 0; i < stats->count; i++)
        stats->deployments[i] = inf_manager_deployment_at(manager, i);
    qsort(stats->deployments, stats->count, sizeof *stats->deployments, compare);
}

/* The model's deployments that were asked for, moved to the front of all its deployments, which
 * begin at *ret_first; their number. */
static size_t take_deployments(struct stats *stats, const char *model_id, bool whole_model,
                               size_t *ret_first)
{
    size_t taken = 0;

    while (stats->next < stats->count &&
           strcmp(inf_deployment_model_id(stats->deployments[stats->next]), model_id) < 0)
        stats->next++;
    *ret_first = stats->next;
    for (; stats->next < stats->count; stats->next++) {
        const struct inf_deployment *deployment = stats->deployments[stats->next];

        if (strcmp(inf_deployment_model_id(deployment), model_id) != 0)
            break;
        if (inf_comma_list_matches(&stats->ids, inf_deployment_id(deployment)) || whole_model)
            stats->deployments[*ret_first + taken++] = deployment;
    }
    return taken;
}

/* ---- the entries ---- */

/* What pipelines have done with the model, if there are any. */
static void write_pipelines(const struct stats *stats, const struct inf_model *model,
                            struct inf_jsonw *w)
{
    const char **names = rest_references_names(stats->app, model->model_id);
    int count = inf_ingest_users(stats->app->ingest, names);

    inf_jsonw_kv_int(w, "pipeline_count", count);
    if (count > 0) {
        inf_jsonw_key(w, "ingest");
        inf_ingest_write_counts(stats->app->ingest, names, w);
    }
    free(names);
}

static void write_entry(struct stats *stats, const struct inf_model *model,
                        const struct inf_deployment *deployment)
{
    struct inf_jsonw *w = &stats->w;

    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "model_id", model->model_id);
    inf_jsonw_key(w, "model_size_stats");
    inf_manager_write_model_size(stats->app->manager, model, stats->human, w);
    write_pipelines(stats, model, w);
    if (deployment != NULL) {
        inf_jsonw_key(w, "inference_stats");
        inf_deployment_write_inference_stats(deployment, w);
        inf_jsonw_key(w, "deployment_stats");
        inf_deployment_write_stats(deployment, stats->human, w);
    }
    inf_jsonw_end_object(w);
}

static void write_model(struct stats *stats, const struct inf_model *model)
{
    bool whole_model = inf_alias_list_matches(&stats->aliases, &stats->ids, model->model_id);
    size_t first = 0, count = take_deployments(stats, model->model_id, whole_model, &first);

    if ((!whole_model && count == 0) || !inf_page_take(&stats->page))
        return;
    if (count == 0)
        write_entry(stats, model, NULL);
    for (size_t i = 0; i < count; i++) {
        write_entry(stats, model, stats->deployments[first + i]);
        inf_silent_routes_write(stats->others, model->model_id,
                                inf_deployment_id(stats->deployments[first + i]), &stats->silent);
    }
}

/* ---- one list of all nodes ---- */

/* What this node says, and what is said of silent ones. */
struct texts {
    struct inf_buf entries, silent;
};

static int parse(const struct inf_buf *text, struct inf_json *ret, struct inf_error *err)
{
    if (text->failed)
        return inf_error_set(err, INF_ERR_CONTENT_TOO_LONG, "the answer is longer than [%zu] bytes",
                             text->max);
    return inf_json_parse_own(text->data, text->length, NULL, ret, err);
}

static int merge(const struct stats *stats, const struct texts *texts, struct inf_jsonw *w,
                 struct inf_error *err)
{
    const struct inf_gathered *others = stats->others;
    const struct cJSON **lists = inf_alloc(others->count + 2, sizeof *lists);
    struct inf_json own = {0}, silent = {0};
    int rc = parse(&texts->entries, &own, err);

    if (rc == 0)
        rc = parse(&texts->silent, &silent, err);
    if (rc == 0) {
        lists[0] = own.root;
        lists[1] = silent.root;
        for (size_t i = 0; i < others->count; i++)
            lists[i + 2] = rest_gathered_get(&others->nodes[i], "trained_model_stats");
        inf_stats_merge(lists, others->count + 2, w);
    }
    inf_json_free(&own);
    inf_json_free(&silent);
    free(lists);
    return rc;
}

/* ---- the answer ---- */

/* The count stands before the entries and is known after them. */
static enum inf_outcome reply(struct inf_call *call, struct stats *stats, struct texts *texts,
                              struct inf_error *err)
{
    struct inf_buf body;
    int rc = 0;

    if (texts->entries.failed)
        return rest_reply(call, &texts->entries, err);
    inf_buf_init(&body, INF_RESPONSE_MAX);
    inf_jsonw_init(&stats->w, &body);
    inf_jsonw_begin_object(&stats->w);
    inf_jsonw_kv_int(&stats->w, "count", stats->page.total);
    inf_jsonw_key(&stats->w, "trained_model_stats");
    if (stats->others->count > 0)
        rc = merge(stats, texts, &stats->w, err);
    else
        inf_jsonw_raw(&stats->w, texts->entries.data, texts->entries.length);
    inf_jsonw_end_object(&stats->w);
    if (rc == 0)
        return rest_reply(call, &body, err);
    inf_buf_free(&body);
    return INF_FAILED;
}

static void write_models(struct stats *stats, struct texts *ret)
{
    const struct inf_store *store = stats->app->store;

    inf_buf_init(&ret->entries, INF_RESPONSE_MAX);
    inf_buf_init(&ret->silent, INF_RESPONSE_MAX);
    inf_jsonw_init(&stats->w, &ret->entries);
    inf_jsonw_init(&stats->silent, &ret->silent);
    inf_jsonw_begin_array(&stats->w);
    inf_jsonw_begin_array(&stats->silent);
    for (size_t i = 0; i < inf_store_model_count(store); i++)
        write_model(stats, inf_store_model_at(store, i));
    inf_jsonw_end_array(&stats->w);
    inf_jsonw_end_array(&stats->silent);
}

static enum inf_outcome list(struct inf_call *call, struct stats *stats, struct inf_error *err)
{
    enum inf_outcome outcome = INF_FAILED;
    struct texts texts;

    write_models(stats, &texts);
    if (inf_comma_list_check(&stats->ids, inf_call_bool(call, "allow_no_match"), err) == 0)
        outcome = reply(call, stats, &texts, err);
    inf_buf_free(&texts.entries);
    inf_buf_free(&texts.silent);
    return outcome;
}

static enum inf_outcome answer(struct inf_call *call, const struct inf_gathered *others,
                               struct inf_error *err)
{
    struct stats stats = {.app = rest_app(call), .human = inf_call_human(call), .others = others};
    enum inf_outcome outcome;

    if (inf_page_init(&stats.page, call, err) != 0)
        return INF_FAILED;
    inf_comma_list_init(&stats.ids, inf_call_path_value(call, "model_id"));
    inf_alias_list_init(&stats.aliases, stats.app->store);
    collect(&stats);
    outcome = list(call, &stats, err);
    free(stats.deployments);
    inf_alias_list_free(&stats.aliases);
    inf_comma_list_free(&stats.ids);
    return outcome;
}

/* What is missing here is this node's to complain of. The others are asked by the path of now: the
 * old one is for clients of version 8 only. */
static void print_target(struct inf_call *call, struct inf_buf *out)
{
    static const char old[] = "/_ml/inference";
    const char *path = inf_call_path(call);

    if (strncmp(path, old, sizeof old - 1) == 0) {
        inf_buf_puts(out, "/_ml/trained_models");
        path += sizeof old - 1;
    }
    inf_buf_printf(out, "%s?from=%lld&size=%lld&human=%s", path,
                   (long long)inf_call_int(call, "from"), (long long)inf_call_int(call, "size"),
                   inf_call_human(call) ? "true" : "false");
}

enum inf_outcome rest_stats_get(struct inf_call *call, struct inf_error *err)
{
    const struct inf_gathering gathering = {
        .timeout_ms = INF_GATHER_MS, .print_target = print_target, .answer = answer};
    struct inf_page page;

    return inf_page_init(&page, call, err) == 0 ? rest_gather(call, &gathering, err) : INF_FAILED;
}
