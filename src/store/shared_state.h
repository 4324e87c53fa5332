/* shared_state.h - etcd's side of a store that belongs to a cluster.
 *
 * In etcd, below "state/": the rows (row_text.h); "cluster_uuid"; and "commit", which every change
 * writes and expects as it was left by the change before. Its revision is what the node's copy has
 * come to: a number alone tells whether the copy is what etcd has.
 *
 * A version of inferd that older ones must not work beside writes another number as "format": they
 * refuse to begin, and those that run change nothing any more. What they merely do not know (kinds
 * of rows, members) they leave alone.
 *
 * A follower's thread brings what others change; that waits under a lock for the pool, which
 * applies it before the next operation, or at once when there is none.
 *
 * Thread: the pool's one batch, but for open, follow, interrupt, free (loop) and what the follower
 *         calls inside. Owns: its client, its follower, what waits. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_STORE_SHARED_STATE_H
#define INFERD_STORE_SHARED_STATE_H

#include "row_list.h"

#define INF_STATE "state/"
#define INF_STATE_COMMIT "commit"
#define INF_STATE_UUID "cluster_uuid"
#define INF_STATE_SECRET "secret" /* that nodes show each other */
#define INF_STATE_FORMAT "format" /* a number, where it is not that of now; see below */
#define INF_FORMAT "1"
#define INF_NAME_SECRET "cluster_secret"
#define INF_NAME_CLUSTER "shared_cluster" /* in the copy: the cluster that it is of */

struct inf_disk;
struct inf_shared;

/* What a question to etcd has shown of the copy. */
enum inf_shared_verdict {
    INF_SHARED_CURRENT, /* the copy is, or was until the change just written, what etcd has */
    INF_SHARED_STALE,   /* others have changed something; inf_shared_await, and again */
    INF_SHARED_FAILED   /* it is not known; err says why */
};

/* Joins: the copy becomes what etcd has. Blocks. name: of this node, for tokens. */
int inf_shared_open(const struct inf_etcd_settings *settings, const struct inf_disk *disk,
                    const char *node_id, char cluster_uuid[INF_NAME_SIZE], struct inf_shared **ret,
                    struct inf_error *err);
/* wake runs on the follower's thread when something waits. */
void inf_shared_follow(struct inf_shared *shared, void (*wake)(void *arg), void *arg);
/* Ends what is under way, soon and with UNAVAILABLE. */
void inf_shared_interrupt(struct inf_shared *shared);
void inf_shared_free(struct inf_shared *shared); /* NULL is fine */
/* As of inf_store_plan_in_term. */
void inf_shared_set_term(struct inf_shared *shared, int64_t term);
/* Copies why changes cannot be made, as far as is known, or "". Any thread. */
void inf_shared_lost_reason(struct inf_shared *shared, char ret[INF_REASON_MAX]);

/* Takes over what waits, each piece in a transaction; `applied` gets the rows, also after -1. */
int inf_shared_catch_up(struct inf_shared *shared, const struct inf_disk *disk,
                        struct inf_row_list *applied, struct inf_error *err);
/* Rows of deployments that inf_shared_catch_up has told of, ever. */
uint64_t inf_shared_deployments_changed(const struct inf_shared *shared);
/* Writes the changes of one operation. CURRENT: they are in etcd. */
enum inf_shared_verdict inf_shared_commit(struct inf_shared *shared,
                                          const struct inf_etcd_pairs *changes,
                                          struct inf_error *err);
/* Is the copy what etcd has? */
enum inf_shared_verdict inf_shared_check(struct inf_shared *shared, struct inf_error *err);
/* The copy has what inf_shared_commit wrote. */
void inf_shared_committed(struct inf_shared *shared);
/* Waits until what made the copy stale waits to be taken over; no longer than the settings' time.
 */
int inf_shared_await(struct inf_shared *shared, struct inf_error *err);

#endif
