/* shared_batch.c - the copy's transaction around etcd's.
 *
 * An operation that fails or changes nothing may do so because the copy is behind; so etcd is asked
 * before that is told. One that etcd has is committed to the copy; should the copy's disk fail just
 * then, the follower brings the change again, like another node's. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "shared_batch.h"

#include "shared_state.h"

#define TRIES 32 /* while other nodes are faster */

/* Runs op inside of the transaction that it begins; changes gets what it changes for all nodes. */
static int run_in_copy(const struct inf_disk *disk, struct inf_op *op,
                       struct inf_etcd_pairs *changes, struct inf_error *err)
{
    if (inf_metadata_begin(disk->metadata, err) != 0) {
        return -1;
    }
    inf_metadata_record(disk->metadata, changes);
    int rc = op->type->run(disk, op, err);
    inf_metadata_record(disk->metadata, NULL);
    return rc;
}

/* 1: op has come to its end, 0: it has to be tried again, the copy is behind. */
static int try_op(const struct inf_disk *disk, struct inf_op *op)
{
    struct inf_etcd_pairs changes = {0};
    enum inf_shared_verdict verdict = INF_SHARED_CURRENT;
    struct inf_error err, why;
    bool done = run_in_copy(disk, op, &changes, &err) == 0;
    bool writes = done && changes.count > 0;
    if (writes) {
        verdict = inf_shared_commit(disk->shared, &changes, &why);
    } else if (!op->local) {
        verdict = inf_shared_check(disk->shared, &why);
    }
    inf_etcd_pairs_fini(&changes);
    if (verdict == INF_SHARED_FAILED && done) { /* else its own reason is the one to tell */
        done = false;
        err = why;
    }
    if (done && verdict == INF_SHARED_CURRENT) {
        done = inf_metadata_commit(disk->metadata, &err) == 0;
        if (done && writes) {
            inf_shared_committed(disk->shared);
        }
    } else {
        inf_metadata_rollback(disk->metadata);
    }
    if (verdict == INF_SHARED_STALE) {
        return 0;
    }
    if (!done) {
        inf_op_fail(disk, op, &err);
    }
    return 1;
}

static void run_op(const struct inf_disk *disk, struct inf_op *op, struct inf_row_list *applied)
{
    struct inf_error err;
    int tries = 0;
    while (try_op(disk, op) == 0) {
        if (++tries == TRIES) {
            inf_error_set(&err, INF_ERR_UNAVAILABLE,
                          "other nodes have changed the cluster's state [%d] times before this "
                          "change could be made",
                          TRIES);
            err.retry_after_s = 1;
            inf_op_fail(disk, op, &err);
            return;
        }
        if (inf_shared_await(disk->shared, &err) != 0 ||
            inf_shared_catch_up(disk->shared, disk, applied, &err) != 0) {
            inf_op_fail(disk, op, &err);
            return;
        }
    }
    if (!op->failed && op->type->committed) {
        op->type->committed(disk, op);
    }
}

void inf_shared_run(const struct inf_disk *disk, struct inf_op *op, struct inf_row_list *applied)
{
    struct inf_error err;
    int rc = inf_shared_catch_up(disk->shared, disk, applied, &err);
    if (op && rc != 0 && !op->local) {
        inf_op_fail(disk, op, &err);
    } else if (op) {
        run_op(disk, op, applied);
    }
}
