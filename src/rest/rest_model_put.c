/* rest_model_put.c - PUT model: stores a configuration and echoes it.
 *
 * The order of the refusals is Elasticsearch's: the body as such, the numbered rules, names that
 * are taken, room for one more, and last, where it is written, whether the id is free. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "inferd/units.h"
#include "inferd/wall_clock.h"
#include "model_config.h"
#include "reply.h"
#include "rest_handlers.h"
#include <stdlib.h>
#include <string.h>

#define CONFIG_MAX \
    ((size_t)4 << 20) /* bytes of a stored configuration, all of which are in memory */

static void add_complaint(void *arg, int order, const char *text)
{
    inf_validation_add(arg, order, "%s", text);
}

static void check_rules(struct inf_call *call, struct inf_validation *validation)
{
    inf_model_config_check(inf_call_body(call), inf_call_str(call, "model_id"), add_complaint,
                           validation);
}

/* Ids, tags and deployment ids share one name space, so that each names one thing. */
struct name_check {
    const struct inf_app *app;
    const char *model_id;
    struct inf_buf taken; /* the new model's tags that are ids of models */
    bool is_tag;          /* the new model's id is a tag of another model */
};

static bool visit_new_tag(void *arg, const char *tag)
{
    struct name_check *check = arg;

    if (inf_store_model(check->app->store, tag) != NULL)
        inf_buf_printf(&check->taken, "%s%s", check->taken.length > 0 ? ", " : "", tag);
    return true;
}

static bool visit_old_tag(void *arg, const char *tag)
{
    struct name_check *check = arg;

    check->is_tag = strcmp(tag, check->model_id) == 0;
    return !check->is_tag;
}

static bool is_tag_of_a_model(struct name_check *check)
{
    struct inf_store *store = check->app->store;

    for (size_t i = 0; i < inf_store_model_count(store) && !check->is_tag; i++) {
        const char *config = inf_store_model_at(store, i)->config;
        struct inf_json doc;
        struct inf_error ignored;

        /* Most configurations do not hold the id anywhere; only the others are worth a parse. */
        if (strstr(config, check->model_id) == NULL ||
            inf_json_parse_own(config, strlen(config), NULL, &doc, &ignored) != 0)
            continue;
        inf_model_config_tags(doc.root, visit_old_tag, check);
        inf_json_free(&doc);
    }
    return check->is_tag;
}

static int check_names(const struct inf_app *app, const char *model_id, const struct cJSON *body,
                       struct inf_error *err)
{
    struct name_check check = {.app = app, .model_id = model_id};
    int rc = 0;

    if (inf_store_check_model_id(app->store, model_id, err) != 0)
        return -1;
    if (inf_manager_deployment(app->manager, model_id) != NULL)
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "Cannot create model [%s] the id is the same as an current model "
                             "deployment",
                             model_id);
    if (is_tag_of_a_model(&check))
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "The provided model_id %s must not match existing tags.", model_id);
    inf_buf_init(&check.taken, INF_REASON_MAX);
    inf_model_config_tags(body, visit_new_tag, &check);
    if (check.taken.length > 0)
        rc = inf_error_set(err, INF_ERR_BAD_REQUEST,
                           "The provided tags [%s] must not match existing model_ids.",
                           check.taken.data);
    inf_buf_free(&check.taken);
    return rc;
}

static int check_room(const struct inf_app *app, struct inf_error *err)
{
    int64_t limit = inf_config_bytes(app->config, "xpack.ml.max_model_store_size"), sum = 0;
    char text[INF_UNITS_TEXT];

    for (size_t i = 0; i < inf_store_model_count(app->store); i++)
        sum += inf_store_model_at(app->store, i)->stored_length;
    if (sum <= limit)
        return 0;
    return inf_error_set(err, INF_ERR_CONFLICT,
                         "Native model store has exceeded the maximum acceptable size of %s, "
                         "please delete older unused pytorch models",
                         inf_bytes_print(limit, text));
}

/* The text that is stored, kept for the answer. */
struct put {
    struct inf_buf config;
};

static void free_put(void *data)
{
    struct put *put = data;

    inf_buf_free(&put->config);
    free(put);
}

static void put_done(void *arg, const struct inf_error *failed)
{
    struct rest_pending *pending = arg;
    struct inf_call *call = rest_pending_call(pending);
    struct put *put = rest_pending_data(pending);

    if (call != NULL && failed != NULL) {
        inf_call_fail(call, failed);
    } else if (call != NULL) {
        const struct inf_model_view view = {.human = inf_call_human(call)};
        struct inf_buf body;
        struct inf_jsonw w;
        struct inf_error err;

        inf_buf_init(&body, INF_RESPONSE_MAX);
        inf_jsonw_init(&w, &body);
        if (inf_platform_check(inf_call_str(call, "model_id"), put->config.data, &err) != 0)
            inf_call_warning(call, err.reason);
        if (inf_model_config_write(put->config.data, &view, &w, &err) != 0 ||
            rest_reply(call, &body, &err) == INF_FAILED) {
            inf_buf_free(&body);
            inf_call_fail(call, &err);
        }
    }
    rest_pending_end(pending);
}

/* All that may be said against a body, in Elasticsearch's order; then its text for the store. */
static int check_and_print(struct inf_call *call, const char *model_id, int64_t created,
                           struct inf_buf *ret, struct inf_error *err)
{
    const struct inf_app *app = rest_app(call);
    const struct inf_json *body = inf_call_body(call);
    struct inf_model_config config;
    int rc = -1;

    if (inf_model_config_parse(body, model_id, &config, err) == 0 &&
        inf_call_validate(call, check_rules, err) == 0 &&
        inf_model_config_servable(body, model_id, err) == 0 &&
        check_names(app, model_id, body->root, err) == 0 && check_room(app, err) == 0)
        rc = inf_model_config_print(body, model_id, &config, created, ret, err);
    inf_model_config_fini(&config);
    return rc;
}

enum inf_outcome rest_model_put(struct inf_call *call, struct inf_error *err)
{
    const char *model_id = inf_call_str(call, "model_id");
    int64_t created = inf_wall_ms();
    struct rest_pending *pending;
    struct put *put;

    if (rest_check_body_id(call, "model_id", err) != 0)
        return INF_FAILED;
    put = inf_alloc(1, sizeof *put);
    inf_buf_init(&put->config, CONFIG_MAX);
    pending = rest_pending_new(call, put, free_put);
    if (check_and_print(call, model_id, created, &put->config, err) != 0)
        return INF_FAILED;
    rest_pending_begin(pending);
    inf_store_put_model(rest_app(call)->store, model_id, put->config.data, created, put_done,
                        pending);
    return rest_pending_outcome(pending);
}
