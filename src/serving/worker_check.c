/* What is compared when, and what follows. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker_check.h"
#include "checker.h"
#include "compare.h"
#include "inferd/log.h"
#include "worker.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TOLERANCE 1e-5 /* as in the proof (src/encoder/proof.c) */
#define LOSS_FACTOR 4
/* Answers in fewer bits lose too much for it to be a matter of the text: so many, and one in so
 * many. */
#define NARROW_FAULTS 3
#define NARROW_FAULTS_OF 10

/* ---- samples ---- */

static bool is_checked(const struct inf_worker *worker, int64_t every)
{
    return every > 0 && worker->encoder.packed && worker->state == INF_WORKER_READY &&
           !worker->check.is_disproven;
}

/* Processes are begun engine.check_pause apart. */
static uint64_t delay_ms(const struct inf_worker *worker)
{
    const struct inf_worker_check *check = &worker->check;
    uint64_t pause = (uint64_t)inf_config_ms(worker->manager->config, "engine.check_pause");
    uint64_t passed = uv_now(worker->manager->loop) - check->begun_ms;

    return check->has_begun && passed < pause ? pause - passed : 0;
}

static bool is_small(const struct inf_encoding *input, size_t length)
{
    size_t numbers = (size_t)input->tensors * (size_t)input->rows * (size_t)input->cols;

    return length <= INF_CHECKER_SAMPLE && numbers * sizeof *input->data <= INF_CHECKER_SAMPLE;
}

/* At padding, packed weights answer zeros and the module whatever; so an answer that has something
 * of each token, or of the largest of all, tells only where there is none. */
static bool is_comparable(const struct inf_encoding *input, const void *answer)
{
    size_t numbers = (size_t)input->rows * (size_t)input->cols;
    struct inf_frame_result result;

    memcpy(&result, answer, sizeof result);
    if ((result.rank < 3 && input->reduce == INF_REDUCE_NONE) || input->tensors < 2)
        return true;
    for (size_t i = 0; i < numbers; i++)
        if (input->data[numbers + i] == 0)
            return false;
    return true;
}

void inf_worker_check_answer(struct inf_worker *worker, const struct inf_encoding *input,
                             const void *answer, size_t length)
{
    struct inf_worker_check *check = &worker->check;
    int64_t every = inf_config_int(worker->manager->config, "engine.check_every");

    if (!is_checked(worker, every) || ++check->answers < every || !is_comparable(input, answer))
        return; /* an answer that is none for it is not counted as such: the next one will do */
    if (!is_small(input, length)) {
        check->answers = 0;
        check->skipped++;
        return;
    }
    if (check->checker == NULL)
        check->checker = inf_checker_new(worker, delay_ms(worker));
    if (inf_checker_add(check->checker, input, answer, length))
        check->answers = 0; /* else the next answer that finds room will do */
}

void inf_worker_check_end(struct inf_worker *worker)
{
    if (worker->check.checker != NULL)
        inf_checker_abandon(worker->check.checker);
}

bool inf_worker_check_begins(struct inf_worker *worker, size_t samples)
{
    struct inf_worker_check *check = &worker->check;

    check->has_begun = true;
    check->begun_ms = uv_now(worker->manager->loop);
    if (inf_worker_memory_fits_module(worker))
        return true;
    check->skipped += (int64_t)samples;
    return false;
}

/* ---- verdicts ---- */

double inf_worker_check_loss_most(double worst_cosine, double min_cosine)
{
    return LOSS_FACTOR * (1 - fmin(worst_cosine, min_cosine >= 0 ? min_cosine : 1));
}

/* Who wants packed weights at any rate gets them, and the complaint. */
static void disprove(struct inf_worker *worker)
{
    struct inf_worker_check *check = &worker->check;

    if (inf_worker_encoder_choice(worker->manager->config) == INF_ENCODER_PACKED) {
        inf_log(INF_LOG_ERROR, "serving",
                "packed weights answer otherwise than the model, and serve on, since "
                "engine.encoder is [packed]",
                (const char *[]){"model_id", worker->model_id, "reason", check->why, NULL});
        return;
    }
    inf_log(INF_LOG_ERROR, "serving",
            "packed weights answer otherwise than the model: its own code serves from now on",
            (const char *[]){"model_id", worker->model_id, "reason", check->why, NULL});
    check->is_disproven = true;
    inf_worker_check_end(worker);
    inf_worker_replace(worker);
}

static void compare_narrow(struct inf_worker *worker, const void *expected, const void *found)
{
    struct inf_worker_check *check = &worker->check;
    double loss = 1 - inf_compare_cosine(expected, found);
    double most = inf_worker_check_loss_most(worker->encoder.report.worst_cosine,
                                             worker->precision.min_cosine);

    check->loss = fmax(check->loss, loss);
    if (loss <= most)
        return;
    check->differed++;
    snprintf(check->why, sizeof check->why,
             "a self-check found answers in %s with a cosine of [%.6g] to the model's own, and at "
             "least [%.6g] was to be expected",
             inf_precision_name(worker->precision.type), 1 - loss, 1 - most);
    if (check->differed >= NARROW_FAULTS && check->differed * NARROW_FAULTS_OF >= check->compared)
        disprove(worker);
}

static void compare_exactly(struct inf_worker *worker, const void *expected, const void *found)
{
    struct inf_worker_check *check = &worker->check;
    double difference = inf_compare_difference(expected, found, (double)INFINITY);

    if (isfinite(difference))
        check->difference = fmax(check->difference, difference);
    if (difference <= TOLERANCE)
        return;
    check->differed++;
    if (isfinite(difference))
        snprintf(check->why, sizeof check->why,
                 "a self-check found an answer that was off the model's own by [%.3g], and at most "
                 "[%g] is let pass",
                 difference, TOLERANCE);
    else
        snprintf(check->why, sizeof check->why,
                 "a self-check found an answer of another shape than the model's own, or one of no "
                 "numbers");
    disprove(worker);
}

void inf_worker_check_compared(struct inf_worker *worker, const void *expected, const void *found)
{
    worker->check.compared++;
    if (worker->encoder.precision != INF_PRECISION_FP32)
        compare_narrow(worker, expected, found);
    else
        compare_exactly(worker, expected, found);
}

void inf_worker_check_failed(struct inf_worker *worker, size_t samples, const char *why)
{
    worker->check.failed += (int64_t)samples;
    inf_log(INF_LOG_WARN, "serving", "answers could not be compared with the model's own",
            (const char *[]){"model_id", worker->model_id, "reason", why, NULL});
}

/* ---- outwards ---- */

void inf_worker_check_write(const struct inf_worker *worker, struct inf_jsonw *w)
{
    const struct inf_worker_check *check = &worker->check;

    if (!worker->encoder.packed && !check->is_disproven)
        return;
    inf_jsonw_key(w, "self_check");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_int(w, "compared", check->compared);
    inf_jsonw_kv_int(w, "differed", check->differed);
    inf_jsonw_kv_int(w, "skipped", check->skipped);
    inf_jsonw_kv_int(w, "failed", check->failed);
    if (check->compared > 0 && worker->precision.type != INF_PRECISION_FP32)
        inf_jsonw_kv_double(w, "worst_cosine", 1 - check->loss);
    else if (check->compared > 0)
        inf_jsonw_kv_double(w, "largest_difference", check->difference);
    inf_jsonw_end_object(w);
}
