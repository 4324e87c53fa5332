/* vet_process.c - from a definition to a report, or to the reason why there is none.
 *
 * What the process says is a stranger's word: a report is checked before it is believed, and one
 * that makes no sense refuses the definition. That the process dies is a verdict as well, unless it
 * was killed from outside. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "vet_process.h"
#include "channel.h"
#include "inferd/alloc.h"
#include "inferd/log.h"
#include "reason.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES_MAX 4 /* at a time; others wait */

static const char killed[] = "the process that vetted it was killed";

struct inf_vet_process {
    struct inf_manager *manager;
    struct inf_vet_process *next; /* of manager->vet_processes */
    char *model_id;
    uint64_t number; /* 0: not asked for yet */
    bool begun;      /* it may be spawned as soon as there is room */
    bool spawned;    /* its end will be reported */
    bool late;       /* it was ended because it took too long */
    bool answered;   /* report or failure has come */
    struct inf_channel *control;
    uv_timer_t timer;
    struct inf_vet_report report;
    struct inf_error failure; /* code NONE: there is a report */
    inf_vet_process_done done;
    void *arg;
};

static void on_timer_closed(uv_handle_t *handle)
{
    struct inf_vet_process *process = handle->data;
    struct inf_manager *manager = process->manager;

    free(process->model_id);
    free(process);
    inf_manager_let_go(manager);
}

/* Takes it off the list, answers, frees. */
static void finish(struct inf_vet_process *process)
{
    struct inf_vet_process **link = &process->manager->vet_processes;
    bool failed = process->failure.code != INF_ERR_NONE;

    while (*link != process)
        link = &(*link)->next;
    *link = process->next;
    inf_channel_close(process->control);
    uv_timer_stop(&process->timer);
    inf_vet_process_zygote_ready(process->manager); /* one may have waited for this one's place */
    process->done(process->arg, failed ? NULL : &process->report,
                  failed ? &process->failure : NULL);
    uv_close((uv_handle_t *)&process->timer, on_timer_closed);
}

static void refuse(struct inf_vet_process *process, const char *reason)
{
    process->answered = true;
    inf_vet_report_refuse(&process->report, reason);
}

static void fail(struct inf_vet_process *process, enum inf_err_code code, const char *reason)
{
    process->answered = true;
    inf_error_set(&process->failure, code, "Could not vet the definition of model [%s]: %s",
                  process->model_id, reason);
}

/* ---- what it says ---- */

static int expected(void *arg, const struct inf_frame_header *header)
{
    (void)arg;
    return header->type == INF_FRAME_VETTED || header->type == INF_FRAME_LOAD_FAILED ||
                   header->type == INF_FRAME_SIGNALLED
               ? 0
               : -1;
}

static void on_frame(void *arg, const struct inf_frame_header *header, const void *payload)
{
    struct inf_vet_process *process = arg;
    char reason[INF_FRAME_REASON + 1];

    if (process->answered)
        return;
    if (header->type == INF_FRAME_VETTED && header->length == sizeof process->report) {
        process->answered = true;
        inf_vet_report_take(&process->report, payload);
    } else if (header->type == INF_FRAME_SIGNALLED) {
        fail(process, INF_ERR_UNAVAILABLE, killed);
    } else if (header->type == INF_FRAME_LOAD_FAILED) {
        inf_reason_read(payload, header->length, reason);
        fail(process, INF_ERR_INTERNAL, reason);
    }
}

/* Whether it is the end of the process or of its patience with us, it is over. */
static void on_closed(void *arg, const char *why)
{
    struct inf_vet_process *process = arg;

    if (why != NULL && !process->answered && strcmp(why, INF_CHANNEL_NO_MEMORY) == 0)
        fail(process, INF_ERR_MEMORY, why); /* which says nothing about the definition */
    else if (why != NULL && !process->answered)
        refuse(process, "the process that vetted it answered what nobody asked");
    inf_zygote_kill(process->manager->zygote, process->number);
}

static const struct inf_channel_events events = {expected, on_frame, on_closed};

static void on_late(uv_timer_t *timer)
{
    struct inf_vet_process *process = timer->data;

    process->late = true;
    if (process->spawned) {
        inf_zygote_kill(process->manager->zygote, process->number);
    } else {
        fail(process, INF_ERR_UNAVAILABLE,
             "the engine is not ready or has other definitions to look at");
        finish(process);
    }
}

/* ---- its life ---- */

