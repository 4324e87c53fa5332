/* channel.h - one end of a socketpair to the engine program, spoken in frames.
 *
 * Thread: loop only. Owns: its descriptor and buffers. Bound: one incoming frame of INF_FRAME_MAX;
 *         what a full socket did not take waits in one buffer of the same bound. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_CHANNEL_H
#define INFERD_SERVING_CHANNEL_H

#include "inferd/buf.h"
#include "inferd/error.h"
#include "inferd/frame.h"
#include <stddef.h>

struct uv_loop_s;
struct inf_channel;

/* What `closed` says when it was this process's fault. */
#define INF_CHANNEL_NO_MEMORY "there is no memory for what it sends"

/* `expected` is asked at a frame's header, before room is made for the rest: 0 lets it in, anything
 * else is the end of the channel. NULL lets in all that inf_frame_check does. `frame` gets each
 * whole frame; the payload is valid during the call only, and is aligned to 8. `closed` runs once
 * when the other end is gone (why is NULL) or spoke nonsense (why says what of, a fixed text). The
 * latter two may close the channel. */
struct inf_channel_events {
    int (*expected)(void *arg, const struct inf_frame_header *header);
    void (*frame)(void *arg, const struct inf_frame_header *header, const void *payload);
    void (*closed)(void *arg, const char *why);
};

/* Makes a stream socketpair: one end becomes the channel, the other, *ret_peer, is the caller's (to
 * be passed on and closed). Both are close-on-exec. */
int inf_channel_open(struct uv_loop_s *loop, const struct inf_channel_events *events, void *arg,
                     struct inf_channel **ret, int *ret_peer, struct inf_error *err);

/* Sends one frame of two payload pieces (either may be NULL) with up to fd_count descriptors, which
 * stay the caller's. Never blocks. 0, or -1 when the channel is of no more use. */
int inf_channel_send(struct inf_channel *channel, enum inf_frame_type type, uint64_t id,
                     const void *first, size_t first_length, const void *second,
                     size_t second_length, const int *fds, int fd_count);

/* Hands out what the other end said before it ended, for who learns of the end elsewhere; `closed`
 * does not run. NULL is fine. */
void inf_channel_drain(struct inf_channel *channel);

/* No event runs after this. NULL is fine. */
void inf_channel_close(struct inf_channel *channel);

#endif
