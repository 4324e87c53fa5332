/* rest_model_get.c - GET models: by id, alias, wildcard, tag and page. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "alias_list.h"
#include "inferd/alloc.h"
#include "inferd/vetting.h"
#include "model_config.h"
#include "page.h"
#include "reply.h"
#include "rest_handlers.h"
#include <stdlib.h>
#include <string.h>

#define VETTING "vetting"

struct get {
    const struct inf_app *app;
    const struct inf_model *model; /* being written */
    const char *problem;           /* why there is no report; or NULL */
    struct inf_comma_list ids, tags, include;
    struct inf_alias_list aliases;
    struct inf_page page;
    struct inf_model_view view;
};

static int parse_include(struct get *get, struct inf_error *err)
{
    static const char *const valid[] = {
        "definition",      "definition_status",        "feature_importance_baseline",
        "hyperparameters", "total_feature_importance", VETTING};
    const size_t valid_count = sizeof valid / sizeof valid[0];
    struct inf_buf unknown;
    int rc = 0;

    inf_buf_init(&unknown, INF_RESPONSE_MAX);
    for (size_t i = 0; i < get->include.count; i++) {
        size_t known = 0;

        while (known < valid_count && strcmp(get->include.items[i], valid[known]) != 0)
            known++;
        if (known == valid_count)
            inf_buf_printf(&unknown, "%s%s", unknown.length > 0 ? ", " : "", get->include.items[i]);
    }
    if (unknown.length > 0)
        rc = inf_error_set(
            err, INF_ERR_ILLEGAL_ARGUMENT,
            "unknown [include] parameters [%s]. Valid options are [%s, %s, %s, %s, %s, %s]",
            unknown.data, valid[0], valid[1], valid[2], valid[3], valid[4], valid[5]);
    inf_buf_free(&unknown);
    return rc;
}

static bool visit_tag(void *arg, const char *tag)
{
    inf_comma_list_mark(arg, tag);
    return true;
}

/* A model counts only when it has all the tags asked for. */
static bool has_tags(const struct inf_model *model, struct inf_comma_list *wanted)
{
    bool all = true;
    struct inf_json doc;
    struct inf_error ignored;

    if (wanted->count == 0)
        return true;
    if (inf_json_parse_own(model->config, strlen(model->config), NULL, &doc, &ignored) != 0)
        return false;
    memset(wanted->matched, 0, wanted->count * sizeof *wanted->matched);
    inf_model_config_tags(doc.root, visit_tag, wanted);
    inf_json_free(&doc);
    for (size_t i = 0; i < wanted->count; i++)
        all = all && wanted->matched[i];
    return all;
}

/* Collects the page of models; ret has room for every model of the store. */
static int select_models(struct get *get, struct inf_store *store, bool allow_no_match,
                         const struct inf_model **ret, size_t *ret_count, struct inf_error *err)
{
    *ret_count = 0;
    for (size_t i = 0; i < inf_store_model_count(store); i++) {
        const struct inf_model *model = inf_store_model_at(store, i);

        if (has_tags(model, &get->tags) &&
            inf_alias_list_matches(&get->aliases, &get->ids, model->model_id) &&
            inf_page_take(&get->page))
            ret[(*ret_count)++] = model;
    }
    if (inf_comma_list_check(&get->ids, allow_no_match, err) != 0)
        return -1;
    if (inf_comma_list_has(&get->include, "definition")) {
        if (*ret_count > 1)
            return inf_error_set(err, INF_ERR_BAD_REQUEST,
                                 "Getting model definition is not supported when getting more than "
                                 "one model");
        if (*ret_count == 1)
            return inf_error_set(err, INF_ERR_BAD_REQUEST,
                                 "[%s] is type [pytorch] and does not support retrieving the "
                                 "definition",
                                 ret[0]->model_id);
    }
    if (get->view.write_more != NULL && *ret_count > 1)
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "Getting the vetting report is not supported when getting more than "
                             "one model");
    if (get->view.definition_status && *ret_count > 1)
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "Getting the model download status is not supported when getting more "
                             "than one model");
    return 0;
}

static void write_vetting(void *arg, struct inf_jsonw *w)
{
    const struct get *get = arg;

    inf_jsonw_key(w, "vetting");
    inf_manager_write_vetting(get->app->manager, get->model, get->problem, w);
}

