/* endpoint_measure.c - the first question to a new endpoint. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint_measure.h"

#include "endpoint_answer.h"
#include "inferd/alloc.h"
#include "inferd/inference.h"
#include <limits.h>
#include <stdlib.h>

#define TEXT "how big"

struct measure {
    struct cJSON *docs;
    void (*done)(void *arg, const struct inf_error *err, int dimensions);
    void *arg;
};

static void end(struct measure *measure, const struct inf_error *err, int dimensions)
{
    measure->done(measure->arg, err, dimensions);
    inf_json_delete(measure->docs);
    free(measure);
}

static void answered(void *arg, const struct inf_error *failed, struct inf_buf *results)
{
    struct inf_error err;
    size_t count = 0;

    if (failed == NULL && inf_endpoint_answer_length(results, &count, &err) != 0)
        failed = &err;
    end(arg, failed, count <= INT_MAX ? (int)count : 0);
}

/* NULL with err. */
static struct cJSON *make_docs(const struct inf_app *app, const char *model_id,
                               struct inf_error *err)
{
    struct cJSON *docs = inf_json_new_array();
    struct inf_model_input form;
    int rc = -1;

    if (!inf_manager_input(app->manager, model_id, INF_PREFIX_INGEST, &form))
        inf_error_set(err, INF_ERR_NOT_FOUND, "Could not find trained model [%s]", model_id);
    else if (docs == NULL || inf_model_input_add_text(&form, docs, TEXT, sizeof TEXT - 1) != 0)
        inf_error_set(err, INF_ERR_MEMORY, "not enough memory for a question to the model");
    else
        rc = 0;
    inf_model_input_fini(&form);
    if (rc == 0)
        return docs;
    inf_json_delete(docs);
    return NULL;
}

void inf_endpoint_measure(const struct inf_app *app, const struct inf_endpoint *endpoint,
                          struct inf_client client, uint64_t arrival_ns, int64_t timeout_ms,
                          void (*done)(void *arg, const struct inf_error *err, int dimensions),
                          void *arg)
{
    struct measure *measure = inf_alloc(1, sizeof *measure);
    struct inf_infer_request request = {.client = client,
                                        .arrival_ns = arrival_ns,
                                        .timeout_ms = timeout_ms,
                                        .done = answered,
                                        .arg = measure};
    struct inf_infer *infer; /* it is waited for, whoever leaves */
    struct inf_error err;

    *measure = (struct measure){make_docs(app, endpoint->model_id, &err), done, arg};
    if (measure->docs == NULL) {
        end(measure, &err, 0);
        return;
    }
    request.docs = measure->docs;
    inf_manager_infer(app->manager, inf_endpoint_deployment(endpoint), &request, &infer);
}
