/* An allocation. Its channel is its mailbox: it reads a frame, computes, writes the answer, so
 * there is no queue, no lock and no reader thread here. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "allocation.h"
#include "clock.h"
#include "reduce.h"
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define STACK_BYTES (8 * 1024 * 1024) /* TorchScript recurses; the same as a first thread's */

struct allocation {
    struct inf_engine_model *model;
    int channel;
    int threads;
    int nice;
};

static atomic_int living;

static int send_error(int channel, uint64_t job, const char *reason)
{
    struct inf_frame_header header = {
        .type = INF_FRAME_ERROR, .length = (uint32_t)strnlen(reason, INF_FRAME_REASON), .id = job};

    return inf_frame_send(channel, &header, reason, header.length, NULL, 0, NULL, 0) < 0 ? -1 : 0;
}

static int send_result(int channel, uint64_t job, const struct inf_engine_output *output,
                       uint64_t time_ns, uint64_t cpu_ns)
{
    struct inf_frame_result result = {.dtype = (uint32_t)output->dtype,
                                      .rank = (uint32_t)output->rank,
                                      .time_ns = time_ns,
                                      .cpu_ns = cpu_ns};
    struct inf_frame_header header = {.type = INF_FRAME_RESULT, .id = job};

    if (output->size_bytes > INF_FRAME_RESULT_MAX - sizeof result)
        return send_error(channel, job, "the result of the model is too large");
    memcpy(result.shape, output->shape, sizeof result.shape);
    header.length = (uint32_t)(sizeof result + output->size_bytes);
    return inf_frame_send(channel, &header, &result, sizeof result, output->data,
                          output->size_bytes, NULL, 0) < 0
               ? -1
               : 0;
}

/* Answers one INFER frame. -1 when the channel is of no more use. */
static int answer(const struct allocation *allocation, uint64_t job, const void *payload)
{
    const int32_t *data = (const int32_t *)((const char *)payload + sizeof(struct inf_frame_infer));
    struct inf_frame_infer infer;
    struct inf_engine_output output;
    char reason[INF_ENGINE_REASON];
    void *reduced = NULL;
    uint64_t time_ns = (uint64_t)inf_clock_ns(CLOCK_MONOTONIC);
    uint64_t cpu_ns = (uint64_t)inf_clock_ns(CLOCK_THREAD_CPUTIME_ID);
    int rc = 0;

    memcpy(&infer, payload, sizeof infer);
    rc = inf_engine_forward(allocation->model, data, (int)infer.tensors, (int)infer.rows,
                            (int)infer.cols, &output, reason, sizeof reason);
    if (rc != 0)
        return send_error(allocation->channel, job, reason);
    time_ns = (uint64_t)inf_clock_ns(CLOCK_MONOTONIC) - time_ns;
    cpu_ns = (uint64_t)inf_clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
    if (inf_reduce_output(&output, (enum inf_reduce)infer.reduce, infer.position, &reduced) != 0)
        rc = send_error(allocation->channel, job, "out of memory");
    else
        rc = send_result(allocation->channel, job, &output, time_ns, cpu_ns);
    free(reduced);
    inf_engine_output_free(&output);
    return rc;
}

static void *serve(void *arg)
{
    struct allocation *allocation = arg;
    struct inf_frame_header header;
    void *payload = NULL;
    size_t capacity = 0;

    /* Before the first forward, because the team's threads take their niceness from this one. Who
     * may not become less nice is as nice as the daemon was started, and that is fine. */
    if (setpriority(PRIO_PROCESS, 0, allocation->nice) != 0 && errno != EACCES)
        goto out;
    inf_engine_thread_init(allocation->threads);
    while (inf_frame_receive(allocation->channel, &header, &payload, &capacity, NULL, 0) == 1) {
        if (header.type != INF_FRAME_INFER || inf_frame_check_infer(payload, header.length) != 0 ||
            answer(allocation, header.id, payload) != 0)
            break;
    }
out:
    free(payload);
    close(allocation->channel);
    free(allocation);
/* A sanitizer's runtime has an allocator of its own, and trimming the C library's crashes there. */
#ifndef INFERD_SANITIZED
    malloc_trim(0); /* what its forwards kept */
#endif
    atomic_fetch_sub(&living, 1);
    return NULL;
}

static int start_thread(struct allocation *allocation)
{
    pthread_attr_t attributes;
    pthread_t thread;
    int rc = pthread_attr_init(&attributes);

    if (rc != 0)
        return -1;
    rc = pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (rc == 0)
        rc = pthread_attr_setstacksize(&attributes, STACK_BYTES);
    if (rc == 0)
        rc = pthread_create(&thread, &attributes, serve, allocation);
    pthread_attr_destroy(&attributes);
    return rc == 0 ? 0 : -1;
}

int inf_allocation_start(struct inf_engine_model *model, int channel,
                         const struct inf_frame_allocate *wanted)
{
    struct allocation *allocation = NULL;

    if (wanted->threads < 1 || wanted->threads > INF_ALLOCATION_TEAM_MAX || wanted->nice < 0 ||
        wanted->nice > 19)
        return -1;
    if (atomic_fetch_add(&living, 1) >= INF_ALLOCATIONS_MAX)
        goto fail;
    allocation = malloc(sizeof *allocation);
    if (allocation == NULL)
        goto fail;
    *allocation = (struct allocation){model, channel, (int)wanted->threads, wanted->nice};
    if (start_thread(allocation) == 0)
        return 0;
fail:
    free(allocation);
    atomic_fetch_sub(&living, 1);
    return -1;
}
