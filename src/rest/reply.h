/* reply.h - how handlers answer: at once, or later when an operation has ended.
 *
 * Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_REPLY_H
#define INFERD_REST_REPLY_H

#include "inferd/buf.h"
#include "inferd/http.h"
#include "inferd/rest.h"

#define INF_RESPONSE_MAX ((size_t)256 << 20) /* bytes of one JSON answer */

struct inf_app *rest_app(const struct inf_call *call); /* what main.c made the parts of */

/* Sends body as 200, or fails when it grew past its bound. Takes body's bytes in any case. */
enum inf_outcome rest_reply(struct inf_call *call, struct inf_buf *body, struct inf_error *err);
/* The same, or a 404 with that body: "not found" that is no error. */
enum inf_outcome rest_reply_found(struct inf_call *call, bool found, struct inf_buf *body,
                                  struct inf_error *err);

/* BAD_REQUEST "Inconsistent id; ..." when the body's `field` is another id than the path's
 * model_id. */
int rest_check_body_id(const struct inf_call *call, const char *field, struct inf_error *err);

/* An operation that may outlive its call: the client can leave before it ends, and it cannot be
 * called back. Both hold the pending, the call until it ends, the operation from begin to end. */
struct rest_pending;

/* data is the operation's own, freed with free_data (may be NULL) when nobody holds the pending any
 * more. The pending becomes the call's state. */
struct rest_pending *rest_pending_new(struct inf_call *call, void *data, void (*free_data)(void *));
void *rest_pending_data(const struct rest_pending *pending);
/* The call, or NULL when its client is gone. */
struct inf_call *rest_pending_call(const struct rest_pending *pending);
void rest_pending_begin(struct rest_pending *pending); /* before the operation starts */
/* The operation has ended and has answered its call, if there still is one. Valid before the
 * handler returns, too. */
void rest_pending_end(struct rest_pending *pending);
/* What the handler returns after it started the operation, which may have ended already. */
enum inf_outcome rest_pending_outcome(const struct rest_pending *pending);

/* An inf_store_done that answers {"acknowledged":true} or the error; arg is the pending. */
void rest_pending_acknowledge(void *arg, const struct inf_error *err);

#endif
