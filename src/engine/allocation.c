/* An allocation. Its channel is its mailbox: it reads a frame, or several that belong together,
 * computes, writes the answers, so there is no queue, no lock and no reader thread here. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "allocation.h"
#include "clock.h"
#include "heap.h"
#include "reduce.h"
#include "together.h"
#include <errno.h>
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

/* How long a forward took, for each of those who shared it, and how many rows it had. */
struct lap {
    uint64_t time_ns, cpu_ns;
    int together;
};

static int send_result(int channel, uint64_t job, const struct inf_engine_output *output,
                       const struct lap *lap)
{
    struct inf_frame_result result = {.dtype = (uint32_t)output->dtype,
                                      .rank = (uint32_t)output->rank,
                                      .time_ns = lap->time_ns,
                                      .cpu_ns = lap->cpu_ns,
                                      .together = (uint32_t)lap->together};
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

/* ---- the mail ---- */

/* One INFER frame; the buffer is kept for the next one in its place. */
struct letter {
    struct inf_frame_header header;
    struct inf_frame_infer infer;
    void *payload;
    size_t capacity;
};

/* What is computed together: mostly one letter. */
struct mail {
    struct letter letters[INF_FRAME_TOGETHER];
    int count;
};

static int receive_letter(int channel, struct letter *letter)
{
    if (inf_frame_receive(channel, &letter->header, &letter->payload, &letter->capacity, NULL, 0) !=
        1)
        return -1;
    if (letter->header.type != INF_FRAME_INFER ||
        inf_frame_check_infer(letter->payload, letter->header.length) != 0)
        return -1;
    memcpy(&letter->infer, letter->payload, sizeof letter->infer);
    return 0;
}

/* Reads on as long as there is more that belongs together. -1: the channel is of no more use. */
static int receive(int channel, struct mail *mail)
{
    const struct letter *first = &mail->letters[0];

    mail->count = 0;
    for (;;) {
        struct letter *letter = &mail->letters[mail->count];
        if (receive_letter(channel, letter) != 0)
            return -1;
        mail->count++;
        if (mail->count == 1 && first->infer.more == 0)
            return 0;
        if (letter->infer.rows != 1 || letter->infer.tensors != first->infer.tensors ||
            letter->infer.more != first->infer.more - (uint32_t)(mail->count - 1))
            return -1;
        if (letter->infer.more == 0)
            return 0;
    }
}

static const int32_t *data_of(const struct letter *letter)
{
    return (const int32_t *)((const char *)letter->payload + sizeof letter->infer);
}

/* ---- the answers ---- */

static struct lap now(void)
{
    return (struct lap){.time_ns = (uint64_t)inf_clock_ns(CLOCK_MONOTONIC),
                        .cpu_ns = (uint64_t)inf_clock_ns(CLOCK_THREAD_CPUTIME_ID)};
}

static struct lap share_since(const struct lap *from, int sharers, int together)
{
    struct lap to = now();

    return (struct lap){(to.time_ns - from->time_ns) / (uint64_t)sharers,
                        (to.cpu_ns - from->cpu_ns) / (uint64_t)sharers, together};
}

/* Sends the letter what the model said to it. */
static int reply(int channel, const struct letter *letter, struct inf_engine_output *output,
                 const struct lap *lap)
{
    void *reduced = NULL;
    int rc = 0;

    if (inf_reduce_output(output, (enum inf_reduce)letter->infer.reduce, letter->infer.position,
                          &reduced) != 0)
        rc = send_error(channel, letter->header.id, "out of memory");
    else
        rc = send_result(channel, letter->header.id, output, lap);
    free(reduced);
    return rc;
}

/* Each row by itself, or several at once. -1: that did not do. */
static int compute(const struct allocation *allocation, const struct letter *letter, int at_once,
                   struct inf_engine_output *ret, char *reason, size_t reason_size)
{
    const struct inf_engine_input input = {data_of(letter), (int)letter->infer.tensors,
                                           (int)letter->infer.rows, (int)letter->infer.cols,
                                           at_once};

    if (inf_engine_forward(allocation->model, &input, ret, reason, reason_size) != 0)
        return -1;
    if (at_once == 1 || ret->shape[0] == input.rows)
        return 0;
    inf_engine_output_free(ret);
    return -1;
}

/* A model that does not bear several rows gets them one by one. -1 when the channel is of no more
 * use. */
static int answer(const struct allocation *allocation, const struct letter *letter)
{
    struct inf_engine_output output;
    char reason[INF_ENGINE_REASON];
    struct lap lap = now();
    int at_once = (int)letter->infer.at_once, rc = 0;

    if (at_once < 2 || compute(allocation, letter, at_once, &output, reason, sizeof reason) != 0) {
        at_once = 1;
        if (compute(allocation, letter, 1, &output, reason, sizeof reason) != 0)
            return send_error(allocation->channel, letter->header.id, reason);
    }
    lap = share_since(&lap, 1, at_once);
    rc = reply(allocation->channel, letter, &output, &lap);
    inf_engine_output_free(&output);
    return rc;
}

/* One forward for all letters. -1: that did not do. */
static int compute_together(const struct allocation *allocation, const struct mail *mail,
                            struct inf_engine_output *ret, struct inf_engine_output *parts)
{
    struct inf_together_text texts[INF_FRAME_TOGETHER];
    const struct inf_frame_infer *first = &mail->letters[0].infer;
    struct inf_engine_input input;
    char reason[INF_ENGINE_REASON];
    int rc = 0;

    for (int i = 0; i < mail->count; i++)
        texts[i] = (struct inf_together_text){data_of(&mail->letters[i]),
                                              (int)mail->letters[i].infer.cols};
    if (first->tensors > INF_FRAME_TENSORS ||
        inf_together_input(texts, mail->count, (int)first->tensors, first->padding, &input) != 0)
        return -1;
    rc = inf_engine_forward(allocation->model, &input, ret, reason, sizeof reason);
    free((int32_t *)input.data);
    if (rc != 0)
        return -1;
    for (int i = 0; i < mail->count && rc == 0; i++)
        rc = inf_together_part(ret, &input, i, texts[i].cols, &parts[i]);
    if (rc != 0)
        inf_engine_output_free(ret);
    return rc;
}

/* A text that the model does not bear must not take the others' answers away: then each is computed
 * by itself. */
static int answer_all(const struct allocation *allocation, const struct mail *mail)
{
    struct inf_engine_output whole, parts[INF_FRAME_TOGETHER];
    struct lap lap = now();
    int rc = 0;

    if (mail->count == 1 || compute_together(allocation, mail, &whole, parts) != 0) {
        for (int i = 0; i < mail->count && rc == 0; i++)
            rc = answer(allocation, &mail->letters[i]);
        return rc;
    }
    lap = share_since(&lap, mail->count, mail->count);
    for (int i = 0; i < mail->count && rc == 0; i++)
        rc = reply(allocation->channel, &mail->letters[i], &parts[i], &lap);
    inf_engine_output_free(&whole);
    return rc;
}

/* ---- the thread ---- */

static void *serve(void *arg)
{
    struct allocation *allocation = arg;
    struct mail mail = {0};

    /* Before the first forward, because the team's threads take their niceness from this one. Who
     * may not become less nice is as nice as the daemon was started, and that is fine. */
    if (setpriority(PRIO_PROCESS, 0, allocation->nice) != 0 && errno != EACCES)
        goto out;
    inf_engine_thread_init(allocation->threads);
    while (receive(allocation->channel, &mail) == 0 && answer_all(allocation, &mail) == 0)
        continue;
out:
    for (int i = 0; i < INF_FRAME_TOGETHER; i++)
        free(mail.letters[i].payload);
    close(allocation->channel);
    free(allocation);
    inf_heap_trim(); /* what its forwards kept */
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
