/* op_queue.c - batches of operations between loop and pool.
 *
 * One batch at a time keeps the order of commands and needs no lock: the pool owns the batch, the
 * database and the files in it while it runs, the loop owns all else. Batching is what lets many
 * clients share the cost of one commit; an idle store still starts the first operation at once. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "op_queue.h"

#include "inferd/alloc.h"
#include "shared_batch.h"
#include <stdlib.h>
#include <uv.h>

#define BATCH_MAX 64
#define FULL_RETRY_S 1
#define SETTLE_MS 1000

struct inf_batch {
    uv_work_t work;
    uv_sem_t ended;             /* posted by the pool; lets close wait without the loop */
    struct inf_op_queue *queue; /* NULL once the queue is closed */
    const struct inf_disk *disk;
    struct inf_op_list ops;
    struct inf_row_list applied; /* what other nodes have changed */
};

static void append(struct inf_op_list *list, struct inf_op *op)
{
    op->next = NULL;
    if (list->tail) {
        list->tail->next = op;
    } else {
        list->head = op;
    }
    list->tail = op;
    list->count++;
}

static struct inf_op *take_first(struct inf_op_list *list)
{
    struct inf_op *op = list->head;
    if (op) {
        list->head = op->next;
        list->tail = list->head ? list->tail : NULL;
        list->count--;
    }
    return op;
}

/* ---- on the pool ---- */

void inf_op_fail(const struct inf_disk *disk, struct inf_op *op, const struct inf_error *err)
{
    if (op->failed) {
        return;
    }
    op->failed = true;
    op->err = *err;
    if (op->type->undo) {
        op->type->undo(disk, op);
    }
}

/* Returns -1 when the whole transaction is gone; then op->err says why. */
static int run_op(const struct inf_disk *disk, struct inf_op *op)
{
    struct inf_error err;
    if (inf_metadata_savepoint(disk->metadata, &err) != 0) {
        inf_op_fail(disk, op, &err);
        return -1;
    }
    if (op->type->run(disk, op, &err) != 0) {
        inf_op_fail(disk, op, &err);
    }
    if (inf_metadata_end_savepoint(disk->metadata, !op->failed) == 0) {
        return 0;
    }
    inf_error_set(&err, INF_ERR_IO, "the metadata database lost a transaction");
    inf_op_fail(disk, op, &err);
    return -1;
}

/* 0, or -1 with the reason for which nothing of the batch came to pass. */
static int run_transaction(const struct inf_disk *disk, struct inf_batch *batch,
                           struct inf_error *err)
{
    if (inf_metadata_begin(disk->metadata, err) != 0) {
        return -1;
    }
    for (struct inf_op *op = batch->ops.head; op; op = op->next) {
        if (run_op(disk, op) != 0) {
            *err = op->err;
            inf_metadata_rollback(disk->metadata);
            return -1;
        }
    }
    return inf_metadata_commit(disk->metadata, err);
}

static void run_transactions(struct inf_batch *batch)
{
    struct inf_error err;
    bool lost = batch->ops.head && run_transaction(batch->disk, batch, &err) != 0;
    if (!batch->ops.head) {
        (void)inf_metadata_settle(batch->disk->metadata);
    }
    for (struct inf_op *op = batch->ops.head; op; op = op->next) {
        if (lost) {
            inf_op_fail(batch->disk, op, &err);
        } else if (!op->failed && op->type->committed) {
            op->type->committed(batch->disk, op);
        }
    }
}

static void run_batch(uv_work_t *work)
{
    struct inf_batch *batch = work->data;
    if (batch->disk->shared) {
        inf_shared_run(batch->disk, batch->ops.head, &batch->applied);
    } else {
        run_transactions(batch);
    }
    uv_sem_post(&batch->ended);
}

/* ---- on the loop ---- */

static void show_applied(struct inf_op_queue *queue, struct inf_row_list *applied)
{
    for (size_t i = 0; i < applied->count; i++) {
        inf_row_index(queue->index, &applied->items[i]);
    }
    for (size_t i = 0; i < applied->count && queue->changed && !queue->closing; i++) {
        queue->changed(queue->changed_arg, &applied->items[i]);
    }
    inf_row_list_fini(applied);
}

static void finish_ops(struct inf_op_queue *queue, struct inf_op_list *ops)
{
    for (struct inf_op *op; (op = take_first(ops));) {
        if (!op->failed && op->type->apply) {
            op->type->apply(queue->index, op);
        }
        op->type->finish(op, op->failed ? &op->err : NULL);
    }
}

static void after_batch(uv_work_t *work, int status);

