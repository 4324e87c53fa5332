/* poster.h - POST requests to the receiver.
 *
 * Thread: loop only. Owns: the client. Bound: the reply of each request; how many there are at a
 * time is the caller's business. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_FORWARD_POSTER_H
#define INFERD_FORWARD_POSTER_H

#include "inferd/http_client.h"
#include "receiver.h"

struct inf_poster;

/* receiver is borrowed and must not change. */
int inf_poster_open(struct uv_loop_s *loop, const struct inf_receiver *receiver,
                    struct inf_poster **ret, struct inf_error *err);
/* Ends whatever is under way. The loop runs once more before inf_poster_free. */
void inf_poster_close(struct inf_poster *poster);
void inf_poster_free(struct inf_poster *poster);
/* Takes the bytes of body. done runs once, later, unless the request is cancelled
 * (inf_http_client_cancel); it is gone when done returns. A reply of more than reply_max bytes is a
 * problem. */
struct inf_http_request *
inf_poster_send(struct inf_poster *poster, struct inf_buf *body, size_t reply_max,
                void (*done)(void *arg, const struct inf_http_result *result), void *arg);

#endif
