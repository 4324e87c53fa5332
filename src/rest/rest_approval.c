/* rest_approval.c - definitions that an operator answers for, by their SHA-256. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "gate.h"
#include "inferd/vetting.h"
#include "reply.h"
#include "rest_handlers.h"
#include <stdio.h>
#include <string.h>

#define COMMENT_MAX 1000
#define WHO_SIZE 512

enum { ORDER_SHA256 = 1, ORDER_COMMENT };

void rest_approval_check(struct inf_call *call, struct inf_validation *validation)
{
    const char *sha256 = inf_call_str(call, "sha256");

    if (!inf_sha256_spelled_well(sha256))
        inf_validation_add(validation, ORDER_SHA256,
                           "Invalid sha256; [%s] must have [64] hexadecimal digits in lower case",
                           sha256);
}

static const char *comment_of(const struct inf_call *call)
{
    return inf_call_has(call, "comment") ? inf_call_str(call, "comment") : "";
}

void rest_approval_put_check(struct inf_call *call, struct inf_validation *validation)
{
    size_t length = strlen(comment_of(call));

    rest_approval_check(call, validation);
    if (length > COMMENT_MAX)
        inf_validation_add(validation, ORDER_COMMENT,
                           "Invalid comment; it has [%zu] bytes, must have at most [%d]", length,
                           COMMENT_MAX);
}

/* Who answers for it: the address, and in front of it the user where there are users. */
static const char *who_asks(struct inf_call *call, char text[WHO_SIZE])
{
    const struct inf_principal *caller = rest_caller(call);

    if (caller == NULL)
        return inf_call_peer(call);
    snprintf(text, WHO_SIZE, "%.384s@%.64s", caller->username, inf_call_peer(call));
    return text;
}

enum inf_outcome rest_approval_put(struct inf_call *call, struct inf_error *err)
{
    struct rest_pending *pending = rest_pending_new(call, NULL, NULL);
    char who[WHO_SIZE];

    (void)err;
    rest_pending_begin(pending);
    inf_manager_approve(rest_app(call)->manager, inf_call_str(call, "sha256"), comment_of(call),
                        who_asks(call, who), rest_pending_acknowledge, pending);
    return rest_pending_outcome(pending);
}

enum inf_outcome rest_approval_delete(struct inf_call *call, struct inf_error *err)
{
    struct rest_pending *pending = rest_pending_new(call, NULL, NULL);
    char who[WHO_SIZE];

    (void)err;
    rest_pending_begin(pending);
    inf_manager_withdraw_approval(rest_app(call)->manager, inf_call_str(call, "sha256"),
                                  who_asks(call, who), rest_pending_acknowledge, pending);
    return rest_pending_outcome(pending);
}

enum inf_outcome rest_approval_get(struct inf_call *call, struct inf_error *err)
{
    const struct inf_app *app = rest_app(call);
    const char *sha256 = inf_call_str(call, "sha256");
    const struct inf_object *approval = inf_store_object(app->store, INF_OBJECT_APPROVAL, sha256);
    enum inf_outcome outcome;
    struct inf_buf body;
    struct inf_jsonw w;

    if (approval == NULL) {
        inf_error_set(err, INF_ERR_NOT_FOUND, "No approval of a definition [%s]", sha256);
        return INF_FAILED;
    }
    inf_buf_init(&body, INF_RESPONSE_MAX);
    inf_jsonw_init(&w, &body);
    inf_manager_write_approval(app->manager, approval, &w);
    outcome = rest_reply(call, &body, err);
    inf_buf_free(&body);
    return outcome;
}

enum inf_outcome rest_approval_list(struct inf_call *call, struct inf_error *err)
{
    const struct inf_app *app = rest_app(call);
    size_t count = inf_store_object_count(app->store, INF_OBJECT_APPROVAL);
    enum inf_outcome outcome;
    struct inf_buf body;
    struct inf_jsonw w;

    inf_buf_init(&body, INF_RESPONSE_MAX);
    inf_jsonw_init(&w, &body);
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_int(&w, "count", (int64_t)count);
    inf_jsonw_key(&w, "approvals");
    inf_jsonw_begin_array(&w);
    for (size_t i = 0; i < count; i++)
        inf_manager_write_approval(app->manager,
                                   inf_store_object_at(app->store, INF_OBJECT_APPROVAL, i), &w);
    inf_jsonw_end_array(&w);
    inf_jsonw_end_object(&w);
    outcome = rest_reply(call, &body, err);
    inf_buf_free(&body);
    return outcome;
}
