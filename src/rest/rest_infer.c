/* rest_infer.c - POST _infer, the hot path: body to documents, results to the answer.
 *
 * The results arrive as joined objects in a buffer that becomes the answer; only its 23 bytes of
 * frame are put around them. A client that leaves cancels what no worker has begun. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/inference.h"
#include "relay.h"
#include "reply.h"
#include "rest_handlers.h"
#include "results_frame.h"
#include <string.h>

static const char before[] = INF_RESULTS_BEFORE;
static const char after[] = INF_RESULTS_AFTER;

static int put_frame(struct inf_buf *results, struct inf_error *err)
{
    const size_t lead = sizeof before - 1;

    results->max +=
        lead + sizeof after - 1; /* the bound is the manager's and counts results only */
    if (results->failed || inf_buf_reserve(results, lead + sizeof after - 1) != 0)
        return inf_error_set(err, INF_ERR_INTERNAL, "the inference results are too large");
    memmove(results->data + lead, results->data, results->length);
    memcpy(results->data, before, lead);
    results->length += lead;
    results->data[results->length] = '\0';
    return inf_buf_append(results, after, sizeof after - 1);
}

static void infer_done(void *arg, const struct inf_error *failed, struct inf_buf *results)
{
    struct inf_call *call = arg;
    struct inf_error err;

    if (failed != NULL)
        inf_call_fail(call, failed);
    else if (put_frame(results, &err) != 0)
        inf_call_fail(call, &err);
    else
        inf_call_reply(call, 200, results);
}

static void cancel(struct inf_call *call)
{
    inf_infer_cancel(inf_call_state(call));
}

void rest_infer_check(struct inf_call *call, struct inf_validation *validation)
{
    const struct cJSON *docs = inf_call_json(call, "docs");

    if (inf_json_is_array(docs) && inf_json_first(docs) == NULL)
        inf_validation_add(validation, 1, "at least one document is required");
}

/* docs must be an array of objects. */
static int check_docs(const struct inf_call *call, const struct cJSON *docs, struct inf_error *err)
{
    const struct cJSON *bad = docs;
    int line, column;

    if (inf_json_is_array(docs)) {
        bad = inf_json_first(docs);
        while (inf_json_is_object(bad))
            bad = inf_json_next(bad);
        if (bad == NULL)
            return 0;
    }
    inf_json_locate(inf_call_body(call), "docs", &line, &column);
    return inf_error_set(err, INF_ERR_X_CONTENT_PARSE,
                         "[%d:%d] [cluster:internal/xpack/ml/inference/infer] docs doesn't support "
                         "values of type: %s",
                         line, column, inf_json_token(bad));
}

/* null is the same as absent. */
static const struct cJSON *given(const struct cJSON *value)
{
    return inf_json_is_null(value) ? NULL : value;
}

static enum inf_outcome infer_here(struct inf_call *call, struct inf_error *err)
{
    struct inf_infer_request request = {.docs = inf_call_json(call, "docs"),
                                        .inference_config =
                                            given(inf_call_json(call, "inference_config")),
                                        .token_counts = inf_call_bool(call, "token_counts"),
                                        .stays = true,
                                        .client = inf_call_client(call),
                                        .arrival_ns = inf_call_arrival_ns(call),
                                        .timeout_ms = inf_call_int(call, "timeout"),
                                        .done = infer_done,
                                        .arg = call};
    struct inf_infer *infer = NULL;

    (void)err;
    inf_manager_infer(rest_app(call)->manager, inf_call_str(call, "model_id"), &request, &infer);
    if (infer == NULL)
        return INF_REPLIED;
    inf_call_set_state(call, infer, NULL); /* the manager's, which frees it with or before `done` */
    inf_call_on_gone(call, cancel);
    return INF_LATER;
}

enum inf_outcome rest_infer(struct inf_call *call, struct inf_error *err)
{
    const struct rest_relayed way = {.id = inf_call_str(call, "model_id"),
                                     .timeout_ms = inf_call_int(call, "timeout"),
                                     .may_be_hedged = true,
                                     .here = infer_here};

    if (check_docs(call, inf_call_json(call, "docs"), err) != 0 ||
        rest_check_body_id(call, "id", err) != 0)
        return INF_FAILED;
    return rest_relay(call, &way, err);
}
