/* cluster.h - the nodes of a cluster: who is there, and who is the master.
 *
 * Each node has a record in etcd, "node/<id>", under a lease that it keeps alive; a node that
 * leaves takes it away, one that dies loses it when the lease is over. The node whose record is the
 * oldest is the master: all see the same order, and there is nothing to be elected.
 *
 * Two threads (a keeper, a follower) speak to etcd; what they find out is handed to the loop.
 *
 * Thread: loop only. Owns: its threads, the members. Bound: one record a node of
 * INF_MEMBER_TEXT_MAX bytes. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_CLUSTER_H
#define INFERD_CLUSTER_H

#include "inferd/buf.h"
#include "inferd/etcd.h"
#include "inferd/json.h"

#define INF_MEMBER_TEXT_MAX ((size_t)256 * 1024)
#define INF_MEMBER_FOLDER "node/" /* of their keys */
/* Nodes say who they are by `Authorization: <scheme> <secret>`. */
#define INF_PEER_SCHEME "InferdNode"

struct uv_loop_s;
struct inf_membership;

struct inf_member {
    const char *node_id;
    const struct cJSON *record; /* what that node says of itself; never NULL */
};

/* settings are borrowed until the end; text is this node's record, a JSON object, copied. Until
 * etcd has answered, this node is the only member. */
struct inf_membership *inf_membership_start(struct uv_loop_s *loop,
                                            const struct inf_etcd_settings *settings,
                                            const char *node_id, const char *text, int64_t lease_s);
/* changed(arg) runs on the loop whenever somebody has come or gone, or when all may be otherwise;
 * said(arg, member) when a member, this node included, has another record. One listener. */
void inf_membership_listen(struct inf_membership *membership, void (*changed)(void *arg),
                           void (*said)(void *arg, const struct inf_member *member), void *arg);
/* Another record of this node. */
void inf_membership_update(struct inf_membership *membership, const char *text);
/* The record is taken away, if etcd answers in time; this does not wait for it. NULL is fine, as in
 * the next two. */
void inf_membership_leave(struct inf_membership *membership);
/* The same, waits for it, and ends the threads. The loop runs once more before
 * inf_membership_free. */
void inf_membership_stop(struct inf_membership *membership);
void inf_membership_free(struct inf_membership *membership);

/* Is this node the master, and does etcd know it? */
bool inf_membership_is_master(const struct inf_membership *membership);
/* The revision at which this node's record came to be, which no other record ever has: as long as
 * etcd has the record of that revision, nobody else is the master. 0: this node is not. */
int64_t inf_membership_term(const struct inf_membership *membership);
/* The members as they were last known, the master first; they stay until the loop goes on. */
size_t inf_membership_count(const struct inf_membership *membership);
const struct inf_member *inf_membership_at(const struct inf_membership *membership, size_t i);
/* NULL: no such node is there. */
const struct inf_member *inf_membership_find(const struct inf_membership *membership,
                                             const char *node_id);
/* Appends by what a node says to another one that it is of the cluster with this secret: a line of
 * a header, to be wiped. */
void inf_peer_print_authorization(const char *secret, struct inf_buf *out);
/* Appends where the node takes requests: "https://10.0.0.1:9200". */
void inf_member_print_url(const struct inf_member *member, struct inf_buf *out);

#endif