static int spawn(struct inf_vet_process *process, struct inf_error *err)
{
    struct inf_manager *manager = process->manager;
    struct inf_frame_spawn request = {
        .require_namespaces = inf_config_bool(manager->config, "engine.require_namespaces"),
        .require_landlock = inf_config_bool(manager->config, "engine.require_landlock")};
    int definition = -1, peer = -1, rc = -1;

    if (inf_store_open_definition(manager->store, process->model_id, &definition,
                                  &request.model_size, err) != 0)
        return -1;
    inf_frame_ask_to_vet(&request, inf_config_ms(manager->config, "engine.load_timeout"));
    rc = inf_channel_open(manager->loop, &events, process, &process->control, &peer, err);
    if (rc == 0) {
        process->number = ++manager->next_worker;
        process->spawned = inf_zygote_spawn(manager->zygote, process->number, &request, definition,
                                            peer) == 0; /* else it has died, which will be told */
        close(peer);
    }
    close(definition);
    return rc;
}

static int running(const struct inf_manager *manager)
{
    int count = 0;

    for (const struct inf_vet_process *process = manager->vet_processes; process != NULL;
         process = process->next)
        count += process->spawned;
    return count;
}

static void start_clock(struct inf_vet_process *process)
{
    uv_timer_start(&process->timer, on_late,
                   (uint64_t)inf_config_ms(process->manager->config, "engine.load_timeout"), 0);
}

static void try_to_spawn(struct inf_vet_process *process)
{
    struct inf_error err;

    if (process->spawned || !process->begun || !inf_zygote_need(process->manager->zygote) ||
        running(process->manager) >= PROCESSES_MAX)
        return;
    start_clock(process); /* anew: what it waited is not its fault */
    if (spawn(process, &err) != 0) {
        process->begun = false; /* nothing more is to be tried */
        process->answered = true;
        process->failure = err;
        finish(process);
    }
}

/* The first step is the loop's, so that `done` never runs within the start. */
static void on_begin(uv_timer_t *timer)
{
    struct inf_vet_process *process = timer->data;

    process->begun = true;
    start_clock(process);
    try_to_spawn(process);
}

void inf_vet_process_start(struct inf_manager *manager, const char *model_id,
                           inf_vet_process_done done, void *arg)
{
    struct inf_vet_process *process = inf_alloc(1, sizeof *process);

    process->manager = manager;
    process->model_id = inf_strdup(model_id);
    process->done = done;
    process->arg = arg;
    process->next = manager->vet_processes;
    manager->vet_processes = process;
    uv_timer_init(manager->loop, &process->timer);
    process->timer.data = process;
    inf_manager_hold(manager);
    uv_timer_start(&process->timer, on_begin, 0, 0);
}

static struct inf_vet_process *find(const struct inf_manager *manager, uint64_t number)
{
    struct inf_vet_process *process = manager->vet_processes;

    while (process != NULL && process->number != number)
        process = process->next;
    return process;
}

void inf_vet_process_spawned(struct inf_manager *manager, uint64_t number,
                             const struct inf_frame_spawned *spawned)
{
    struct inf_vet_process *process = find(manager, number);
    char reason[128];

    if (process == NULL || spawned->pid > 0)
        return;
    snprintf(reason, sizeof reason, "no process could be made: %s", strerror(spawned->errno_value));
    fail(process, INF_ERR_UNAVAILABLE, reason);
    finish(process);
}

/* The process ended without an answer. SIGKILL comes from us when it took too long, and else from
 * outside: from the kernel when memory ran out, from an operator. */
static void judge_end(struct inf_vet_process *process, int status)
{
    if (process->late) {
        refuse(process, "vetting it took longer than engine.load_timeout");
    } else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
        fail(process, INF_ERR_UNAVAILABLE, killed);
    } else {
        process->answered = true;
        inf_vet_report_ended(&process->report, status);
    }
}

void inf_vet_process_exited(struct inf_manager *manager, uint64_t number, int status)
{
    struct inf_vet_process *process = find(manager, number);

    if (process == NULL)
        return;
    /* What it said last may still lie in the channel. */
    if (!process->answered)
        inf_channel_drain(process->control);
    if (!process->answered)
        judge_end(process, status);
    finish(process);
}

void inf_vet_process_zygote_ready(struct inf_manager *manager)
{
    struct inf_vet_process *next = NULL;

    for (struct inf_vet_process *process = manager->vet_processes; process != NULL;
         process = next) {
        next = process->next;
        try_to_spawn(process);
    }
}

static void end_all(struct inf_manager *manager, const char *reason)
{
    struct inf_vet_process *next = NULL;

    for (struct inf_vet_process *process = manager->vet_processes; process != NULL;
         process = next) {
        next = process->next;
        if (!process->answered)
            fail(process, INF_ERR_UNAVAILABLE, reason);
        finish(process);
    }
}

void inf_vet_process_zygote_died(struct inf_manager *manager)
{
    end_all(manager, "the engine process died");
}

void inf_vet_process_teardown(struct inf_manager *manager)
{
    end_all(manager, "the server is stopping");
}
