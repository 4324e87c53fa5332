/* shared_inner.h - what the files shared_*.c have in common. Thread: as each member says. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_STORE_SHARED_INNER_H
#define INFERD_STORE_SHARED_INNER_H

#include "inferd/list.h"
#include "shared_state.h"
#include <pthread.h>

#define INF_TOKEN_SIZE 64

/* What a follower told, until it is taken over. */
struct inf_shared_piece {
    struct inf_link link;
    bool whole;
    struct inf_etcd_pairs pairs;
};

struct inf_shared {
    const struct inf_etcd_settings *settings;
    struct inf_etcd *etcd; /* the pool's */
    struct inf_etcd_follower *follower;
    void (*wake)(void *arg);
    void *wake_arg;
    char cluster_uuid[INF_NAME_SIZE];
    char node_id[INF_NAME_SIZE];

    /* The pool's, as are the next four. */
    int64_t guard; /* revision of the change that the copy has come to; -1: of none that is known */
    int64_t committed;            /* of the change that etcd has and the copy does not yet */
    int64_t target;               /* of the change that made the copy stale */
    uint64_t changes;             /* number of the next token */
    uint64_t deployments_changed; /* rows of them that were taken over */

    pthread_mutex_t lock; /* of all below */
    pthread_cond_t told;
    struct inf_list pieces;
    int64_t told_revision; /* up to here nothing is missing in pieces */
    bool stopping;
    int64_t term;                   /* of this node as the master, 0: it is not */
    char lost[INF_REASON_MAX];      /* "": it is not */
    time_t lost_since;              /* by the monotonic clock, in seconds; of `lost` */
    char estranged[INF_REASON_MAX]; /* why what etcd has is not taken over; "": it is */
};

/* The first pair of that key, or NULL. */
const struct inf_etcd_pair *inf_shared_find(const struct inf_etcd_pairs *pairs, const char *key);
/* -1 with ILLEGAL_ARGUMENT: these pairs say that the state is of a format that a later version of
 * inferd has made, and that must not be touched here. */
int inf_shared_check_format(const struct inf_etcd_settings *settings,
                            const struct inf_etcd_pairs *pairs, struct inf_error *err);
/* All of the state; keys without "state/". */
int inf_shared_list(struct inf_etcd *etcd, struct inf_etcd_pairs *ret, struct inf_error *err);
/* Where a plan is among the changes, the transaction expects this node to be the master; -1 with
 * UNAVAILABLE: it knows that it is not. */
int inf_shared_expect_term(struct inf_shared *shared, const struct inf_etcd_pairs *changes,
                           struct inf_etcd_txn *txn, struct inf_error *err);
/* Adds the row to what the transaction puts, or, without a value, deletes. */
void inf_shared_add(struct inf_etcd_txn *txn, const struct inf_etcd_pair *row);
/* Founds the cluster: puts its name, its secret, and a commit over the one of that revision (0:
 * there is none). 1: done, 0: another node was faster, -1 with err. */
int inf_shared_found(struct inf_etcd *etcd, const struct inf_disk *disk, const char *cluster_uuid,
                     int64_t commit, struct inf_error *err);

#endif
