/* op_queue.h - the store's operations: a bounded FIFO, run one batch at a time on libuv's pool.
 *
 * The operations that wait when a batch ends make the next batch; a batch is one transaction with
 * one commit, and each operation in it succeeds or fails alone unless the commit itself fails. An
 * operation's steps are the functions of its type:
 *
 * - run (pool, inside the transaction): files first, then rows;
 * - undo (pool, when run succeeded or failed and the operation does not come to pass): files back;
 * - committed (pool, after the commit): files that no row names any more may go;
 * - apply (loop, after the commit): the index;
 * - finish (loop, last, exactly once): tells the caller, frees the operation.
 *
 * In a cluster (shared_state.h) a batch is one operation, which etcd has to take before it is
 * committed, and begins with what other nodes have changed. There `run` may be called again, when
 * the transaction that it ran in was rolled back.
 *
 * A commit that failed may leave the database in doubt (metadata.h). The queue tries to end that
 * every second, by batches without operations.
 *
 * Thread: push and close on the loop. Pool functions see the disk and the operation, nothing else.
 * Bound:  INF_OP_QUEUE_MAX operations and INF_OP_QUEUE_BYTES of what they carry; one more is
 * refused with QUEUE_FULL. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_STORE_OP_QUEUE_H
#define INFERD_STORE_OP_QUEUE_H

#include "disk.h"
#include "row_list.h"

#define INF_OP_QUEUE_MAX 1024
#define INF_OP_QUEUE_BYTES ((size_t)256 << 20)

struct uv_loop_s;
struct uv_timer_s;
struct inf_op;

struct inf_op_type {
    int (*run)(const struct inf_disk *disk, struct inf_op *op, struct inf_error *err);
    void (*undo)(const struct inf_disk *disk, struct inf_op *op);      /* may be NULL */
    void (*committed)(const struct inf_disk *disk, struct inf_op *op); /* may be NULL */
    void (*apply)(struct inf_index *index, struct inf_op *op);         /* may be NULL */
    void (*finish)(struct inf_op *op, const struct inf_error *err); /* NULL err: it came to pass */
};

/* First member of every operation. */
struct inf_op {
    const struct inf_op_type *type;
    struct inf_op *next;
    size_t size_bytes; /* of client data that it carries */
    bool local;        /* it changes nothing that other nodes see, and reads nothing else */
    bool failed;
    struct inf_error err; /* when failed */
};

struct inf_op_list {
    struct inf_op *head, *tail;
    size_t count;
};

struct inf_op_queue {
    struct uv_loop_s *loop;
    const struct inf_disk *disk;
    struct inf_index *index;
    struct inf_op_list waiting;
    struct inf_op_list refused; /* finished with their error after the running batch */
    size_t waiting_bytes;
    struct inf_batch *running; /* NULL when the pool is idle */
    struct uv_timer_s *settle; /* runs while the database is in doubt; NULL before the first time */
    bool woken;                /* there is something to take over from other nodes */
    bool closing;
    /* Told of each row that another node has changed, once the index shows it; may be NULL. */
    void (*changed)(void *arg, const struct inf_row *row);
    void *changed_arg;
};

void inf_op_queue_init(struct inf_op_queue *queue, struct uv_loop_s *loop,
                       const struct inf_disk *disk, struct inf_index *index);
/* Takes op. Never finishes it before returning, also when it is refused. */
void inf_op_queue_push(struct inf_op_queue *queue, struct inf_op *op);
/* Takes op, whose error is set (op->err), and finishes it with that from the loop. */
void inf_op_queue_refuse(struct inf_op_queue *queue, struct inf_op *op);
/* Takes over what other nodes have changed, soon. */
void inf_op_queue_wake(struct inf_op_queue *queue);
/* Pool: op does not come to pass; of several reasons the first one counts. */
void inf_op_fail(const struct inf_disk *disk, struct inf_op *op, const struct inf_error *err);
bool inf_op_queue_idle(const struct inf_op_queue *queue);
/* Waits for the running batch and finishes it, then finishes what waits with UNAVAILABLE. The loop
 * has to run once more afterwards before it is closed: libuv then frees the batch. */
void inf_op_queue_close(struct inf_op_queue *queue);

#endif
