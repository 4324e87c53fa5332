/* poster.h - POST requests to one URL, made by a thread of their own.
 *
 * curl resolves names, reads certificates and computes handshakes while it works, which the loop
 * must not wait for; so it has a thread, and the loop hears of the end of each request.
 *
 * Thread: loop only; what passes between the two stands behind one lock in poster.c. Owns: the
 * thread, the requests until their end. Bound: the reply of each request; how many there are at a
 * time is the caller's business. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_FORWARD_POSTER_H
#define INFERD_FORWARD_POSTER_H

#include "inferd/buf.h"
#include "inferd/error.h"
#include "receiver.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uv_loop_s;
struct inf_poster;
struct inf_post; /* a request */

struct inf_post_result {
    bool answered;       /* there is a whole answer */
    const char *problem; /* why there is none */
    int status;
    int64_t retry_after_ms; /* 0: nothing was asked for */
    const char *body;
    size_t length;
};

/* receiver is borrowed and must not change. */
int inf_poster_open(struct uv_loop_s *loop, const struct inf_receiver *receiver,
                    struct inf_poster **ret, struct inf_error *err);
/* Ends the thread and whatever is under way. The loop runs once more before inf_poster_free. */
void inf_poster_close(struct inf_poster *poster);
void inf_poster_free(struct inf_poster *poster);
/* Takes the bytes of body. done runs once, later, unless the post is cancelled; the post is gone
 * when it returns. A reply of more than reply_max bytes is a problem. */
struct inf_post *inf_poster_send(struct inf_poster *poster, struct inf_buf *body, size_t reply_max,
                                 void (*done)(void *arg, const struct inf_post_result *result),
                                 void *arg);
void inf_poster_cancel(struct inf_post *post);

#endif