static int write_models(struct get *get, const struct inf_model **models, size_t count,
                        struct inf_buf *body, struct inf_error *err)
{
    struct inf_jsonw w;

    inf_jsonw_init(&w, body);
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_int(&w, "count", get->page.total);
    inf_jsonw_key(&w, "trained_model_configs");
    inf_jsonw_begin_array(&w);
    for (size_t i = 0; i < count; i++) {
        get->model = models[i];
        get->view.fully_defined = models[i]->fully_defined;
        get->view.aliases =
            inf_alias_list_of(&get->aliases, models[i]->model_id, &get->view.alias_count);
        if (inf_model_config_write(models[i]->config, &get->view, &w, err) != 0)
            return -1;
    }
    inf_jsonw_end_array(&w);
    inf_jsonw_end_object(&w);
    return 0;
}

static enum inf_outcome answer(struct inf_call *call, struct get *get, struct inf_error *err)
{
    struct inf_store *store = rest_app(call)->store;
    enum inf_outcome outcome = INF_FAILED;
    const struct inf_model **models;
    struct inf_buf body;
    size_t count;

    if (parse_include(get, err) != 0 || inf_page_init(&get->page, call, err) != 0)
        return INF_FAILED;
    get->view.definition_status = inf_comma_list_has(&get->include, "definition_status");
    if (inf_comma_list_has(&get->include, VETTING))
        get->view.write_more = write_vetting;
    models = inf_alloc(inf_store_model_count(store) + 1, sizeof *models);
    inf_buf_init(&body, INF_RESPONSE_MAX);
    if (select_models(get, store, inf_call_bool(call, "allow_no_match"), models, &count, err) ==
            0 &&
        write_models(get, models, count, &body, err) == 0)
        outcome = rest_reply(call, &body, err);
    inf_buf_free(&body);
    free(models);
    return outcome;
}

/* problem: as of inf_manager_write_vetting. */
static enum inf_outcome list(struct inf_call *call, const char *ids, const char *problem,
                             struct inf_error *err)
{
    struct get get = {.app = rest_app(call),
                      .problem = problem,
                      .view = {.human = inf_call_human(call),
                               .exclude_generated = inf_call_bool(call, "exclude_generated")}};
    enum inf_outcome outcome;

    get.view.arg = &get;
    inf_comma_list_init(&get.ids, ids);
    inf_comma_list_init(&get.tags, inf_call_str(call, "tags"));
    inf_comma_list_init(&get.include, inf_call_str(call, "include"));
    inf_comma_list_sort(&get.tags);
    inf_alias_list_init(&get.aliases, rest_app(call)->store);
    outcome = answer(call, &get, err);
    inf_comma_list_free(&get.ids);
    inf_comma_list_free(&get.tags);
    inf_comma_list_free(&get.include);
    inf_alias_list_free(&get.aliases);
    return outcome;
}

/* The report is made meanwhile if there was none; what came of it is in the answer. */
static void on_vetted(void *arg, const struct inf_error *failed)
{
    struct inf_call *call = rest_pending_call(arg);
    const char *problem = failed != NULL ? failed->reason : NULL;
    struct inf_error err;

    if (call != NULL && list(call, inf_call_str(call, "model_id"), problem, &err) == INF_FAILED)
        inf_call_fail(call, &err);
    rest_pending_end(arg);
}

static bool wants_vetting(struct inf_call *call)
{
    struct inf_comma_list include;
    bool wants;

    inf_comma_list_init(&include, inf_call_str(call, "include"));
    wants = inf_comma_list_has(&include, VETTING);
    inf_comma_list_free(&include);
    return wants;
}

enum inf_outcome rest_model_get(struct inf_call *call, struct inf_error *err)
{
    struct inf_manager *manager = rest_app(call)->manager;
    const struct inf_model *model = inf_manager_find_model(manager, inf_call_str(call, "model_id"));
    struct rest_pending *pending = NULL;

    if (model == NULL || !model->fully_defined || !wants_vetting(call))
        return list(call, inf_call_str(call, "model_id"), NULL, err);
    pending = rest_pending_new(call, NULL, NULL);
    rest_pending_begin(pending);
    inf_manager_vet(manager, model->model_id, on_vetted, pending);
    return rest_pending_outcome(pending);
}

enum inf_outcome rest_model_get_all(struct inf_call *call, struct inf_error *err)
{
    return list(call, NULL, NULL, err);
}
