/* gathering -> loading -> asking -> ending. Its process runs a stranger's code, so it is heard only
 * with what it can have to say at the moment; that it dies or says nonsense is no answer, and what
 * was to be asked is let go. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "checker.h"
#include "deployment.h"
#include "inferd/alloc.h"
#include "reason.h"
#include "vet_process.h"
#include "worker.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GATHER_MS 100 /* others that are answered at the same moment come along */
#define NICE 15

enum state {
    STATE_GATHERING,
    STATE_LOADING, /* a process was asked for */
    STATE_ASKING,  /* the first of the samples is inside */
    STATE_ENDING   /* its process is to end, if there is one */
};

struct sample {
    struct inf_encoding input;
    void *answer; /* payload of a RESULT */
};

struct inf_checker {
    struct inf_manager *manager;
    struct inf_checker *next;  /* of manager->checkers */
    struct inf_worker *worker; /* NULL: nobody wants to hear of it */
    enum state state;
    uint64_t number; /* of the process; 0: none was asked for */
    bool alive;      /* its end will be reported */
    struct inf_channel *control, *channel;
    struct sample samples[INF_CHECKER_SAMPLES];
    size_t count, done;
    uv_timer_t timer; /* the delay, then the limit of a load or of a forward */
};

/* ---- its end ---- */

static void on_timer_closed(uv_handle_t *handle)
{
    struct inf_checker *checker = handle->data;
    struct inf_manager *manager = checker->manager;

    for (size_t i = 0; i < checker->count; i++) {
        inf_encoding_free(&checker->samples[i].input);
        free(checker->samples[i].answer);
    }
    free(checker);
    inf_manager_let_go(manager);
}

/* Its process is gone, or there was none. */
static void finish(struct inf_checker *checker)
{
    struct inf_checker **link = &checker->manager->checkers;

    while (*link != checker)
        link = &(*link)->next;
    *link = checker->next;
    inf_channel_close(checker->channel);
    inf_channel_close(checker->control);
    uv_close((uv_handle_t *)&checker->timer, on_timer_closed);
}

/* Nothing more is asked, for this reason (not read where all was). The worker may have another
 * checker while the process of this one ends. */
static void end(struct inf_checker *checker, const char *why)
{
    struct inf_worker *worker = checker->worker;

    if (checker->state == STATE_ENDING)
        return;
    checker->state = STATE_ENDING;
    checker->worker = NULL;
    uv_timer_stop(&checker->timer);
    if (worker != NULL)
        worker->check.checker = NULL;
    if (worker != NULL && checker->done < checker->count)
        inf_worker_check_failed(worker, checker->count - checker->done, why);
    if (checker->alive)
        inf_zygote_kill(checker->manager->zygote, checker->number);
    else
        finish(checker);
}

void inf_checker_abandon(struct inf_checker *checker)
{
    checker->worker->check.checker = NULL;
    checker->worker = NULL;
    end(checker, "");
}

static void on_late(uv_timer_t *timer)
{
    struct inf_checker *checker = timer->data;

    end(checker, checker->state == STATE_LOADING
                     ? "loading the model took longer than engine.load_timeout"
                     : "an inference took longer than engine.forward_timeout");
}

static void start_clock(struct inf_checker *checker, const char *setting)
{
    uv_timer_start(&checker->timer, on_late,
                   (uint64_t)inf_config_ms(checker->manager->config, setting), 0);
}

/* ---- what it is asked ---- */

static void ask(struct inf_checker *checker)
{
    if (checker->done == checker->count) {
        end(checker, "");
        return;
    }
    start_clock(checker, "engine.forward_timeout");
    if (inf_allocation_send_on(checker->channel, checker->number,
                               &checker->samples[checker->done].input) != 0)
        end(checker, "its process has closed a channel");
}

static int expected_answer(void *arg, const struct inf_frame_header *header)
{
    const struct inf_checker *checker = arg;

    return checker->state == STATE_ASKING && inf_allocation_may_answer(header, checker->number)
               ? 0
               : -1;
}

static void on_answer(void *arg, const struct inf_frame_header *header, const void *payload)
{
    struct inf_checker *checker = arg;
    char reason[INF_FRAME_REASON + 1];

    if (!inf_allocation_is_answer(header, payload, checker->number)) {
        end(checker, INF_BAD_ANSWER);
        return;
    }
    if (header->type == INF_FRAME_ERROR) {
        inf_reason_read(payload, header->length, reason);
        inf_worker_check_failed(checker->worker, 1, reason);
    } else {
        inf_worker_check_compared(checker->worker, payload, checker->samples[checker->done].answer);
    }
    checker->done++;
    if (checker->worker != NULL) /* else that was enough */
        ask(checker);
}

static void on_closed(void *arg, const char *why)
{
    end(arg, why != NULL ? why : "its process died");
}

static const struct inf_channel_events answers = {expected_answer, on_answer, on_closed};

/* ---- its process ---- */

static void on_loaded(struct inf_checker *checker)
{
    const struct inf_frame_allocate allocate = {.threads = 1, .nice = NICE};
    struct inf_error err;
    int peer = -1, rc = 0;

    if (inf_channel_open(checker->manager->loop, &answers, checker, &checker->channel, &peer,
                         &err) != 0) {
        end(checker, err.reason);
        return;
    }
    rc = inf_channel_send(checker->control, INF_FRAME_ALLOCATE, 0, &allocate, sizeof allocate, NULL,
                          0, &peer, 1);
    close(peer);
    checker->state = STATE_ASKING;
    if (rc == 0)
        ask(checker);
    else
        end(checker, "its process has closed a channel");
}

