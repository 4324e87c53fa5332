/* queue.h - bounded FIFO of inference jobs; each deployment has one.
 *
 * A request reserves room for all its documents at once (admission is all or nothing), then pushes
 * each job against the reservation as its tokens are ready. A job that comes back from a dead
 * worker goes to the front and is never refused: it was admitted before.
 *
 * Thread: loop only. Owns: nothing; jobs are linked, not copied. Bound: capacity documents. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_QUEUE_H
#define INFERD_SERVING_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct inf_job;

struct inf_queue {
    struct inf_job *head, *tail;
    size_t size;     /* jobs linked */
    size_t reserved; /* documents admitted whose tokens are not ready yet */
    size_t capacity;
};

void inf_queue_init(struct inf_queue *queue, size_t capacity);
/* Room for n more documents? Then it is theirs and true is returned. */
bool inf_queue_reserve(struct inf_queue *queue, size_t n);
void inf_queue_release(struct inf_queue *queue, size_t n);         /* gives a reservation back */
void inf_queue_push(struct inf_queue *queue, struct inf_job *job); /* uses one reservation */
void inf_queue_push_front(struct inf_queue *queue, struct inf_job *job);
struct inf_job *inf_queue_pop(struct inf_queue *queue); /* oldest, or NULL */
void inf_queue_remove(struct inf_queue *queue, struct inf_job *job);

#endif
