/* rest_stats.c - GET _stats: one entry for each deployment, one for each model without any.
 *
 * An id may name a model or a deployment; a deployment is shown when its own id or its model's was
 * asked for. The page and the count are of models, as in Elasticsearch. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "comma_list.h"
#include "model_config.h"
#include "page.h"
#include "reply.h"
#include "rest_handlers.h"
#include <string.h>

struct stats {
    const struct inf_app *app;
    struct inf_comma_list ids;
    struct inf_page page;
    bool human;
    struct inf_jsonw w;
};

/* The deployments of a model that were asked for, by turns. NULL: no more. */
static const struct inf_deployment *next_deployment(struct stats *stats, const char *model_id,
                                                    bool whole_model, size_t *at)
{
    const struct inf_manager *manager = stats->app->manager;

    while (*at < inf_manager_deployment_count(manager)) {
        const struct inf_deployment *deployment = inf_manager_deployment_at(manager, (*at)++);

        if (strcmp(inf_deployment_model_id(deployment), model_id) != 0)
            continue;
        if (inf_comma_list_matches(&stats->ids, inf_deployment_id(deployment)) || whole_model)
            return deployment;
    }
    return NULL;
}

/* The model's own need, and for several deployments that of all their allocations. */
static int64_t memory_bytes(const struct stats *stats, const struct inf_model *model)
{
    const struct inf_manager *manager = stats->app->manager;
    int64_t per_deployment = 0, per_allocation = 0;
    int count = 0;
    struct inf_json config;
    struct inf_error ignored;

    if (model->total_length == 0)
        return 0;
    for (size_t i = 0; i < inf_manager_deployment_count(manager); i++) {
        const struct inf_deployment *deployment = inf_manager_deployment_at(manager, i);

        if (strcmp(inf_deployment_model_id(deployment), model->model_id) == 0)
            count += inf_deployment_number_of_allocations(deployment);
    }
    if (inf_json_parse(model->config, strlen(model->config), NULL, &config, &ignored) == 0) {
        per_deployment = inf_metadata_bytes(config.root, "per_deployment_memory_bytes");
        per_allocation = inf_metadata_bytes(config.root, "per_allocation_memory_bytes");
        inf_json_free(&config);
    }
    return inf_memory_estimate(model->model_id, model->total_length, per_deployment, per_allocation,
                               count > 0 ? count : 1);
}

static void write_entry(struct stats *stats, const struct inf_model *model, int64_t memory,
                        const struct inf_deployment *deployment)
{
    struct inf_jsonw *w = &stats->w;

    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "model_id", model->model_id);
    inf_jsonw_key(w, "model_size_stats");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_int(w, "model_size_bytes", model->total_length);
    inf_jsonw_kv_int(w, "required_native_memory_bytes", memory);
    inf_jsonw_end_object(w);
    inf_jsonw_kv_int(w, "pipeline_count", 0);
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
    bool whole_model = inf_comma_list_matches(&stats->ids, model->model_id);
    size_t at = 0;
    const struct inf_deployment *deployment =
        next_deployment(stats, model->model_id, whole_model, &at);
    bool shown;
    int64_t memory;

    if (!whole_model && deployment == NULL)
        return;
    shown = inf_page_take(&stats->page);
    memory = shown ? memory_bytes(stats, model) : 0;
    /* Off the page the loop only lets the ids match, so that none of them counts as missing. */
    do {
        if (shown)
            write_entry(stats, model, memory, deployment);
        deployment = next_deployment(stats, model->model_id, whole_model, &at);
    } while (deployment != NULL);
}

static enum inf_outcome answer(struct inf_call *call, struct stats *stats, struct inf_error *err)
{
    const struct inf_store *store = stats->app->store;
    enum inf_outcome outcome = INF_FAILED;
    struct inf_buf entries, body;

    inf_buf_init(&entries, INF_RESPONSE_MAX);
    inf_buf_init(&body, INF_RESPONSE_MAX);
    inf_jsonw_init(&stats->w, &entries);
    inf_jsonw_begin_array(&stats->w);
    for (size_t i = 0; i < inf_store_model_count(store); i++)
        write_model(stats, inf_store_model_at(store, i));
    inf_jsonw_end_array(&stats->w);
    if (inf_comma_list_check(&stats->ids, inf_call_bool(call, "allow_no_match"), err) == 0) {
        /* The count stands before the entries and is known after them. */
        inf_jsonw_init(&stats->w, &body);
        inf_jsonw_begin_object(&stats->w);
        inf_jsonw_kv_int(&stats->w, "count", stats->page.total);
        inf_jsonw_key(&stats->w, "trained_model_stats");
        inf_jsonw_raw(&stats->w, entries.data, entries.length);
        inf_jsonw_end_object(&stats->w);
        body.failed = body.failed || entries.failed;
        outcome = rest_reply(call, &body, err);
    }
    inf_buf_free(&entries);
    inf_buf_free(&body);
    return outcome;
}

static enum inf_outcome list(struct inf_call *call, const char *ids, struct inf_error *err)
{
    struct stats stats = {.app = rest_app(call), .human = inf_call_human(call)};
    enum inf_outcome outcome;

    if (inf_page_init(&stats.page, call, err) != 0)
        return INF_FAILED;
    inf_comma_list_init(&stats.ids, ids);
    outcome = answer(call, &stats, err);
    inf_comma_list_free(&stats.ids);
    return outcome;
}

enum inf_outcome rest_stats_get(struct inf_call *call, struct inf_error *err)
{
    return list(call, inf_call_str(call, "model_id"), err);
}

enum inf_outcome rest_stats_get_all(struct inf_call *call, struct inf_error *err)
{
    return list(call, NULL, err);
}