static int expected(void *arg, const struct inf_frame_header *header)
{
    const struct inf_checker *checker = arg;

    if (header->type == INF_FRAME_SIGNALLED)
        return 0;
    return checker->state == STATE_LOADING &&
                   (header->type == INF_FRAME_LOADED || header->type == INF_FRAME_LOAD_FAILED)
               ? 0
               : -1;
}

static void on_frame(void *arg, const struct inf_frame_header *header, const void *payload)
{
    struct inf_checker *checker = arg;
    char reason[INF_FRAME_REASON + 1];

    if (header->type == INF_FRAME_LOADED) {
        on_loaded(checker);
    } else if (header->type == INF_FRAME_SIGNALLED) {
        end(checker, "its process was ended by a signal");
    } else {
        inf_reason_read(payload, header->length, reason);
        end(checker, reason);
    }
}

static const struct inf_channel_events control_events = {expected, on_frame, on_closed};

static int spawn(struct inf_checker *checker, struct inf_error *err)
{
    struct inf_manager *manager = checker->manager;
    struct inf_frame_spawn request = {
        .require_namespaces = inf_config_bool(manager->config, "engine.require_namespaces"),
        .require_landlock = inf_config_bool(manager->config, "engine.require_landlock"),
        .purpose = INF_PURPOSE_SERVE,
        .approved = inf_vetting_is_approved(manager, checker->worker->model_id),
        .encoder = INF_ENCODER_MODULE,
        .nice = NICE};
    int definition = -1, peer = -1, rc = -1;

    inf_worker_memory_of_module(checker->worker, &request);
    if (inf_store_open_definition(manager->store, checker->worker->model_id, &definition,
                                  &request.model_size, err) != 0)
        return -1;
    rc = inf_channel_open(manager->loop, &control_events, checker, &checker->control, &peer, err);
    if (rc == 0) {
        checker->number = ++manager->next_worker;
        checker->alive =
            inf_zygote_spawn(manager->zygote, checker->number, &request, definition, peer) == 0;
        close(peer);
        if (!checker->alive)
            rc = inf_error_set(err, INF_ERR_UNAVAILABLE, "the engine is not ready");
    }
    close(definition);
    return rc;
}

static void on_delay_over(uv_timer_t *timer)
{
    struct inf_checker *checker = timer->data;
    struct inf_error err;

    if (!inf_worker_check_begins(checker->worker, checker->count)) {
        checker->done = checker->count;
        end(checker, "");
        return;
    }
    checker->state = STATE_LOADING;
    start_clock(checker, "engine.load_timeout");
    if (spawn(checker, &err) != 0)
        end(checker, err.reason);
}

/* ---- its beginning ---- */

struct inf_checker *inf_checker_new(struct inf_worker *worker, uint64_t delay_ms)
{
    struct inf_manager *manager = worker->manager;
    struct inf_checker *checker = inf_alloc(1, sizeof *checker);

    checker->manager = manager;
    checker->worker = worker;
    checker->next = manager->checkers;
    manager->checkers = checker;
    uv_timer_init(manager->loop, &checker->timer);
    checker->timer.data = checker;
    inf_manager_hold(manager);
    uv_timer_start(&checker->timer, on_delay_over, delay_ms > GATHER_MS ? delay_ms : GATHER_MS, 0);
    return checker;
}

static void *copy(const void *from, size_t length)
{
    return memcpy(inf_alloc(1, length), from, length);
}

bool inf_checker_add(struct inf_checker *checker, const struct inf_encoding *input,
                     const void *answer, size_t length)
{
    size_t numbers = (size_t)input->tensors * (size_t)input->rows * (size_t)input->cols;
    struct sample *sample = &checker->samples[checker->count];

    if (checker->count == INF_CHECKER_SAMPLES || checker->state == STATE_ENDING)
        return false;
    sample->input = (struct inf_encoding){.tensors = input->tensors,
                                          .rows = input->rows,
                                          .cols = input->cols,
                                          .reduce = input->reduce,
                                          .position = input->position};
    sample->input.data = copy(input->data, numbers * sizeof *input->data);
    sample->answer = copy(answer, length);
    checker->count++;
    return true;
}

/* ---- the zygote's events ---- */

static struct inf_checker *find(const struct inf_manager *manager, uint64_t number)
{
    struct inf_checker *checker = manager->checkers;

    while (checker != NULL && (checker->number != number || !checker->alive))
        checker = checker->next;
    return checker;
}

static void gone(struct inf_checker *checker, const char *why)
{
    checker->alive = false;
    if (checker->state == STATE_ENDING)
        finish(checker);
    else
        end(checker, why);
}

void inf_checker_spawned(struct inf_manager *manager, uint64_t number,
                         const struct inf_frame_spawned *spawned)
{
    struct inf_checker *checker = find(manager, number);
    char reason[128];

    if (checker == NULL || spawned->pid > 0)
        return;
    snprintf(reason, sizeof reason, "no process could be made: %s", strerror(spawned->errno_value));
    gone(checker, reason);
}

void inf_checker_exited(struct inf_manager *manager, uint64_t number,
                        const struct inf_frame_exited *exited)
{
    struct inf_checker *checker = find(manager, number);
    const struct inf_death_signs signs = {.exited = *exited, .doom = ""};
    struct inf_death death;

    if (checker == NULL)
        return;
    inf_channel_drain(checker->control); /* why it could not load may still lie there */
    inf_death_read(&signs, &death);
    gone(checker, death.how);
}

void inf_checker_zygote_died(struct inf_manager *manager)
{
    struct inf_checker *next = NULL;

    for (struct inf_checker *checker = manager->checkers; checker != NULL; checker = next) {
        next = checker->next;
        if (checker->alive)
            gone(checker, "the engine process died");
    }
}
