/* Four forwards, each one step. Answers are compared as numbers: oneDNN and MKL take other ways
 * through a sum when there are more rows, so that the last bits differ. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "trial.h"
#include "compare.h"
#include "cost_record.h"
#include "inferd/alloc.h"
#include "reason.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE 1e-5 /* of what inf_compare_difference says */
#define SHORT_WORDS 6
#define LONG_WORDS 24
#define SLOW_MS 150.0                        /* a short text: many of them would take seconds */
#define MANY_MS 250.0                        /* what many short texts may take one by one */
#define LONGEST_COMPARED ((size_t)256 << 10) /* bytes of an answer: this is the loop */

enum step { STEP_SHORT, STEP_LONG, STEP_MIXED, STEP_MANY, STEP_COUNT };

struct inf_trial {
    struct inf_encoding texts[2]; /* short and long */
    void *alone[2];               /* RESULT payloads */
    enum step step;
    size_t sent, answered; /* of this step */
    double ms[STEP_COUNT];
    double difference;
    char why[INF_BATCHING_REASON]; /* texts cannot go together; answers may still be on their way */
};

static void settle(struct inf_deployment *deployment, enum inf_batching_state state,
                   const char *why)
{
    deployment->batching.state = state;
    snprintf(deployment->batching.why, sizeof deployment->batching.why, "%s", why);
}

static void free_trial(struct inf_allocation *allocation)
{
    struct inf_trial *trial = allocation->trial;

    for (size_t i = 0; i < 2; i++) {
        inf_encoding_free(&trial->texts[i]);
        free(trial->alone[i]);
    }
    free(trial);
    allocation->trial = NULL;
}

/* ---- what is sent ---- */

static size_t text_at(const struct inf_trial *trial, size_t i)
{
    return trial->step == STEP_LONG || (trial->step == STEP_MIXED && i % 2 == 1);
}

/* As many as fit into a forward, unless they would take too long should nothing be gained. */
static size_t count_many(const struct inf_deployment *deployment, const struct inf_trial *trial)
{
    int64_t tokens = inf_config_int(deployment->manager->config, "engine.batch_tokens");
    size_t count = (size_t)tokens / (size_t)trial->texts[0].cols;
    size_t affordable = (size_t)(MANY_MS / (trial->ms[STEP_SHORT] + 0.1)) + 2;

    count = count < affordable ? count : affordable;
    count = count > 2 ? count : 2;
    return count < INF_FRAME_TOGETHER ? count : INF_FRAME_TOGETHER;
}

static size_t count_of(const struct inf_deployment *deployment, const struct inf_trial *trial)
{
    switch (trial->step) {
    case STEP_MIXED:
        return INF_BATCHING_FIRST;
    case STEP_MANY:
        return count_many(deployment, trial);
    case STEP_SHORT:
    case STEP_LONG:
    case STEP_COUNT:
    default:
        return 1;
    }
}

static void send_step(struct inf_allocation *allocation)
{
    struct inf_trial *trial = allocation->trial;
    int rc = 0;

    trial->answered = 0;
    trial->sent = count_of(allocation->deployment, trial);
    for (size_t i = 0; i < trial->sent && rc == 0; i++)
        rc = inf_allocation_send(allocation, 0, &trial->texts[text_at(trial, i)],
                                 trial->sent - 1 - i, 1);
    if (rc != 0)
        inf_worker_kill(allocation->deployment->worker);
}

/* ---- what is answered ---- */

/* How far apart the numbers of both answers alone are, by which differences are measured where that
 * is less than the numbers' own size. A model that looks at padding may add so much to its answers
 * that what padding changes is little beside it; but not beside this. */
static double spread(const struct inf_trial *trial)
{
    double least = (double)INFINITY, most = -(double)INFINITY;

    for (size_t text = 0; text < 2; text++) {
        struct inf_tensor alone = inf_allocation_tensor(trial->alone[text]);
        size_t count = inf_compare_count(&alone);
        for (size_t i = 0; i < count; i++) {
            least = fmin(least, inf_compare_value(&alone, i));
            most = fmax(most, inf_compare_value(&alone, i));
        }
    }
    return most - least;
}

/* With one line to each token, or with one row only; else it would not be known which part of an
 * answer is padding's. */
static bool can_be_parted(const struct inf_trial *trial)
{
    struct inf_tensor alone = inf_allocation_tensor(trial->alone[trial->step]);

    return alone.shape[0] == 1 &&
           (alone.rank < 3 || alone.shape[1] == trial->texts[trial->step].cols);
}

static bool keep_alone(struct inf_trial *trial, const void *payload, size_t bytes)
{
    if (bytes > LONGEST_COMPARED)
        return false;
    trial->alone[trial->step] = inf_alloc(1, bytes);
    memcpy(trial->alone[trial->step], payload, bytes);
    return can_be_parted(trial);
}

