/* rest_vocabulary.c - PUT vocabulary: checked for the model's tokenizer, stored as it came. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "model_config.h"
#include "reply.h"
#include "rest_handlers.h"
#include <stdlib.h>

enum { ORDER_EMPTY = 1, ORDER_SCORES };

void rest_vocabulary_check(struct inf_call *call, struct inf_validation *validation)
{
    const struct cJSON *vocabulary = inf_call_json(call, "vocabulary");
    const struct cJSON *scores = inf_call_json(call, "scores");

    if (!inf_json_is_array(vocabulary))
        return; /* what it is instead is said by others */
    if (inf_json_first(vocabulary) == NULL)
        inf_validation_add(validation, ORDER_EMPTY, "[vocabulary] must not be empty");
    if (inf_json_is_array(scores) && inf_json_first(scores) != NULL &&
        inf_json_size(scores) != inf_json_size(vocabulary))
        inf_validation_add(validation, ORDER_SCORES,
                           "[scores] must have same length as [vocabulary]");
}

struct put {
    const struct inf_app *app;
    char *model_id;
};

static void free_put(void *data)
{
    struct put *put = data;

    free(put->model_id);
    free(put);
}

/* In a cluster that has a store of definitions it goes there, too. */
static void stored(void *arg, const struct inf_error *err)
{
    const struct put *put = rest_pending_data(arg);

    if (err == NULL && put->app->definitions != NULL)
        inf_definitions_complete_vocabulary(put->app->definitions, put->model_id,
                                            rest_pending_acknowledge, arg);
    else
        rest_pending_acknowledge(arg, err);
}

enum inf_outcome rest_vocabulary_put(struct inf_call *call, struct inf_error *err)
{
    const struct inf_app *app = rest_app(call);
    const char *model_id = inf_call_str(call, "model_id");
    const struct inf_model *model = inf_store_model(app->store, model_id);
    const struct inf_json *body = inf_call_body(call);
    struct inf_inference_config *inference;
    struct rest_pending *pending;
    struct put *put;
    int rc;

    if (model == NULL) {
        inf_error_set(err, INF_ERR_NOT_FOUND, "Could not find trained model [%s]", model_id);
        return INF_FAILED;
    }
    if (inf_model_config_inference(model->config, &inference, err) != 0)
        return INF_FAILED;
    rc = inf_vocabulary_check(&inference->tokenization, model_id, body->root, err);
    inf_inference_config_unref(inference);
    if (rc != 0)
        return INF_FAILED;
    put = inf_alloc(1, sizeof *put);
    *put = (struct put){app, inf_strdup(model_id)};
    pending = rest_pending_new(call, put, free_put);
    rest_pending_begin(pending);
    inf_store_put_vocabulary(app->store, model_id, body->text, body->length, stored, pending);
    return rest_pending_outcome(pending);
}
