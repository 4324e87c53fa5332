/* second_look.c - a refusal that waits until somebody has made sure of what it rests on.
 *
 * What a handler has said is kept as it is; then it is sent, or thrown away and the handler asked
 * once more. What the headers alone have decided (who it is, what may be done, whether there is
 * what a stream is for) is asked again from the gate on, before anything of the body is read. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "call.h"

#include "inferd/alloc.h"
#include "server.h"
#include <microhttpd.h>
#include <stdlib.h>

struct inf_look {
    struct inf_call *call; /* NULL: nobody waits for it any more */
};

/* false: nobody doubts it. */
static bool begin(struct inf_call *call, enum inf_err_code code)
{
    const struct inf_server_options *options = &call->server->options;
    struct inf_look *look;
    if (call->looked || options->second_look == NULL)
        return false;
    call->looked = code != INF_ERR_NONE;
    look = inf_alloc(1, sizeof *look);
    look->call = call;
    if (!options->second_look(call, call->match.route, code, look)) {
        free(look);
        return false;
    }
    call->looked = true;
    call->look = look;
    call->gone = NULL;
    inf_call_enter(call, INF_CALL_WAITING);
    return true;
}

bool inf_call_look_at_answer(struct inf_call *call, int status, enum inf_err_code code,
                             struct inf_buf *body)
{
    bool by_handler = call->stage == INF_CALL_RUNNING || call->stage == INF_CALL_WAITING;
    if (status < 400 || status >= 500 || !by_handler || call->match.route == NULL ||
        call->match.route->body == INF_BODY_STREAM || !begin(call, code))
        return false;
    call->kept_status = status;
    call->kept = *body;
    inf_buf_init(body, body->max);
    return true;
}

bool inf_call_look_at_door(struct inf_call *call, enum inf_err_code code)
{
    if (!begin(call, code))
        return false;
    MHD_suspend_connection(call->mhd);
    return true;
}

void inf_call_drop_look(struct inf_call *call)
{
    if (call->look != NULL)
        call->look->call = NULL;
    call->look = NULL;
    inf_buf_free(&call->kept);
}

/* As if the handler had not been asked yet. */
static void ask_again(struct inf_call *call)
{
    inf_buf_free(&call->kept);
    *call->extra_mark = NULL;
    inf_call_set_state(call, NULL, NULL);
    if (call->match.route->handler(call, &call->error) == INF_FAILED)
        inf_call_fail(call, &call->error);
}

void inf_look_end(struct inf_look *look, bool again)
{
    struct inf_call *call = look->call;
    free(look);
    if (call == NULL)
        return;
    call->look = NULL;
    if (call->kept_status == 0) {
        call->at_door_again = again;
        inf_call_enter(call, INF_CALL_LOOKED);
        MHD_resume_connection(call->mhd);
        inf_server_kick(call->server);
    } else if (again) {
        ask_again(call);
    } else {
        inf_call_reply(call, call->kept_status, &call->kept);
    }
}
