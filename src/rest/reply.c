/* reply.c - answers, and the life of operations that outlive their call.
 *
 * Nothing in the store or the manager is undone because a client hung up, so an operation must be
 * able to end without its call: whoever of the two lets go last frees the pending. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reply.h"

#include "inferd/alloc.h"
#include <stdlib.h>
#include <string.h>

struct rest_pending {
    struct inf_call *call; /* NULL: ended */
    bool running;          /* the operation */
    void *data;
    void (*free_data)(void *);
};

struct inf_app *rest_app(const struct inf_call *call)
{
    return inf_call_context(call);
}

enum inf_outcome rest_reply(struct inf_call *call, struct inf_buf *body, struct inf_error *err)
{
    if (body->failed) {
        size_t max = body->max;

        inf_buf_free(body);
        inf_error_set(err, INF_ERR_CONTENT_TOO_LONG, "the answer is longer than [%zu] bytes", max);
        return INF_FAILED;
    }
    inf_call_reply(call, 200, body);
    return INF_REPLIED;
}

enum inf_outcome rest_reply_found(struct inf_call *call, bool found, struct inf_buf *body,
                                  struct inf_error *err)
{
    if (found || body->failed)
        return rest_reply(call, body, err);
    inf_call_reply(call, inf_err_status(INF_ERR_NOT_FOUND), body);
    return INF_REPLIED;
}

int rest_check_body_id(const struct inf_call *call, const char *field, struct inf_error *err)
{
    const char *given = inf_json_string(inf_call_json(call, field));
    const char *id = inf_call_str(call, "model_id");

    if (given == NULL || strcmp(given, id) == 0)
        return 0;
    return inf_error_set(
        err, INF_ERR_BAD_REQUEST,
        "Inconsistent %s; '%s' specified in the body differs from '%s' specified as a "
        "URL argument",
        field, given, id);
}

static void free_when_let_go(struct rest_pending *pending)
{
    if (pending->call != NULL || pending->running)
        return;
    if (pending->free_data != NULL)
        pending->free_data(pending->data);
    free(pending);
}

static void call_ended(void *state)
{
    struct rest_pending *pending = state;

    pending->call = NULL;
    free_when_let_go(pending);
}

struct rest_pending *rest_pending_new(struct inf_call *call, void *data, void (*free_data)(void *))
{
    struct rest_pending *pending = inf_alloc(1, sizeof *pending);

    pending->call = call;
    pending->data = data;
    pending->free_data = free_data;
    inf_call_set_state(call, pending, call_ended);
    return pending;
}

void *rest_pending_data(const struct rest_pending *pending)
{
    return pending->data;
}

struct inf_call *rest_pending_call(const struct rest_pending *pending)
{
    return pending->call;
}

void rest_pending_begin(struct rest_pending *pending)
{
    pending->running = true;
}

void rest_pending_end(struct rest_pending *pending)
{
    pending->running = false;
    free_when_let_go(pending);
}

enum inf_outcome rest_pending_outcome(const struct rest_pending *pending)
{
    return pending->running ? INF_LATER : INF_REPLIED;
}

void rest_pending_acknowledge(void *arg, const struct inf_error *err)
{
    struct rest_pending *pending = arg;

    if (pending->call != NULL && err != NULL)
        inf_call_fail(pending->call, err);
    else if (pending->call != NULL)
        inf_call_reply_acknowledged(pending->call);
    rest_pending_end(pending);
}
