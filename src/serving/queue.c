/* An intrusive list: a job is in at most one queue, and leaves it from anywhere in O(1) when its
 * client goes or its deadline passes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "queue.h"
#include "job.h"
#include <assert.h>
#include <stdlib.h>

void inf_queue_init(struct inf_queue *queue, size_t capacity)
{
    *queue = (struct inf_queue){.capacity = capacity};
}

bool inf_queue_reserve(struct inf_queue *queue, size_t n)
{
    size_t used = queue->size + queue->reserved;

    if (used > queue->capacity || n > queue->capacity - used)
        return false;
    queue->reserved += n;
    return true;
}

void inf_queue_release(struct inf_queue *queue, size_t n)
{
    assert(n <= queue->reserved);
    queue->reserved -= n;
}

void inf_queue_push(struct inf_queue *queue, struct inf_job *job)
{
    inf_queue_release(queue, 1);
    job->next = NULL;
    job->prev = queue->tail;
    if (queue->tail != NULL)
        queue->tail->next = job;
    else
        queue->head = job;
    queue->tail = job;
    queue->size++;
    job->state = INF_JOB_QUEUED;
}

void inf_queue_push_front(struct inf_queue *queue, struct inf_job *job)
{
    job->prev = NULL;
    job->next = queue->head;
    if (queue->head != NULL)
        queue->head->prev = job;
    else
        queue->tail = job;
    queue->head = job;
    queue->size++;
    job->state = INF_JOB_QUEUED;
}

void inf_queue_remove(struct inf_queue *queue, struct inf_job *job)
{
    assert(job->state == INF_JOB_QUEUED && queue->size > 0);
    if (job->prev != NULL)
        job->prev->next = job->next;
    else
        queue->head = job->next;
    if (job->next != NULL)
        job->next->prev = job->prev;
    else
        queue->tail = job->prev;
    job->next = job->prev = NULL;
    queue->size--;
}

struct inf_job *inf_queue_pop(struct inf_queue *queue)
{
    struct inf_job *job = queue->head;

    if (job != NULL)
        inf_queue_remove(queue, job);
    return job;
}

void inf_job_free(struct inf_job *job)
{
    if (job == NULL)
        return;
    inf_encoding_free(&job->encoding);
    free(job->key);
    free(job);
}