/* With what waits, which may be nothing. */
static void run_next(struct inf_op_queue *queue)
{
    struct inf_batch *batch = inf_alloc(1, sizeof *batch);
    batch->queue = queue;
    batch->disk = queue->disk;
    batch->work.data = batch;
    queue->woken = false;
    while (batch->ops.count < (queue->disk->shared ? 1 : BATCH_MAX) && queue->waiting.head) {
        struct inf_op *op = take_first(&queue->waiting);
        queue->waiting_bytes -= op->size_bytes;
        append(&batch->ops, op);
    }
    if (uv_sem_init(&batch->ended, 0) != 0) {
        abort(); /* fails for a value out of range only */
    }
    queue->running = batch;
    uv_queue_work(queue->loop, &batch->work, run_batch, after_batch);
}

/* Starts a batch when there is something to do and the pool is idle. */
static void start_batch(struct inf_op_queue *queue)
{
    if (!queue->running && !queue->closing && (queue->woken || !inf_op_queue_idle(queue))) {
        run_next(queue);
    }
}

static void on_settle(uv_timer_t *timer)
{
    struct inf_op_queue *queue = timer->data;
    if (!queue->running) {
        run_next(queue);
    }
}

/* The timer starts anew with every batch, since each has tried. */
static void settle_later(struct inf_op_queue *queue)
{
    if (!inf_metadata_in_doubt(queue->disk->metadata)) {
        return;
    }
    if (!queue->settle) {
        queue->settle = inf_alloc(1, sizeof *queue->settle);
        uv_timer_init(queue->loop, queue->settle);
        queue->settle->data = queue;
    }
    uv_timer_start(queue->settle, on_settle, SETTLE_MS, 0);
}

static void after_batch(uv_work_t *work, int status)
{
    (void)status; /* never cancelled */
    struct inf_batch *batch = work->data;
    struct inf_op_queue *queue = batch->queue;
    if (queue) {
        show_applied(queue, &batch->applied);
        finish_ops(queue, &batch->ops);
        finish_ops(queue, &queue->refused);
        queue->running = NULL;
        settle_later(queue);
        start_batch(queue);
    }
    uv_sem_destroy(&batch->ended);
    free(batch);
}

void inf_op_queue_init(struct inf_op_queue *queue, struct uv_loop_s *loop,
                       const struct inf_disk *disk, struct inf_index *index)
{
    *queue = (struct inf_op_queue){.loop = loop, .disk = disk, .index = index};
}

void inf_op_queue_refuse(struct inf_op_queue *queue, struct inf_op *op)
{
    op->failed = true;
    append(&queue->refused, op);
    start_batch(queue);
}

void inf_op_queue_push(struct inf_op_queue *queue, struct inf_op *op)
{
    if (queue->closing) {
        inf_error_set(&op->err, INF_ERR_UNAVAILABLE, "the store is shutting down");
        inf_op_queue_refuse(queue, op);
    } else if (queue->waiting.count >= INF_OP_QUEUE_MAX ||
               op->size_bytes > INF_OP_QUEUE_BYTES - queue->waiting_bytes) {
        inf_error_set(&op->err, INF_ERR_QUEUE_FULL,
                      "the store's queue is full: [%zu] operations with [%zu] bytes wait, [%d] and "
                      "[%zu] may",
                      queue->waiting.count, queue->waiting_bytes, INF_OP_QUEUE_MAX,
                      INF_OP_QUEUE_BYTES);
        op->err.retry_after_s = FULL_RETRY_S;
        inf_op_queue_refuse(queue, op);
    } else {
        queue->waiting_bytes += op->size_bytes;
        append(&queue->waiting, op);
        start_batch(queue);
    }
}

void inf_op_queue_wake(struct inf_op_queue *queue)
{
    queue->woken = true;
    start_batch(queue);
}

bool inf_op_queue_idle(const struct inf_op_queue *queue)
{
    return !queue->running && !queue->waiting.head && !queue->refused.head;
}

static void free_timer(uv_handle_t *timer)
{
    free(timer);
}

void inf_op_queue_close(struct inf_op_queue *queue)
{
    queue->closing = true;
    if (queue->settle) {
        uv_close((uv_handle_t *)queue->settle, free_timer);
        queue->settle = NULL;
    }
    if (queue->running) {
        struct inf_batch *batch = queue->running;
        uv_sem_wait(&batch->ended);
        batch->queue = NULL; /* after_batch has nothing left but to free it */
        show_applied(queue, &batch->applied);
        finish_ops(queue, &batch->ops);
        queue->running = NULL;
    }
    for (struct inf_op *op; (op = take_first(&queue->waiting));) {
        op->failed = true;
        inf_error_set(&op->err, INF_ERR_UNAVAILABLE, "the store is shutting down");
        op->type->finish(op, &op->err);
    }
    queue->waiting_bytes = 0;
    finish_ops(queue, &queue->refused);
}