/* Why the answer shows that texts cannot go together, or NULL. */
static const char *find_fault(struct inf_trial *trial, const struct inf_frame_header *header,
                              const void *payload)
{
    struct inf_frame_result result;

    memcpy(&result, payload, sizeof result);
    trial->ms[trial->step] += (double)result.time_ns / 1e6;
    if (trial->step < STEP_MIXED)
        return keep_alone(trial, payload, header->length)
                   ? NULL
                   : "its answer is too large, or of a shape that cannot be taken apart";
    if (result.together != trial->sent)
        return "it does not compute several texts in one forward";
    trial->difference = fmax(trial->difference,
                             inf_compare_difference(trial->alone[text_at(trial, trial->answered)],
                                                    payload, spread(trial)));
    if (isinf(trial->difference))
        return "its answers to several texts at once have another shape, or are no numbers";
    return trial->difference <= TOLERANCE ? NULL
                                          : "its answer to a text depends on the texts beside it";
}

/* The first fault stays. */
static void take_in(struct inf_trial *trial, const struct inf_frame_header *header,
                    const void *payload)
{
    char words[INF_FRAME_REASON + 1];
    const char *fault = words;

    if (trial->why[0] != '\0')
        return;
    if (header->type == INF_FRAME_ERROR)
        inf_reason_read(payload, header->length, words);
    else
        fault = find_fault(trial, header, payload);
    if (fault != NULL)
        snprintf(trial->why, sizeof trial->why, "%s", fault);
}

static void learn(struct inf_deployment *deployment, const struct inf_trial *trial)
{
    struct inf_cost *cost = &deployment->batching.cost;
    size_t brief = (size_t)trial->texts[0].cols, lengthy = (size_t)trial->texts[1].cols;

    inf_cost_add(cost, brief, trial->ms[STEP_SHORT]);
    inf_cost_add(cost, lengthy, trial->ms[STEP_LONG]);
    if (deployment->worker->encoder.packed) /* half of them brief, and no padding */
        inf_cost_add(cost, INF_BATCHING_FIRST / 2 * (brief + lengthy), trial->ms[STEP_MIXED]);
    else
        inf_cost_add(cost, INF_BATCHING_FIRST * lengthy, trial->ms[STEP_MIXED]);
    inf_cost_add(cost, trial->sent * brief, trial->ms[STEP_MANY]);
}

bool inf_trial_answered(struct inf_allocation *allocation, const struct inf_frame_header *header,
                        const void *payload)
{
    struct inf_deployment *deployment = allocation->deployment;
    struct inf_trial *trial = allocation->trial;

    take_in(trial, header, payload);
    if (++trial->answered < trial->sent)
        return false;
    if (trial->why[0] == '\0' && ++trial->step < STEP_COUNT) {
        send_step(allocation);
        return false;
    }
    deployment->batching.difference = isinf(trial->difference) ? 0 : trial->difference;
    if (trial->why[0] == '\0')
        learn(deployment, trial);
    settle(deployment, trial->why[0] == '\0' ? INF_BATCHING_ON : INF_BATCHING_OFF, trial->why);
    inf_cost_record_keep(deployment);
    free_trial(allocation);
    return true;
}

/* ---- beginning and end ---- */

static int encode(const struct inf_runtime *runtime, int words, struct inf_encoding *ret)
{
    struct inf_sample scratch;
    struct inf_document sample;
    struct inf_error err;
    int rc = 0;

    inf_task_sample(runtime->config, runtime->tokenizer, words, &scratch, &sample);
    rc = inf_task_encode(&sample, ret, &err);
    inf_sample_free(&scratch);
    if (rc == 0 && ret->rows == 1 && ret->cols > 0 && ret->tensors <= INF_FRAME_TENSORS)
        return 0;
    if (rc == 0)
        inf_encoding_free(ret);
    return -1;
}

static bool is_slow(const void *last)
{
    struct inf_frame_result result;

    memcpy(&result, last, sizeof result);
    return (double)result.time_ns / 1e6 > SLOW_MS;
}

bool inf_trial_begin(struct inf_allocation *allocation, const void *last)
{
    struct inf_deployment *deployment = allocation->deployment;
    const struct inf_runtime *runtime = deployment->worker->runtime;
    const char *why = NULL;
    struct inf_trial *trial = NULL;

    if (deployment->batching.state != INF_BATCHING_UNTRIED ||
        inf_config_int(deployment->manager->config, "engine.batch_tokens") == 0 ||
        inf_cost_record_use(deployment))
        return false;
    trial = allocation->trial = inf_alloc(1, sizeof *trial);
    if (is_slow(last))
        why = "a short text takes it so long that trying would take seconds";
    else if (encode(runtime, SHORT_WORDS, &trial->texts[0]) != 0 ||
             encode(runtime, LONG_WORDS, &trial->texts[1]) != 0)
        why = "a document of this task becomes several rows, which are computed one by one";
    settle(deployment, why == NULL ? INF_BATCHING_TRYING : INF_BATCHING_OFF,
           why == NULL ? "" : why);
    if (why == NULL)
        send_step(allocation);
    else
        free_trial(allocation);
    return why == NULL;
}

void inf_trial_abandon(struct inf_allocation *allocation, const struct inf_death *death)
{
    if (allocation->trial == NULL)
        return;
    if (death != NULL && death->explained)
        settle(allocation->deployment, INF_BATCHING_OFF, "its process died when it was tried");
    else
        settle(allocation->deployment, INF_BATCHING_UNTRIED, "");
    free_trial(allocation);
}
