/* etcd_transport.h - one POST after the other to etcd, at whichever endpoint answers.
 *
 * Thread: one at a time, which it blocks; inf_etcd_transport_stop and _nudge from any. Owns:
 * connections, and etcd's token where there is a user. Bound: the time of a post, the length of an
 * answer. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_CLUSTER_ETCD_TRANSPORT_H
#define INFERD_CLUSTER_ETCD_TRANSPORT_H

#include "inferd/etcd.h"

struct inf_etcd_transport;

struct inf_etcd_post {
    const char *path; /* "/v3/kv/range" */
    const struct inf_buf *body;
    bool repeatable; /* twice is as good as once */
    /* Of a stream without end: takes each line; false ends the post. NULL: one answer is awaited.
     */
    bool (*line)(void *arg, const char *text, size_t length);
    void *arg;
    bool is_quiet; /* set: the stream has ended, with 0, since nothing came for a while */
    struct inf_buf
        answer; /* of one, initialised by the caller; of a stream what is no whole line */
};

struct inf_etcd_transport *inf_etcd_transport_new(const struct inf_etcd_settings *settings);
void inf_etcd_transport_free(struct inf_etcd_transport *transport); /* NULL is fine */
/* 0: there is an answer, and etcd does not call it an error. */
int inf_etcd_transport_post(struct inf_etcd_transport *transport, struct inf_etcd_post *post,
                            struct inf_error *err);
void inf_etcd_transport_stop(struct inf_etcd_transport *transport);
void inf_etcd_transport_nudge(struct inf_etcd_transport *transport); /* as inf_etcd_nudge */

#endif
